// Optimistic concurrency: a write checks what it was based on, within itself, and says which rows were changed by others.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/adapter_conformance.h"
#include "gmock/gmock.h"
#include "journal/errors.h"

namespace uow {
namespace {

using test::Int;
using test::Null;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kDoc[] = "CREATE TABLE doc (id {key}, title VARCHAR(200), note VARCHAR(200), v BIGINT);";

v1::NetChange BasedOn(v1::NetChange change, v1::Value version) {
  *change.mutable_version() = std::move(version);
  return change;
}

// The keys that an error names.
std::vector<int64_t> StaleKeys(const absl::Status& status) {
  std::vector<int64_t> keys;
  const v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
  for (const v1::EntityRef& entity : detail.entities()) keys.push_back(entity.key(0).int64_value());
  return keys;
}

// Column "v" is the version.
void DeclareVersions(v1::Schema& schema) {
  for (v1::Table& table : *schema.mutable_tables()) {
    for (v1::Column& column : *table.mutable_columns()) column.set_version(column.name() == "v");
  }
}

void CompareChangedColumns(v1::Schema& schema) {
  for (v1::Table& table : *schema.mutable_tables()) table.set_concurrency(v1::CONCURRENCY_CHANGED_COLUMNS);
}

TEST_P(AdapterConformance, AVersionMovesWithEveryWriteAndIsToldToTheClient) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  auto outcome = Save({Insert("doc", {Ref(1)}, {{"title", Text("a")}}), Insert("doc", {Int(70)}, {{"title", Text("b")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  ASSERT_THAT(outcome->generated, SizeIs(2));
  const v1::Value key = outcome->generated[0].generated_key(0);
  EXPECT_EQ(outcome->generated[1].generated_key(0).int64_value(), 70);
  for (const v1::GeneratedEntity& entity : outcome->generated) {
    EXPECT_EQ(entity.fields(0).value().int64_value(), 1);
    EXPECT_FALSE(entity.fields(0).has_old());
  }
  EXPECT_THAT(Query("SELECT title, v FROM doc ORDER BY title"), ElementsAre("a|1", "b|1"));

  outcome = Save({BasedOn(Update("doc", {key}, {{"title", Text("c")}}), Int(1))});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  ASSERT_THAT(outcome->generated, SizeIs(1));
  EXPECT_EQ(outcome->generated[0].key(0).int64_value(), key.int64_value());
  EXPECT_EQ(outcome->generated[0].fields(0).value().int64_value(), 2);
  EXPECT_EQ(outcome->generated[0].fields(0).old().int64_value(), 1);
  EXPECT_THAT(Query("SELECT title, v FROM doc ORDER BY title"), ElementsAre("b|1", "c|2"));
}

TEST_P(AdapterConformance, AllStaleRowsAreNamedAndNothingIsWritten) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, v) VALUES (1, 'a', 1), (2, 'b', 5), (3, 'c', 1), (4, 'd', 9), (5, 'e', NULL)");
  std::vector<v1::NetChange> changes;
  for (int64_t id : {1, 2, 3, 4, 5, 6}) changes.push_back(BasedOn(Update("doc", {Int(id)}, {{"title", Text("x")}}), Int(1)));
  auto outcome = Save(changes);
  EXPECT_EQ(ReasonOf(outcome.status()), v1::ERROR_REASON_STALE_ENTITY);
  EXPECT_THAT(StaleKeys(outcome.status()), ElementsAre(2, 4, 5, 6));
  EXPECT_THAT(outcome.status().message(), HasSubstr("changed meanwhile"));
  EXPECT_THAT(Query("SELECT title FROM doc ORDER BY id"), ElementsAre("a", "b", "c", "d", "e"));
}

TEST_P(AdapterConformance, StaleRowsOfAllStatementsAreNamedAtOnce) {
  CreateTables(absl::StrCat(kDoc, "CREATE TABLE tag (id BIGINT PRIMARY KEY, name VARCHAR(20) UNIQUE, v BIGINT);"));
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, note, v) VALUES (1, 'a', 'n', 1), (2, 'b', 'n', 5), (3, 'c', 'n', 5), (4, 'd', 'n', 1)");
  Execute("INSERT INTO tag (id, name, v) VALUES (21, 'p', 1), (22, 'q', 1), (23, 'r', 5), (24, 's', 1)");
  std::vector<v1::NetChange> changes = {
      BasedOn(Update("doc", {Int(1)}, {{"title", Text("x")}}), Int(1)),
      BasedOn(Update("doc", {Int(2)}, {{"title", Text("x")}}), Int(1)),
      BasedOn(Update("doc", {Int(3)}, {{"note", Text("x")}}), Int(1)),
      BasedOn(Update("doc", {Int(4)}, {{"note", Text("x")}}), Int(1)),
      // Two exchange their names, so that each is written twice, and a third is deleted.
      BasedOn(Update("tag", {Int(21)}, {{"name", Text("q")}}), Int(1)),
      BasedOn(Update("tag", {Int(22)}, {{"name", Text("p")}}), Int(1)),
      BasedOn(Delete("tag", {Int(23)}), Int(1)),
      BasedOn(Delete("tag", {Int(24)}), Int(1)),
      BasedOn(Delete("tag", {Int(25)}), Int(1)),
  };
  for (v1::NetChange& change : changes) {
    if (change.table() != changes[4].table() || change.kind() != v1::CHANGE_KIND_UPDATE) continue;
    *change.mutable_fields(0)->mutable_old() = Text(change.key(0).int64_value() == 21 ? "p" : "q");
  }
  auto outcome = Save(changes);
  EXPECT_EQ(ReasonOf(outcome.status()), v1::ERROR_REASON_STALE_ENTITY) << outcome.status();
  EXPECT_THAT(StaleKeys(outcome.status()), testing::UnorderedElementsAre(2, 3, 23, 25));
  EXPECT_THAT(outcome.status().message(), HasSubstr("4 rows to update or delete were changed meanwhile, or don't exist any more"));
  EXPECT_THAT(Query("SELECT title, note FROM doc ORDER BY id"), ElementsAre("a|n", "b|n", "c|n", "d|n"));
  EXPECT_THAT(Query("SELECT name FROM tag ORDER BY id"), ElementsAre("p", "q", "r", "s"));
}

TEST_P(AdapterConformance, KeysThatTheSaveItselfGivesAreNotMissed) {
  CreateTables("CREATE TABLE tag (id BIGINT PRIMARY KEY, name VARCHAR(20), v BIGINT);");
  Redeclare(DeclareVersions);
  Execute("INSERT INTO tag (id, name, v) VALUES (1, 'p', 1), (2, 'q', 1), (3, 'r', 5)");
  std::vector<v1::NetChange> changes = {
      BasedOn(Update("tag", {Int(1)}, {}), Int(1)),
      BasedOn(Update("tag", {Int(2)}, {}), Int(1)),
      BasedOn(Delete("tag", {Int(3)}), Int(1)),
  };
  *changes[0].add_new_key() = Int(2);
  *changes[1].add_new_key() = Int(1);
  EXPECT_THAT(StaleKeys(Save(changes).status()), ElementsAre(3));
}

TEST_P(AdapterConformance, AStaleRowAloneIsNamedToo) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, v) VALUES (2, 'b', 5)");
  EXPECT_THAT(StaleKeys(Save({BasedOn(Update("doc", {Int(2)}, {{"title", Text("x")}}), Int(1))}).status()), ElementsAre(2));
}

TEST_P(AdapterConformance, ADeleteChecksItsVersion) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, v) VALUES (1, 'a', 1), (2, 'b', 5), (3, 'c', 1)");
  auto stale = Save({BasedOn(Delete("doc", {Int(1)}), Int(1)), BasedOn(Delete("doc", {Int(2)}), Int(1))});
  EXPECT_EQ(ReasonOf(stale.status()), v1::ERROR_REASON_STALE_ENTITY);
  EXPECT_THAT(StaleKeys(stale.status()), ElementsAre(2));
  EXPECT_THAT(Query("SELECT id FROM doc ORDER BY id"), ElementsAre("1", "2", "3"));
  auto outcome = Save({BasedOn(Delete("doc", {Int(1)}), Int(1)), BasedOn(Delete("doc", {Int(2)}), Int(5))});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT id FROM doc"), ElementsAre("3"));
}

