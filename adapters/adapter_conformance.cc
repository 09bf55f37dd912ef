// What a save does to the rows of the database.
#include "adapters/adapter_conformance.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

using test::Int;
using test::Null;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(AdapterConformance, NewRowsGetTheirParentsGeneratedKeys) {
  CreateTables(test::kShop);
  auto outcome =
      Save({Insert("item", {Ref(2), Int(1)}, {{"sku", Text("pen")}}), Insert("orders", {Ref(2)}, {{"customer_id", Ref(1)}}),
            Insert("customer", {Ref(1)}, {{"name", Text("Ada")}}), Insert("item", {Ref(2), Int(2)}, {{"sku", Text("ink")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_TRUE(outcome->executed);
  EXPECT_EQ(outcome->inserted, 4u);
  EXPECT_THAT(Query("SELECT c.name, o.note, i.line, i.sku FROM customer c JOIN orders o ON o.customer_id = c.id JOIN item i ON "
                    "i.order_id = o.id ORDER BY i.line"),
              ElementsAre("Ada|none|1|pen", "Ada|none|2|ink"));
}

TEST_P(AdapterConformance, TheOutcomeNamesEveryGeneratedKey) {
  CreateTables(test::kShop);
  auto outcome = Save({Insert("customer", {Ref(1)}, {{"name", Text("Ada")}}), Insert("customer", {Ref(2)}, {{"name", Text("Bob")}}),
                       Insert("orders", {Ref(3)}, {{"customer_id", Ref(2)}}), Insert("item", {Ref(3), Int(7)})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  ASSERT_THAT(outcome->generated, SizeIs(4));
  for (const v1::GeneratedEntity& entity : outcome->generated) {
    ASSERT_EQ(entity.key_size(), entity.generated_key_size());
    for (const v1::Value& value : entity.generated_key()) EXPECT_FALSE(value.has_handle_value());
  }
  auto key_of = [&](size_t i) { return outcome->generated[i].generated_key(0).int64_value(); };
  EXPECT_EQ(outcome->generated[0].key(0).handle_value().counter(), 1u);
  EXPECT_THAT(Query(absl::StrCat("SELECT name FROM customer WHERE id = ", key_of(0))), ElementsAre("Ada"));
  EXPECT_THAT(Query(absl::StrCat("SELECT name FROM customer WHERE id = ", key_of(1))), ElementsAre("Bob"));
  EXPECT_THAT(Query("SELECT order_id, line FROM item"), ElementsAre(absl::StrCat(key_of(2), "|7")));
  EXPECT_EQ(outcome->generated[3].generated_key(1).int64_value(), 7);
}

TEST_P(AdapterConformance, AGivenKeyIsKept) {
  CreateTables(test::kShop);
  auto outcome =
      Save({Insert("customer", {Int(4711)}, {{"name", Text("Ada")}}), Insert("customer", {Ref(1)}, {{"name", Text("Bob")}}),
            Insert("orders", {Int(12)}, {{"customer_id", Int(4711)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(outcome->generated, SizeIs(1));
  EXPECT_THAT(Query("SELECT id FROM customer WHERE name = 'Ada'"), ElementsAre("4711"));
  EXPECT_THAT(Query("SELECT customer_id FROM orders WHERE id = 12"), ElementsAre("4711"));
}

TEST_P(AdapterConformance, ATextKeyIsGeneratedByItsDefault) {
  if (database_->GeneratedTextKey().empty()) GTEST_SKIP() << "the dialect has none";
  CreateTables(
      "CREATE TABLE doc (id {text_key}, title VARCHAR(200)); CREATE TABLE page (id {key}, doc_id VARCHAR(200) REFERENCES doc "
      "(id));");
  auto outcome = Save({Insert("doc", {Ref(1)}, {{"title", Text("a")}}), Insert("doc", {Ref(2)}, {{"title", Text("b")}}),
                       Insert("page", {Ref(3)}, {{"doc_id", Ref(2)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT d.title FROM doc d JOIN page p ON p.doc_id = d.id"), ElementsAre("b"));
  std::string key = outcome->generated[0].generated_key(0).text_value();
  EXPECT_THAT(Query(absl::StrCat("SELECT title FROM doc WHERE id = '", key, "'")), ElementsAre("a"));
}

TEST_P(AdapterConformance, UpdatesWriteOnlyTheirColumns) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name, email, age) VALUES (1, 'Ada', 'a@x', 36), (2, 'Bob', 'b@x', 40), (3, 'Cy', NULL, 1)");
  auto outcome = Save({Update("customer", {Int(1)}, {{"name", Text("Ada L.")}}), Update("customer", {Int(2)}, {{"age", Null()}}),
                       Update("customer", {Int(3)}, {{"name", Text("Cyd")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->updated, 3u);
  EXPECT_THAT(Query("SELECT id, name, email, age FROM customer ORDER BY id"),
              ElementsAre("1|Ada L.|a@x|36", "2|Bob|b@x|NULL", "3|Cyd|NULL|1"));
}

TEST_P(AdapterConformance, AnUpdateMayReferToANewRow) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name) VALUES (100, 'Ada'); INSERT INTO orders (id, customer_id) VALUES (100, 100)");
  auto outcome =
      Save({Update("orders", {Int(100)}, {{"customer_id", Ref(1)}}), Insert("customer", {Ref(1)}, {{"name", Text("Bob")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT c.name FROM orders o JOIN customer c ON c.id = o.customer_id"), ElementsAre("Bob"));
}

TEST_P(AdapterConformance, ChildrenAreDeletedBeforeTheirParents) {
  CreateTables(test::kShop);
  Execute(
      "INSERT INTO customer (id, name) VALUES (1, 'Ada'); INSERT INTO orders (id, customer_id) VALUES (5, 1); "
      "INSERT INTO item (order_id, line) VALUES (5, 1), (5, 2)");
  auto outcome = Save({Delete("customer", {Int(1)}), Delete("orders", {Int(5)}), Delete("item", {Int(5), Int(2)}),
                       Delete("item", {Int(5), Int(1)})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->deleted, 4u);
  EXPECT_THAT(Query("SELECT id FROM customer UNION ALL SELECT id FROM orders UNION ALL SELECT line FROM item"), IsEmpty());
}

TEST_P(AdapterConformance, ASelfReferentialTreeIsInsertedInOneSave) {
  CreateTables(test::kTree);
  std::vector<v1::NetChange> changes;
  for (int i = 50; i >= 1; --i) {
    changes.push_back(
        Insert("node", {Ref(i)}, {{"parent_id", i == 1 ? Null() : Ref(i - 1)}, {"name", Text(absl::StrCat("n", i))}}));
  }
  auto outcome = Save(changes);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("WITH RECURSIVE path (id, depth, name) AS (SELECT id, 1, name FROM node WHERE parent_id IS NULL UNION ALL "
                    "SELECT n.id, p.depth + 1, n.name FROM node n JOIN path p ON n.parent_id = p.id) "
                    "SELECT depth, name FROM path WHERE depth = 50"),
              ElementsAre("50|n50"));
}

TEST_P(AdapterConformance, ASelfReferentialTreeIsDeletedInOneSave) {
  for (const char* action : {"", "ON DELETE CASCADE", "ON DELETE SET NULL", "ON DELETE RESTRICT"}) {
    SCOPED_TRACE(action);
    Execute("DROP TABLE IF EXISTS node");
    CreateTables(absl::StrCat("CREATE TABLE node (id {key}, parent_id BIGINT REFERENCES node (id) ", action, ");"));
    Execute("INSERT INTO node (id, parent_id) VALUES (1, NULL), (2, 1), (3, 2), (4, 2), (5, NULL)");
    // Parents first, and nothing known of who refers to whom.
    auto outcome = Save({Delete("node", {Int(1)}), Delete("node", {Int(2)}), Delete("node", {Int(3)}), Delete("node", {Int(4)})});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->deleted, 4u);
    EXPECT_THAT(Query("SELECT id FROM node"), ElementsAre("5"));
  }
}

TEST_P(AdapterConformance, KnownParentsOrderTheDeletesOfATree) {
  CreateTables(test::kTree);
  Execute("INSERT INTO node (id, parent_id) VALUES (1, NULL), (2, 1), (3, 2)");
  auto outcome = Save({Delete("node", {Int(1)}, {{"parent_id", Null()}}), Delete("node", {Int(2)}, {{"parent_id", Int(1)}}),
                       Delete("node", {Int(3)}, {{"parent_id", Int(2)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT id FROM node"), IsEmpty());
}

TEST_P(AdapterConformance, AReplacedRowKeepsNothingOfTheOldOne) {
  CreateTables(test::kShop);
  Execute(
      "INSERT INTO customer (id, name, email, age) VALUES (1, 'Ada', 'a@x', 36); "
      "INSERT INTO orders (id, customer_id, note) VALUES (5, 1, 'gift')");
  auto outcome =
      Save({Replace("customer", {Int(1)}, {{"name", Text("Eve")}}), Replace("orders", {Int(5)}, {{"customer_id", Int(1)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT name, email, age FROM customer"), ElementsAre("Eve|NULL|NULL"));
  EXPECT_THAT(Query("SELECT customer_id, note FROM orders"), ElementsAre("1|none"));
}

TEST_P(AdapterConformance, AReplacedParentTakesItsChildrenWithIt) {
  CreateTables(
      "CREATE TABLE parent (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(200)); CREATE TABLE child (id BIGINT NOT NULL "
      "PRIMARY KEY, parent_id BIGINT REFERENCES parent (id) ON DELETE CASCADE);");
  Execute("INSERT INTO parent (id, name) VALUES (1, 'old'); INSERT INTO child (id, parent_id) VALUES (10, 1), (11, 1)");
  // One child is deleted by the session itself, one by the cascade, one is new.
  auto outcome = Save({Delete("child", {Int(10)}), Replace("parent", {Int(1)}, {{"name", Text("new")}}),
                       Insert("child", {Int(12)}, {{"parent_id", Int(1)}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT id, name FROM parent"), ElementsAre("1|new"));
  EXPECT_THAT(Query("SELECT id, parent_id FROM child"), ElementsAre("12|1"));
}

TEST_P(AdapterConformance, CompositeForeignKeysOrderTheirRows) {
  CreateTables(
      "CREATE TABLE region (country VARCHAR(10) NOT NULL, code VARCHAR(10) NOT NULL, up VARCHAR(10), PRIMARY KEY (country, code), "
      "FOREIGN KEY (country, up) REFERENCES region (country, code));");
  auto outcome = Save({Insert("region", {Text("FR"), Text("75")}, {{"up", Text("IDF")}}),
                       Insert("region", {Text("FR"), Text("IDF")}, {{"up", Null()}}),
                       Insert("region", {Text("DE"), Text("75")}, {{"up", Text("75")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT country, code, up FROM region ORDER BY country, code"),
              ElementsAre("DE|75|75", "FR|75|IDF", "FR|IDF|NULL"));
}

TEST_P(AdapterConformance, TwoForeignKeysToOneTableBothCount) {
  CreateTables(
      "CREATE TABLE place (id {key}, name VARCHAR(20)); CREATE TABLE trip (id {key}, origin BIGINT REFERENCES place (id), "
      "target BIGINT REFERENCES place (id));");
  auto outcome = Save({Insert("trip", {Ref(3)}, {{"origin", Ref(1)}, {"target", Ref(2)}}),
                       Insert("place", {Ref(2)}, {{"name", Text("B")}}), Insert("place", {Ref(1)}, {{"name", Text("A")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT a.name, b.name FROM trip t JOIN place a ON a.id = t.origin JOIN place b ON b.id = t.target"),
              ElementsAre("A|B"));
}

TEST_P(AdapterConformance, RowsOfAllShapesShareASave) {
  CreateTables("CREATE TABLE t (id {key}, a VARCHAR(20) DEFAULT 'da', b VARCHAR(20) DEFAULT 'db');");
  auto outcome = Save({Insert("t", {Ref(1)}), Insert("t", {Ref(2)}, {{"a", Text("x")}}), Insert("t", {Ref(3)}, {{"b", Null()}}),
                       Insert("t", {Int(9)}), Insert("t", {Ref(4)}, {{"a", Text("y")}, {"b", Text("z")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query("SELECT a, b FROM t ORDER BY a, b"), testing::UnorderedElementsAre("da|NULL", "da|db", "da|db", "x|db", "y|z"));
}

TEST_P(AdapterConformance, NamesAreWhateverTheDatabaseHas) {
  const std::string odd = R"(we"ird 'name'; -- \)";
  CreateTables(absl::StrCat(
      "CREATE TABLE [select] (id {key}, [group] VARCHAR(20), [Order] VARCHAR(20), [order by] VARCHAR(20));"
      "CREATE TABLE [",
      odd, "] ([", odd, "] BIGINT NOT NULL PRIMARY KEY, [select] BIGINT REFERENCES [select] (id), [%1$s?] VARCHAR(20));"));
  auto outcome =
      Save({Insert("select", {Ref(1)}, {{"group", Text("g")}, {"Order", Text("o")}, {"order by", Text("'; DROP TABLE x")}}),
            Insert(odd, {Int(1)}, {{"select", Ref(1)}, {"%1$s?", Text("x")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  outcome = Save({Update(odd, {Int(1)}, {{"%1$s?", Text("y")}})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query(absl::StrCat("SELECT s.[group], s.[Order], s.[order by], o.[%1$s?] FROM [select] s JOIN [", odd,
                                 "] o ON o.[select] = s.id")),
              ElementsAre("g|o|'; DROP TABLE x|y"));
  outcome = Save({Delete(odd, {Int(1)})});
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(Query(absl::StrCat("SELECT 1 FROM [", odd, "]")), IsEmpty());
}

TEST_P(AdapterConformance, EveryTypeRoundTrips) {
  int table = 0;
  for (const TypeCase& type : database_->TypeCases()) {
    SCOPED_TRACE(absl::StrCat(type.declared, " ", DebugString(type.value)));
    std::string name = absl::StrCat("t", ++table);
    if (!type.setup.empty()) database_->Execute(type.setup);
    CreateTables(absl::StrCat("CREATE TABLE ", name, " (id BIGINT NOT NULL PRIMARY KEY, v ", type.declared, ");"));
    EXPECT_EQ(TableNamed(name).columns(1).type().SerializeAsString(), type.type.SerializeAsString())
        << TableNamed(name).columns(1).type().ShortDebugString();
    // Inserted, updated from NULL, and NULL again.
    auto outcome = Save({Insert(name, {Int(1)}, {{"v", type.value}}), Insert(name, {Int(2)}, {{"v", Null()}})});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_THAT(Query(absl::StrCat("SELECT id, v FROM ", name, " ORDER BY id")),
                ElementsAre(absl::StrCat("1|", type.text), "2|NULL"));
    outcome = Save({Update(name, {Int(1)}, {{"v", Null()}}), Update(name, {Int(2)}, {{"v", type.value}})});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_THAT(Query(absl::StrCat("SELECT id, v FROM ", name, " ORDER BY id")),
                ElementsAre("1|NULL", absl::StrCat("2|", type.text)));
  }
}

TEST_P(AdapterConformance, RowsAreFoundByKeysOfEveryType) {
  int table = 0;
  for (const TypeCase& type : database_->TypeCases()) {
    if (!type.in_keys) continue;
    SCOPED_TRACE(absl::StrCat(type.declared, " ", DebugString(type.value)));
    std::string name = absl::StrCat("k", ++table);
    if (!type.setup.empty()) database_->Execute(type.setup);
    CreateTables(absl::StrCat("CREATE TABLE ", name, " (k ", type.declared, " NOT NULL PRIMARY KEY, v BIGINT);"));
    auto outcome = Save({Insert(name, {type.value}, {{"v", Int(1)}})});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    outcome = Save({Update(name, {type.value}, {{"v", Int(2)}})});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_THAT(Query(absl::StrCat("SELECT k, v FROM ", name)), ElementsAre(absl::StrCat(type.text, "|2")));
    outcome = Save({Delete(name, {type.value})});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_THAT(Query(absl::StrCat("SELECT 1 FROM ", name)), IsEmpty());
  }
}

TEST_P(AdapterConformance, RowsBeyondOneStepAllArrive) {
  CreateTables(test::kShop);
  std::vector<v1::NetChange> changes;
  for (int i = 1; i <= 12'000; ++i) {
    changes.push_back(Insert("customer", {Ref(i)}, {{"name", Text(absl::StrCat("c", i))}}));
    changes.push_back(Insert("orders", {Ref(100'000 + i)}, {{"customer_id", Ref(i)}}));
  }
  std::vector<uint64_t> rows_done;
  auto outcome = Save(NextIntent(), changes, [&](const v1::SaveProgress& p) {
    EXPECT_EQ(p.rows_total(), 24'000u);
    rows_done.push_back(p.rows_done());
  });
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  if (target_->traits().max_step_rows < 12'000) {
    EXPECT_THAT(rows_done, ElementsAre(0, 10'000, 12'000, 22'000, 24'000));
  } else {
    EXPECT_THAT(rows_done, ElementsAre(0, 12'000, 24'000));
  }
  EXPECT_EQ(outcome->generated.size(), 24'000u);
  EXPECT_THAT(Query("SELECT count(*) FROM orders o JOIN customer c ON c.id = o.customer_id"), ElementsAre("12000"));
}

}  // namespace
}  // namespace uow
