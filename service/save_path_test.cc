// What a save makes of a session's changes in a real database, from the plan that is shown to the rows.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "service/plan_by_hand.h"
#include "service/service_fixture.h"

namespace uow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Value Json(const std::string& text) {
  v1::Value value;
  value.set_json_value(text);
  return value;
}

v1::Field SetFrom(const std::string& column, v1::Value value, v1::Value old) {
  v1::Field field = Set(column, std::move(value));
  *field.mutable_old() = std::move(old);
  return field;
}

class SavePathTest : public ServiceTest {};

TEST_F(SavePathTest, JsonIsWrittenAsItWasSentAndComparedByValue) {
  Execute("CREATE TABLE doc (id INTEGER PRIMARY KEY, body JSON, tags JSON)");
  std::string session = OpenSession();
  const std::string sent = "{\"b\": 1.0, \"a\": [ ]}";
  ASSERT_OK(Append(session, {Created("doc", NewKey(1), {Set("body", Json(sent)), Set("tags", Json("[1.50]"))})}));
  ASSERT_OK(Save(session, "first").status);
  EXPECT_EQ(Rows("SELECT body, tags FROM doc"), std::vector<std::string>{sent + "|[1.50]"});

  ASSERT_OK(Append(session, {Updated("doc", NewKey(1),
                                     {SetFrom("body", Json("{\"a\":[],\"b\":1}"), Json(sent)),
                                      SetFrom("tags", Json("[ 2 ]"), Json("[1.50]"))})}));
  std::vector<v1::NetChange> changes;
  ASSERT_OK(GetChanges(session, {}, &changes));
  ASSERT_EQ(changes.size(), 1u);
  ASSERT_EQ(changes[0].fields_size(), 1) << "the body is the same document as before";
  ASSERT_OK(Save(session, "second").status);
  EXPECT_EQ(Rows("SELECT body, tags FROM doc"), std::vector<std::string>{sent + "|[ 2 ]"});
}

TEST_F(SavePathTest, AForeignKeyThatNoSchemaMayHaveCostsOnlyItself) {
  Execute(
      "CREATE TABLE parent (code TEXT PRIMARY KEY); CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent "
      "(code), author INTEGER REFERENCES users (id))");
  v1::DescribeTargetRequest request;
  v1::DescribeTargetResponse response;
  request.set_target("main");
  ASSERT_OK(schemas_->DescribeTarget(NewContext().get(), request, &response));
  for (const v1::Table& table : response.schema().tables()) {
    if (table.name() != "child") continue;
    ASSERT_EQ(table.foreign_keys_size(), 1);
    EXPECT_EQ(response.schema().tables(table.foreign_keys(0).referenced_table()).name(), "users");
  }
  ASSERT_EQ(response.skipped_size(), 1);
  EXPECT_EQ(response.skipped(0).name(), "child");
  EXPECT_FALSE(response.skipped(0).foreign_key().empty());
  EXPECT_THAT(response.skipped(0).why(), HasSubstr("refers from"));
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {Created("child", NewKey(1), {Set("parent", Null())})}));
  EXPECT_OK(Save(session, "s").status);
}

TEST_F(SavePathTest, ThePlanThatIsShownIsThePlanThatRuns) {
  Execute(
      "CREATE TABLE note (id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(8)))), text TEXT); INSERT INTO users (id, name) VALUES "
      "(100, 'Old'), (101, 'Gone')");
  std::string session = OpenSession();
  ASSERT_OK(Append(session, {Created("users", NewKey(1), {Set("name", Text("Ann"))}),
                             Created("posts", NewKey(2), {Set("author_id", NewKey(1)), Set("title", Text("Hello"))}),
                             Created("posts", NewKey(3), {Set("author_id", NewKey(1)), Set("title", Text("Again"))}),
                             Created("note", NewKey(4), {Set("text", Text("a"))}),
                             Updated("users", Integer(100), {Set("name", Text("New"))}), Deleted("users", Integer(101))}));
  std::vector<v1::PlannedStatement> plan;
  ASSERT_OK(PlanSave(session, {}, &plan));
  const std::vector<std::string> tables = {"SELECT id, name FROM users ORDER BY id",
                                           "SELECT id, author_id, title FROM posts ORDER BY id", "SELECT text FROM note"};
  const auto all = [&] {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& query : tables) rows.push_back(Rows(query));
    return rows;
  };
  // By hand in a copy, which then is compared and thrown away.
  const std::string copy = database() + ".copy";
  Execute(absl::StrCat("VACUUM INTO '", copy, "'"));
  const absl::Status by_hand = RunByHandInSqlite(copy, plan);
  ASSERT_TRUE(by_hand.ok()) << by_hand;
  ASSERT_OK(Save(session, "s").status);
  const auto saved = all();
  EXPECT_THAT(saved[0], ElementsAre("100|New", HasSubstr("|Ann")));
  Execute(absl::StrCat("ATTACH '", copy,
                       "' AS copy; DELETE FROM posts; DELETE FROM users; DELETE FROM note; INSERT INTO users SELECT * FROM "
                       "copy.users; INSERT INTO posts SELECT * FROM copy.posts; INSERT INTO note SELECT * FROM copy.note"));
  EXPECT_EQ(all(), saved);
}

}  // namespace
}  // namespace uow
