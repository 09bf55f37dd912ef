// What a save says of rows that the database refuses.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/adapter_conformance.h"
#include "gmock/gmock.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

using test::Int;
using test::Ref;
using test::Text;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// "table(key)" of the entities in an error.
std::vector<std::string> Entities(const absl::Status& status) {
  std::vector<std::string> names;
  v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
  for (const v1::EntityRef& entity : detail.entities()) {
    names.push_back(absl::StrCat(
        entity.table(), "(",
        absl::StrJoin(entity.key(), ",", [](std::string* out, const v1::Value& v) { absl::StrAppend(out, DebugString(v)); }), ")"));
  }
  return names;
}

uint64_t OffsetOf(const absl::Status& status) { return DetailOf(status).value_or(v1::ErrorDetail()).offset(); }

TEST_P(AdapterConformance, AUniqueViolationNamesItsRow) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name, email) VALUES (1, 'Ada', 'a@x')");
  auto changes = std::vector{Insert("customer", {Int(7)}, {{"name", Text("B")}, {"email", Text("b@x")}}),
                             Insert("customer", {Int(8)}, {{"name", Text("C")}, {"email", Text("a@x")}}),
                             Insert("customer", {Int(9)}, {{"name", Text("D")}, {"email", Text("d@x")}})};
  absl::Status status = Save(changes).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_UNIQUE) << status;
  EXPECT_THAT(Entities(status), ElementsAre("customer(8)"));
  EXPECT_EQ(OffsetOf(status), changes[1].last_offset());
  v1::ErrorDetail detail = *DetailOf(status);
  EXPECT_THAT(detail.columns(), ElementsAre("email"));
  EXPECT_FALSE(detail.constraint().empty());
  EXPECT_FALSE(detail.sqlstate().empty());
  EXPECT_THAT(Query("SELECT id FROM customer"), ElementsAre("1")) << "a failed save writes nothing";
}

TEST_P(AdapterConformance, ATakenPrimaryKeyNamesItsRow) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name) VALUES (1, 'Ada')");
  absl::Status status =
      Save({Insert("customer", {Int(2)}, {{"name", Text("B")}}), Insert("customer", {Int(1)}, {{"name", Text("C")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_UNIQUE) << status;
  EXPECT_THAT(Entities(status), ElementsAre("customer(1)"));
}

TEST_P(AdapterConformance, ANullWhereNoneIsAllowedNamesItsRow) {
  CreateTables(test::kShop);
  absl::Status status =
      Save({Insert("customer", {Int(1)}, {{"name", Text("B")}}), Insert("customer", {Int(2)}, {{"email", Text("x")}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_NOT_NULL) << status;
  EXPECT_THAT(Entities(status), ElementsAre("customer(2)"));
  EXPECT_THAT(DetailOf(status)->columns(), ElementsAre("name"));
}

TEST_P(AdapterConformance, ACheckViolationNamesItsRow) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name, age) VALUES (1, 'Ada', 1), (2, 'Bob', 2)");
  auto changes = std::vector{Update("customer", {Int(1)}, {{"age", Int(5)}}), Update("customer", {Int(2)}, {{"age", Int(-5)}})};
  absl::Status status = Save(changes).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_CHECK) << status;
  EXPECT_THAT(Entities(status), ElementsAre("customer(2)"));
  EXPECT_EQ(OffsetOf(status), changes[1].last_offset());
  EXPECT_FALSE(DetailOf(status)->constraint().empty());
  EXPECT_THAT(Query("SELECT age FROM customer ORDER BY id"), ElementsAre("1", "2"));
}

TEST_P(AdapterConformance, AReferenceToNothingNamesItsRow) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name) VALUES (1, 'Ada')");
  auto changes =
      std::vector{Insert("orders", {Int(5)}, {{"customer_id", Int(1)}}), Insert("orders", {Int(6)}, {{"customer_id", Int(99)}})};
  absl::Status status = Save(changes).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY) << status;
  EXPECT_THAT(Entities(status), ElementsAre("orders(6)"));
  EXPECT_EQ(OffsetOf(status), changes[1].last_offset());
  if (database_->ForeignKeysAreNamed()) {
    EXPECT_THAT(DetailOf(status)->columns(), ElementsAre("customer_id"));
  }
  EXPECT_THAT(Query("SELECT id FROM orders"), IsEmpty());
}

