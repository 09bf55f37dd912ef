// What PlanSave shows, run by hand in a copy of the database, does what Save does.
#include "service/plan_by_hand.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "service/databases_fixture.h"

namespace uow {
namespace {

constexpr char kTables[] =
    "CREATE TABLE team (id {key}, name VARCHAR(40) NOT NULL UNIQUE, lead_id BIGINT{lead});"
    "CREATE TABLE member (id {key}, team_id BIGINT NOT NULL, boss_id BIGINT, name VARCHAR(40), FOREIGN KEY (team_id) REFERENCES "
    "team (id), FOREIGN KEY (boss_id) REFERENCES member (id));"
    "CREATE TABLE doc (id BIGINT PRIMARY KEY, v BIGINT, title VARCHAR(40));"
    "CREATE TABLE slot (id BIGINT PRIMARY KEY, place BIGINT NOT NULL UNIQUE);"
    "INSERT INTO doc VALUES (1, 7, 'one'), (2, NULL, 'two'), (3, 5, 'three');"
    "INSERT INTO slot VALUES (1, 10), (2, 20), (3, 30), (4, 40)";

class PlanByHand : public DatabasesTest {
 protected:
  // Makes the tables in the target and in a copy, whose name is returned. SQLite takes a foreign key only with its table.
  std::string CreateTables() {
    const bool sqlite = GetParam().name == "Sqlite";
    std::string tables = absl::StrReplaceAll(kTables, {{"{lead}", sqlite ? " REFERENCES member (id)" : ""}});
    if (!sqlite) absl::StrAppend(&tables, "; ALTER TABLE team ADD FOREIGN KEY (lead_id) REFERENCES member (id)");
    Execute(tables);
    std::string copy = NewDatabase();
    server().Execute(copy, absl::StrReplaceAll(tables, {{"{key}", server().GeneratedKey()}}));
    return copy;
  }
  // All rows of all tables.
  std::vector<std::vector<std::string>> All(const std::string& database) {
    std::vector<std::vector<std::string>> rows;
    for (const char* table : {"team", "member", "doc", "slot"}) {
      rows.push_back(server().Query(database, absl::StrCat("SELECT * FROM ", table, " ORDER BY id")));
    }
    return rows;
  }
  static v1::Event Based(v1::Event event, v1::Value version) {
    *event.mutable_version() = std::move(version);
    return event;
  }
  static v1::Event Moved(int64_t id, int64_t from, int64_t to) {
    v1::Field field = Set("place", Integer(to));
    *field.mutable_old() = Integer(from);
    return Updated("slot", Integer(id), {field});
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, PlanByHand, testing::Values(Postgres(), Mariadb(), Sqlite()),
                         [](const auto& info) { return info.param.name; });

TEST_P(PlanByHand, WhatIsShownDoesWhatASaveDoes) {
  const std::string copy = CreateTables();
  std::string session = OpenWith([](v1::Schema& schema) {
    for (v1::Table& table : *schema.mutable_tables()) {
      if (table.name() == "doc") table.mutable_columns(1)->set_version(true);
    }
  });
  std::vector<v1::Event> events = {
      // A cycle of rows with generated keys.
      Created("team", NewKey(1), {Set("name", Text("it's \"ours\" \\ {1}, NULL")), Set("lead_id", Null())}),
      Created("member", NewKey(2), {Set("team_id", NewKey(1)), Set("boss_id", Null()), Set("name", Text("Ann"))}),
      Created("member", NewKey(3), {Set("team_id", NewKey(1)), Set("boss_id", NewKey(2)), Set("name", Text("NULL"))}),
      Updated("team", NewKey(1), {Set("lead_id", NewKey(2))}),
      // Versions: moved, begun, checked.
      Based(Updated("doc", Integer(1), {Set("title", Text("uno"))}), Integer(7)),
      Based(Updated("doc", Integer(2), {Set("title", Text("due"))}), Null()), Based(Deleted("doc", Integer(3)), Integer(5)),
      Created("doc", Integer(4), {Set("title", Null())}),
      // Unique values: exchanged, and handed on by a deleted row.
      Moved(1, 10, 20), Moved(2, 20, 10), Deleted("slot", Integer(3)), Moved(4, 40, 30),
      Created("slot", Integer(5), {Set("place", Integer(40))})};
  // As many as PostgreSQL copies, and more than a message of a plan has.
  for (int i = 0; i < 2100; ++i) {
    events.push_back(
        Created("member", NewKey(100 + i),
                {Set("team_id", NewKey(1)), Set("boss_id", NewKey(2)), Set("name", Text(absl::StrCat("tab\t", i, "\\")))}));
  }
  ASSERT_OK(Append(session, events));

  std::vector<v1::PlannedStatement> parts;
  ASSERT_OK(PlanSave(session, {}, &parts));
  const std::vector<v1::PlannedStatement> plan = JoinParts(parts);
  absl::Status by_hand = server().RunByHand(copy, schema_, plan);
  ASSERT_TRUE(by_hand.ok()) << by_hand;
  Saved saved = Save(session, "s");
  ASSERT_OK(saved.status);
  EXPECT_EQ(All(copy), All(database_));
  EXPECT_EQ(Query("SELECT COUNT(*) FROM member"), std::vector<std::string>{"2102"});
  EXPECT_EQ(Query("SELECT id, v, title FROM doc ORDER BY id"), (std::vector<std::string>{"1|8|uno", "2|1|due", "4|1|NULL"}));
  EXPECT_EQ(Query("SELECT id, place FROM slot ORDER BY id"), (std::vector<std::string>{"1|20", "2|10", "4|30", "5|40"}));
}

TEST_P(PlanByHand, AKeyThatTheInsertItselfTellsHasNoPlaceholder) {
  const std::string copy = CreateTables();
  std::string session = OpenWith();
  ASSERT_OK(Append(session, {Created("team", NewKey(1), {Set("name", Text("a"))})}));
  std::vector<v1::PlannedStatement> plan;
  ASSERT_OK(PlanSave(session, {}, &plan));
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].rows(0).generated().counter(), 1u);
  EXPECT_EQ(plan[0].rows(0).values_size(), 1);
  absl::Status by_hand = server().RunByHand(copy, schema_, plan);
  ASSERT_TRUE(by_hand.ok()) << by_hand;
  ASSERT_OK(Save(session, "s").status);
  EXPECT_EQ(All(copy), All(database_));
}

}  // namespace
}  // namespace uow