TEST_P(AdapterConformance, NullIsAVersionLikeAnyOther) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, v) VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', 1)");
  EXPECT_THAT(StaleKeys(Save({BasedOn(Update("doc", {Int(3)}, {{"title", Text("x")}}), Null())}).status()), ElementsAre(3));
  auto outcome = Save({BasedOn(Update("doc", {Int(1)}, {{"title", Text("x")}}), Null()), BasedOn(Delete("doc", {Int(2)}), Null())});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT id, title, v FROM doc ORDER BY id"), ElementsAre("1|x|1", "3|c|1"));
}

TEST_P(AdapterConformance, AnUpdateWithoutAVersionChecksOnlyThatTheRowExists) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, v) VALUES (1, 'a', 41), (2, 'b', NULL)");
  auto outcome = Save({Update("doc", {Int(1)}, {{"title", Text("x")}}), Update("doc", {Int(2)}, {{"title", Text("y")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT title, v FROM doc ORDER BY id"), ElementsAre("x|42", "y|1")) << "others must see that it changed";
  ASSERT_THAT(outcome->generated, SizeIs(2));
  EXPECT_EQ(outcome->generated[0].fields(0).value().int64_value(), 42);
  EXPECT_FALSE(outcome->generated[0].fields(0).has_old());
  EXPECT_EQ(outcome->generated[1].fields(0).value().int64_value(), 1);
  EXPECT_THAT(StaleKeys(Save({Update("doc", {Int(9)}, {{"title", Text("x")}})}).status()), ElementsAre(9));
}

TEST_P(AdapterConformance, AReplacedRowMovesItsVersionOn) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, note, v) VALUES (1, 'a', 'n', 7), (2, 'b', 'n', 7)");
  EXPECT_THAT(StaleKeys(Save({BasedOn(Replace("doc", {Int(1)}, {{"title", Text("x")}}), Int(6))}).status()), ElementsAre(1));
  auto outcome = Save({BasedOn(Replace("doc", {Int(1)}, {{"title", Text("x")}}), Int(7))});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT title, note, v FROM doc ORDER BY id"), ElementsAre("x|NULL|8", "b|n|7"));
}

TEST_P(AdapterConformance, AnEventMaySetTheVersionItself) {
  CreateTables(kDoc);
  Redeclare(DeclareVersions);
  Execute("INSERT INTO doc (id, title, v) VALUES (1, 'a', 7)");
  auto outcome = Save({BasedOn(Update("doc", {Int(1)}, {{"title", Text("x")}, {"v", Int(100)}}), Int(7)),
                       Insert("doc", {Int(2)}, {{"v", Int(50)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->generated[0].fields(0).value().int64_value(), 100);
  EXPECT_THAT(Query("SELECT id, v FROM doc ORDER BY id"), ElementsAre("1|100", "2|50"));
}

TEST_P(AdapterConformance, ATimestampIsSetToNowAndNeverTwiceTheSame) {
  CreateTables(absl::StrCat("CREATE TABLE doc (id {key}, title VARCHAR(200), v ", database_->ClockType(), ");"));
  Redeclare(DeclareVersions);
  Redeclare([](v1::Schema& schema) {
    schema.mutable_tables(0)->mutable_columns(2)->mutable_type()->set_kind(v1::Type::KIND_TIMESTAMPTZ);
  });
  auto outcome = Save({Insert("doc", {Ref(1)}, {{"title", Text("a")}}), Insert("doc", {Ref(2)}, {{"title", Text("b")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  ASSERT_THAT(outcome->generated, SizeIs(2));
  const v1::Value key = outcome->generated[0].generated_key(0);
  v1::Value version = outcome->generated[0].fields(0).value();
  EXPECT_THAT(version.time_value(), HasSubstr("20")) << "a time of our days";
  // Each save within the millisecond of the one before, or nearly so.
  for (int i = 0; i < 30; ++i) {
    outcome = Save({BasedOn(Update("doc", {key}, {{"title", Text(absl::StrCat(i))}}), version)});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_THAT(outcome->generated, SizeIs(1));
    v1::Value next = outcome->generated[0].fields(0).value();
    EXPECT_NE(next.time_value(), version.time_value());
    EXPECT_EQ(StaleKeys(Save({BasedOn(Update("doc", {key}, {{"title", Text("stale")}}), version)}).status()).size(), 1u);
    version = next;
  }
  // A clock that stands far behind what another program has written.
  outcome = Save({Update("doc", {key}, {{"v", test::Time("2999-01-01T00:00:00Z")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  outcome = Save({BasedOn(Update("doc", {key}, {{"title", Text("x")}}), test::Time("2999-01-01T00:00:00Z"))});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(outcome->generated[0].fields(0).value().time_value(), HasSubstr("2999-01-01T00:00:00.00"));
}

TEST_P(AdapterConformance, ATokenOfTheDatabaseIsComparedAndReadBack) {
  CreateTables(database_->TokenTable());
  Redeclare(DeclareVersions);
  auto outcome = Save({Insert("doc", {Ref(1)}, {{"title", Text("a")}}), Insert("doc", {Ref(2)}, {{"title", Text("b")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const v1::Value first_key = outcome->generated[0].generated_key(0), second_key = outcome->generated[1].generated_key(0);
  const v1::Value first = outcome->generated[0].fields(0).value(), second = outcome->generated[1].fields(0).value();
  EXPECT_THAT(first.bytes_value(), SizeIs(16));
  EXPECT_NE(first.bytes_value(), second.bytes_value());

  outcome = Save({BasedOn(Update("doc", {first_key}, {{"title", Text("c")}}), first)});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const v1::Value next = outcome->generated[0].fields(0).value();
  EXPECT_THAT(next.bytes_value(), SizeIs(16));
  EXPECT_NE(next.bytes_value(), first.bytes_value());
  EXPECT_THAT(StaleKeys(Save({BasedOn(Update("doc", {first_key}, {{"title", Text("d")}}), first),
                              BasedOn(Update("doc", {second_key}, {{"title", Text("d")}}), second)})
                            .status()),
              ElementsAre(first_key.int64_value()));
  EXPECT_TRUE(Save({BasedOn(Delete("doc", {first_key}), next)}).ok());
}

TEST_P(AdapterConformance, AnUpdateIsStaleWhereAColumnThatItChangesWasChanged) {
  CreateTables(kDoc);
  Redeclare(CompareChangedColumns);
  Execute("INSERT INTO doc (id, title, note) VALUES (1, 'a', 'n'), (2, 'b', 'n'), (3, NULL, 'n'), (4, 'd', 'n')");
  auto update = [&](int64_t id, v1::Value old, v1::Value value) {
    v1::NetChange change = Update("doc", {Int(id)}, {{"title", std::move(value)}});
    *change.mutable_fields(0)->mutable_old() = std::move(old);
    return change;
  };
  auto stale = Save({update(1, Text("a"), Text("x")), update(2, Text("other"), Text("x")), update(3, Text("c"), Text("x")),
                     update(4, Null(), Text("x"))});
  EXPECT_EQ(ReasonOf(stale.status()), v1::ERROR_REASON_STALE_ENTITY);
  EXPECT_THAT(StaleKeys(stale.status()), ElementsAre(2, 3, 4));
  // What others did to columns that this doesn't change doesn't matter.
  Execute("UPDATE doc SET note = 'changed'");
  auto outcome =
      Save({update(1, Text("a"), Text("x")), update(3, Null(), Text("y")), Update("doc", {Int(4)}, {{"title", Text("z")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT title, note FROM doc ORDER BY id"), ElementsAre("x|changed", "b|changed", "y|changed", "z|changed"));
}

TEST_P(AdapterConformance, ADeleteComparesWhatItKnows) {
  CreateTables(kDoc);
  Redeclare(CompareChangedColumns);
  Execute("INSERT INTO doc (id, title, note) VALUES (1, 'a', 'n'), (2, 'b', 'n')");
  EXPECT_THAT(StaleKeys(Save({Delete("doc", {Int(1)}, {{"title", Text("a")}, {"note", Null()}})}).status()), ElementsAre(1));
  EXPECT_TRUE(Save({Delete("doc", {Int(1)}, {{"title", Text("a")}, {"note", Text("n")}}), Delete("doc", {Int(2)})}).ok());
}

TEST_P(AdapterConformance, ARowThatACascadeWasToTakeIsStaleWhereItIsStillThere) {
  // Rows of tables that may cascade to themselves through rows which nobody has seen: directly, and by way of another table.
  for (const std::string child : {"node", "item"}) {
    SCOPED_TRACE(child);
    StartAfresh();
    CreateTables(
        "CREATE TABLE node (id BIGINT PRIMARY KEY, up BIGINT REFERENCES node (id) ON DELETE CASCADE, v BIGINT);"
        "CREATE TABLE box (id BIGINT PRIMARY KEY, item_id BIGINT);"
        "CREATE TABLE item (id BIGINT PRIMARY KEY, up BIGINT REFERENCES box (id) ON DELETE CASCADE, v BIGINT);");
    Redeclare(DeclareVersions);
    Redeclare([](v1::Schema& schema) {
      uint32_t item = 0;
      while (schema.tables(static_cast<int>(item)).name() != "item") ++item;
      for (v1::Table& table : *schema.mutable_tables()) {
        if (table.name() != "box") continue;
        v1::ForeignKey& key = *table.add_foreign_keys();
        key.add_columns(1);
        key.set_referenced_table(item);
        key.add_referenced_columns(0);
        key.set_on_delete(v1::REFERENTIAL_ACTION_CASCADE);
      }
    });
    const std::string parent = child == "node" ? "node" : "box";
    Execute(absl::StrCat("INSERT INTO ", parent, " (id) VALUES (1), (2)"));
    // Others have changed row 3, and 5, which goes with row 1 all the same; 4 goes with it too.
    Execute(absl::StrCat("INSERT INTO ", child, " (id, up, v) VALUES (3, 2, 7), (4, 1, 1), (5, 1, 9), (6, 2, 1)"));
    auto deletes = [&](const std::vector<int64_t>& ids) {
      std::vector<v1::NetChange> changes;
      for (int64_t id : ids) changes.push_back(BasedOn(Delete(child, {Int(id)}, {{"up", Int(2)}}), Int(1)));
      changes.push_back(Delete(parent, {Int(1)}));
      return changes;
    };
    auto stale = Save(deletes({3, 4, 5, 6}));
    EXPECT_EQ(ReasonOf(stale.status()), v1::ERROR_REASON_STALE_ENTITY) << stale.status();
    EXPECT_THAT(StaleKeys(stale.status()), ElementsAre(3));
    EXPECT_THAT(StaleKeys(Save(deletes({3})).status()), ElementsAre(3));
    EXPECT_THAT(Query(absl::StrCat("SELECT count(*) FROM ", child, " WHERE id > 2")), ElementsAre("4"));
    Execute(absl::StrCat("UPDATE ", child, " SET v = 1 WHERE id = 3"));
    auto outcome = Save(deletes({3, 4, 5, 6}));
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_THAT(Query(absl::StrCat("SELECT id FROM ", child, " WHERE id > 2")), testing::IsEmpty());
  }
}

TEST_P(AdapterConformance, JsonIsComparedByItsValue) {
  CreateTables("CREATE TABLE doc (id BIGINT PRIMARY KEY, body JSON);");
  Redeclare(CompareChangedColumns);
  if (TableNamed("doc").columns(1).type().kind() != v1::Type::KIND_JSON) GTEST_SKIP() << "the catalog doesn't tell JSON from text";
  // Brackets would be names to Execute.
  database_->Execute(
      R"sql(INSERT INTO doc VALUES (1, '{ "b": [1.0, {"y": null, "x": "t"}], "a": 1e2 }'), (2, '[1, 2]'), (3, NULL), (4, 'null'))sql");
  auto update = [&](int64_t id, v1::Value old) {
    v1::NetChange from = Update("doc", {Int(id)}, {{"body", std::move(old)}});
    v1::NetChange change = Update("doc", {Int(id)}, {{"body", test::Json("[]")}});
    *change.mutable_fields(0)->mutable_old() = from.fields(0).value();
    return change;
  };
  auto stale = Save({update(1, test::Json(R"({"a":100,"b":[1,{"x":"u","y":null}]})")), update(2, test::Json("[2,1]")),
                     update(3, test::Json("null")), update(4, Null())});
  EXPECT_THAT(StaleKeys(stale.status()), ElementsAre(1, 2, 3, 4));
  auto outcome = Save({update(1, test::Json(R"({"a":100,"b":[1,{"x":"t","y":null}]})")), update(2, test::Json("[1,2]")),
                       update(3, Null()), update(4, test::Json("null"))});
  EXPECT_TRUE(outcome.ok()) << outcome.status();
}

TEST_P(AdapterConformance, ValuesOfEveryTypeAreCompared) {
  int table = 0;
  for (const TypeCase& type : database_->TypeCases()) {
    SCOPED_TRACE(type.declared);
    std::string name = absl::StrCat("t", ++table);
    if (!type.setup.empty()) database_->Execute(type.setup);
    CreateTables(absl::StrCat("CREATE TABLE ", name, " (id BIGINT NOT NULL PRIMARY KEY, v ", type.declared, ");"));
    Redeclare(CompareChangedColumns);
    auto update = [&](const v1::Value& old, const v1::Value& value) {
      v1::NetChange from = Update(name, {Int(1)}, {{"v", old}});
      v1::NetChange change = Update(name, {Int(1)}, {{"v", value}});
      *change.mutable_fields(0)->mutable_old() = from.fields(0).value();
      return Save({change, Insert(name, {Int(2)})});
    };
    ASSERT_TRUE(Save({Insert(name, {Int(1)}, {{"v", type.value}})}).ok());
    EXPECT_EQ(ReasonOf(update(Null(), type.value).status()), v1::ERROR_REASON_STALE_ENTITY);
    auto outcome = update(type.value, Null());
    EXPECT_TRUE(outcome.ok()) << outcome.status();
  }
}

}  // namespace
}  // namespace uow