TEST_P(AdapterConformance, AnUpdatedReferenceToNothingNamesItsRow) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name) VALUES (1, 'Ada'); INSERT INTO orders (id, customer_id) VALUES (5, 1), (6, 1)");
  absl::Status status = Save({Update("orders", {Int(6)}, {{"customer_id", Int(99)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY) << status;
  EXPECT_THAT(Entities(status), ElementsAre("orders(6)"));
}

TEST_P(AdapterConformance, ADeletedRowThatOthersReferToIsNamed) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name) VALUES (1, 'Ada'), (2, 'Bob'); INSERT INTO orders (id, customer_id) VALUES (5, 2)");
  absl::Status status = Save({Delete("customer", {Int(1)}), Delete("customer", {Int(2)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY) << status;
  EXPECT_THAT(Entities(status), ElementsAre("customer(2)"));
  EXPECT_THAT(Query("SELECT id FROM customer"), SizeIs(2));
}

TEST_P(AdapterConformance, EveryRowThatIsGoneIsNamed) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name) VALUES (1, 'Ada'), (3, 'Cy')");
  absl::Status status =
      Save({Update("customer", {Int(1)}, {{"name", Text("x")}}), Update("customer", {Int(2)}, {{"name", Text("x")}}),
            Update("customer", {Int(3)}, {{"name", Text("x")}}), Update("customer", {Int(4)}, {{"name", Text("x")}})})
          .status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STALE_ENTITY) << status;
  EXPECT_THAT(Entities(status), ElementsAre("customer(2)", "customer(4)"));
  EXPECT_THAT(Query("SELECT name FROM customer ORDER BY id"), ElementsAre("Ada", "Cy"));

  status = Save({Delete("customer", {Int(1)}), Delete("customer", {Int(8)}), Delete("customer", {Int(9)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STALE_ENTITY) << status;
  EXPECT_THAT(Entities(status), ElementsAre("customer(8)", "customer(9)"));
  EXPECT_THAT(Query("SELECT id FROM customer"), SizeIs(2));
}

TEST_P(AdapterConformance, AStaleTreeNodeIsNamed) {
  CreateTables(test::kTree);
  Execute("INSERT INTO node (id, parent_id) VALUES (1, NULL), (2, 1)");
  absl::Status status = Save({Delete("node", {Int(1)}), Delete("node", {Int(2)}), Delete("node", {Int(3)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STALE_ENTITY) << status;
  EXPECT_THAT(Entities(status), ElementsAre("node(3)"));
}

TEST_P(AdapterConformance, AnUpdateToTheSameValueIsNotStale) {
  CreateTables(test::kShop);
  Execute("INSERT INTO customer (id, name) VALUES (1, 'Ada')");
  auto outcome = Save({Update("customer", {Int(1)}, {{"name", Text("Ada")}})});
  EXPECT_TRUE(outcome.ok()) << outcome.status();
}

TEST_P(AdapterConformance, ADroppedTableOrColumnIsASchemaChange) {
  CreateTables(test::kShop);
  Execute("ALTER TABLE customer RENAME COLUMN age TO years");
  absl::Status status = Save({Insert("customer", {Ref(1)}, {{"name", Text("A")}, {"age", Int(3)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) << status;
  Execute("INSERT INTO customer (id, name) VALUES (1, 'Ada')");
  status = Save({Update("customer", {Int(1)}, {{"age", Int(3)}})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) << status;
  Execute("ALTER TABLE customer RENAME COLUMN id TO [key]");
  status = Save({Delete("customer", {Int(1)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) << status;
  Execute("DROP TABLE item");
  status = Save({Insert("item", {Int(1), Int(1)})}).status();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) << status;
}

}  // namespace
}  // namespace uow
