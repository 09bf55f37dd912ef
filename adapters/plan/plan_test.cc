#include "adapters/plan/plan.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "adapters/test_values.h"
#include "gmock/gmock.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

using test::Int;
using test::Null;
using test::Ref;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Tables of the tests, by position.
enum : uint32_t { kCustomer, kOrder, kItem, kNode, kTrip, kRegion };

void AddColumn(v1::Table& table, const std::string& name, bool nullable = true, bool has_default = false) {
  v1::Column& column = *table.add_columns();
  column.set_name(name);
  column.mutable_type()->set_kind(v1::Type::KIND_INT64);
  column.set_nullable(nullable);
  column.set_has_default(has_default);
}

v1::Table& AddTable(v1::Schema& schema, const std::string& name) {
  v1::Table& table = *schema.add_tables();
  table.set_name(name);
  AddColumn(table, "id", false);
  table.mutable_columns(0)->set_generation(v1::GENERATION_KEY);
  table.add_primary_key(0);
  return table;
}

void AddReference(v1::Table& table, std::vector<uint32_t> columns, uint32_t parent, std::vector<uint32_t> parent_columns = {0},
                  v1::ReferentialAction on_delete = v1::REFERENTIAL_ACTION_UNSPECIFIED) {
  v1::ForeignKey& key = *table.add_foreign_keys();
  key.mutable_columns()->Assign(columns.begin(), columns.end());
  key.set_referenced_table(parent);
  key.mutable_referenced_columns()->Assign(parent_columns.begin(), parent_columns.end());
  key.set_on_delete(on_delete);
}

v1::Schema ShopSchema() {
  v1::Schema schema;
  v1::Table& customer = AddTable(schema, "customer");
  AddColumn(customer, "name");
  AddColumn(customer, "rank", false, true);
  v1::Table& order = AddTable(schema, "order");
  AddColumn(order, "customer_id");
  AddReference(order, {1}, kCustomer);
  v1::Table& item = AddTable(schema, "item");
  AddColumn(item, "line", false);
  AddColumn(item, "qty");
  item.mutable_columns(0)->set_generation(v1::GENERATION_UNSPECIFIED);
  item.add_primary_key(1);
  AddReference(item, {0}, kOrder);
  v1::Table& node = AddTable(schema, "node");
  AddColumn(node, "parent_id");
  AddReference(node, {1}, kNode);
  v1::Table& trip = AddTable(schema, "trip");
  AddColumn(trip, "origin");
  AddColumn(trip, "target");
  AddReference(trip, {1}, kCustomer);
  AddReference(trip, {2}, kCustomer);
  v1::Table& region = AddTable(schema, "region");
  region.mutable_columns(0)->set_generation(v1::GENERATION_UNSPECIFIED);
  AddColumn(region, "code", false);
  region.add_primary_key(1);
  AddColumn(region, "up");
  AddReference(region, {0, 2}, kRegion, {0, 1});
  return schema;
}

class PlanTest : public testing::Test {
 protected:
  using Fields = std::vector<std::pair<uint32_t, v1::Value>>;

  PlanTest() { Use(ShopSchema()); }

  void Use(const v1::Schema& schema) {
    auto index = SchemaIndex::Create(schema);
    ASSERT_TRUE(index.ok()) << index.status();
    schema_ = *index;
  }

  v1::NetChange Change(v1::ChangeKind kind, uint32_t table, std::vector<v1::Value> key, const Fields& fields, bool old = false) {
    v1::NetChange change;
    change.set_kind(kind);
    change.set_table(table);
    for (v1::Value& value : key) *change.add_key() = std::move(value);
    for (const auto& [column, value] : fields) {
      v1::Field& field = *change.add_fields();
      field.set_column(column);
      (old ? *field.mutable_old() : *field.mutable_value()) = value;
    }
    change.set_last_offset(offset_++);
    return change;
  }
  v1::NetChange Insert(uint32_t table, std::vector<v1::Value> key, const Fields& fields = {}) {
    return Change(v1::CHANGE_KIND_INSERT, table, std::move(key), fields);
  }
  v1::NetChange Update(uint32_t table, std::vector<v1::Value> key, const Fields& fields) {
    return Change(v1::CHANGE_KIND_UPDATE, table, std::move(key), fields);
  }
  v1::NetChange Delete(uint32_t table, std::vector<v1::Value> key, const Fields& old = {}) {
    return Change(v1::CHANGE_KIND_DELETE, table, std::move(key), old, true);
  }
  v1::NetChange Replace(uint32_t table, std::vector<v1::Value> key, const Fields& fields) {
    return Change(v1::CHANGE_KIND_REPLACE, table, std::move(key), fields);
  }

  // A plan, one line a step: "insert order(id*,customer_id): handle w/2, handle w/1; …".
  std::vector<std::string> Show(const Plan& plan) const {
    std::vector<std::string> lines;
    for (const Step& step : plan.steps) {
      const v1::Table& table = schema_->table(step.table);
      std::vector<std::string> columns;
      for (size_t i = 0; i < step.columns.size(); ++i) {
        columns.push_back(absl::StrCat(table.columns(step.columns[i]).name(), static_cast<int>(i) == step.generated ? "*" : ""));
      }
      for (uint32_t column : step.default_columns) columns.push_back(absl::StrCat(table.columns(column).name(), "=default"));
      std::vector<std::string> rows;
      rows.reserve(step.rows.size());
      for (const StepRow& row : step.rows) {
        rows.push_back(
            absl::StrJoin(row.values, ",", [](std::string* out, const v1::Value& v) { absl::StrAppend(out, DebugString(v)); }));
      }
      const char* kind = step.kind == StepKind::kInsert ? "insert" : step.kind == StepKind::kUpdate ? "update" : "delete";
      lines.push_back(absl::StrCat(kind, " ", table.name(), "(", absl::StrJoin(columns, ","), "): ", absl::StrJoin(rows, "; ")));
    }
    return lines;
  }
  std::vector<std::string> PlanOf(const std::vector<v1::NetChange>& changes) {
    auto plan = BuildPlan(*schema_, changes, traits_);
    if (!plan.ok()) return {plan.status().ToString()};
    return Show(*plan);
  }
  absl::Status Failure(const std::vector<v1::NetChange>& changes) { return BuildPlan(*schema_, changes, traits_).status(); }

  SchemaRef schema_;
  PlanTraits traits_;
  uint64_t offset_ = 0;
};

TEST_F(PlanTest, NoChangesMakeAnEmptyPlan) { EXPECT_THAT(PlanOf({}), IsEmpty()); }

TEST_F(PlanTest, ParentsComeBeforeChildren) {
  EXPECT_THAT(PlanOf({Insert(kItem, {Ref(2), Int(1)}), Insert(kOrder, {Ref(2)}, {{1, Ref(1)}}), Insert(kCustomer, {Ref(1)})}),
              ElementsAre("insert customer(id*): handle w/1", "insert order(id*,customer_id): handle w/2,handle w/1",
                          "insert item(id,line): handle w/2,1"));
}

TEST_F(PlanTest, ParentsAreFoundByTheirGivenKeys) {
  EXPECT_THAT(PlanOf({Insert(kOrder, {Int(5)}, {{1, Int(9)}}), Insert(kCustomer, {Int(9)})}),
              ElementsAre("insert customer(id): 9", "insert order(id,customer_id): 5,9"));
}

TEST_F(PlanTest, RowsWithoutPendingParentsNeedNoLevelOfTheirOwn) {
  EXPECT_THAT(
      PlanOf({Insert(kOrder, {Ref(2)}, {{1, Int(77)}}), Insert(kOrder, {Ref(3)}, {{1, Null()}}), Insert(kCustomer, {Ref(1)})}),
      ElementsAre("insert customer(id*): handle w/1", "insert order(id*,customer_id): handle w/2,77; handle w/3,NULL"));
}

TEST_F(PlanTest, RowsOfOneShapeShareAStep) {
  EXPECT_THAT(PlanOf({Insert(kCustomer, {Ref(1)}, {{1, Int(1)}}), Insert(kCustomer, {Ref(2)}),
                      Insert(kCustomer, {Int(4)}, {{1, Int(4)}}), Insert(kCustomer, {Ref(3)}, {{1, Int(3)}})}),
              ElementsAre("insert customer(id,name): 4,4", "insert customer(id*): handle w/2",
                          "insert customer(id*,name): handle w/1,1; handle w/3,3"));
}

TEST_F(PlanTest, ATreeOfDepthFiftyNeedsNoFixUp) {
  std::vector<v1::NetChange> changes;
  for (int i = 50; i >= 1; --i) changes.push_back(Insert(kNode, {Ref(i)}, {{1, i == 1 ? Null() : Ref(i - 1)}}));
  auto plan = BuildPlan(*schema_, changes, traits_);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->steps.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(plan->steps[i].rows[0].values[0].handle_value().counter(), i + 1u);
}

TEST_F(PlanTest, EachForeignKeyToTheSameTableCounts) {
  EXPECT_THAT(PlanOf({Insert(kTrip, {Ref(3)}, {{1, Int(50)}, {2, Ref(2)}}), Insert(kTrip, {Ref(4)}, {{1, Int(60)}, {2, Null()}}),
                      Insert(kCustomer, {Ref(2)}), Insert(kCustomer, {Int(60)})}),
              ElementsAre("insert customer(id): 60", "insert customer(id*): handle w/2",
                          "insert trip(id*,origin,target): handle w/3,50,handle w/2; handle w/4,60,NULL"));
}

TEST_F(PlanTest, CompositeForeignKeysMatchAllTheirColumns) {
  EXPECT_THAT(PlanOf({Insert(kRegion, {Int(1), Int(75)}, {{2, Int(11)}}), Insert(kRegion, {Int(2), Int(75)}, {{2, Int(12)}}),
                      Insert(kRegion, {Int(1), Int(11)}, {{2, Null()}})}),
              ElementsAre("insert region(id,code,up): 1,11,NULL; 2,75,12", "insert region(id,code,up): 1,75,11"));
}

TEST_F(PlanTest, ARowMayReferToItselfByAGivenKey) {
  EXPECT_THAT(PlanOf({Insert(kNode, {Int(1)}, {{1, Int(1)}})}), ElementsAre("insert node(id,parent_id): 1,1"));
}

TEST_F(PlanTest, ARowMayReferToItsOwnHandleWhereKeysComeFirst) {
  std::vector<v1::NetChange> changes = {Insert(kNode, {Ref(1)}, {{1, Ref(1)}})};
  EXPECT_THAT(PlanOf(changes), ElementsAre("insert node(id*,parent_id): handle w/1,handle w/1"));
  traits_.keys_ahead = false;
  EXPECT_THAT(PlanOf(changes),
              ElementsAre("insert node(id*,parent_id): handle w/1,NULL", "update node(parent_id): handle w/1,handle w/1"));
}

TEST_F(PlanTest, ACycleOfNullableColumnsIsBrokenByOneMoreUpdate) {
  EXPECT_THAT(PlanOf({Insert(kNode, {Ref(1)}, {{1, Ref(3)}}), Insert(kNode, {Ref(2)}, {{1, Ref(1)}}),
                      Insert(kNode, {Ref(3)}, {{1, Ref(2)}}), Insert(kNode, {Ref(4)}, {{1, Ref(3)}})}),
              ElementsAre("insert node(id*,parent_id): handle w/1,NULL", "insert node(id*,parent_id): handle w/2,handle w/1",
                          "insert node(id*,parent_id): handle w/3,handle w/2", "insert node(id*,parent_id): handle w/4,handle w/3",
                          "update node(parent_id): handle w/3,handle w/1"));
}

TEST_F(PlanTest, ACycleIsRefusedWithItsRows) {
  v1::Schema schema = ShopSchema();
  schema.mutable_tables(kNode)->mutable_columns(1)->set_nullable(false);
  Use(schema);
  absl::Status status = Failure({Insert(kNode, {Ref(1)}, {{1, Ref(3)}}), Insert(kNode, {Ref(2)}, {{1, Ref(1)}}),
                                 Insert(kNode, {Ref(3)}, {{1, Ref(2)}}), Insert(kNode, {Ref(4)}, {{1, Ref(3)}})});
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ROW_CYCLE) << status;
  EXPECT_EQ(DetailOf(status)->entities_size(), 3);
  EXPECT_THAT(std::string(status.message()), HasSubstr("node (handle w/1)"));
}

TEST_F(PlanTest, ALongCycleNamesAHundredRows) {
  v1::Schema schema = ShopSchema();
  schema.mutable_tables(kNode)->mutable_columns(1)->set_nullable(false);
  Use(schema);
  std::vector<v1::NetChange> changes;
  changes.reserve(300);
  for (int i = 0; i < 300; ++i) changes.push_back(Insert(kNode, {Int(i)}, {{1, Int((i + 1) % 300)}}));
  EXPECT_EQ(DetailOf(Failure(changes))->entities_size(), 100);
}

TEST_F(PlanTest, UpdatesComeAfterInsertsByTheirColumns) {
  EXPECT_THAT(
      PlanOf({Update(kOrder, {Int(2)}, {{1, Ref(1)}}), Update(kCustomer, {Int(7)}, {{1, Int(1)}, {2, Int(2)}}),
              Update(kCustomer, {Int(6)}, {{1, Int(1)}}), Update(kCustomer, {Int(5)}, {{1, Int(3)}}), Insert(kCustomer, {Ref(1)})}),
      ElementsAre("insert customer(id*): handle w/1", "update customer(name): 3,5; 1,6", "update customer(name,rank): 1,2,7",
                  "update order(customer_id): handle w/1,2"));
}

TEST_F(PlanTest, RowsThatNewRowsReferToAreUpdatedAheadOfThem) {
  const std::vector<v1::NetChange> changes = {Insert(kOrder, {Ref(1)}, {{1, Int(7)}}), Update(kCustomer, {Int(7)}, {{1, Int(2)}}),
                                              Update(kCustomer, {Int(6)}, {{1, Int(3)}}), Update(kTrip, {Int(5)}, {{1, Int(4)}}),
                                              Delete(kTrip, {Int(6)})};
  const std::vector<std::string> expected = {"update customer(name): 3,6; 2,7", "update trip(origin): 4,5",
                                             "insert order(id*,customer_id): handle w/1,7", "delete trip(): 6"};
  EXPECT_EQ(PlanOf(changes), expected);
  // The same where cascades count.
  v1::Schema schema = ShopSchema();
  schema.mutable_tables(kItem)->mutable_foreign_keys(0)->set_on_delete(v1::REFERENTIAL_ACTION_CASCADE);
  Use(schema);
  std::vector<v1::NetChange> more = changes;
  more.push_back(Delete(kOrder, {Int(3)}));
  std::vector<std::string> and_more = expected;
  and_more.insert(and_more.end() - 1, "delete order(): 3");
  EXPECT_EQ(PlanOf(more), and_more);
}

TEST_F(PlanTest, UpdatesThatMayNeedNewRowsComeAfterThemWithAllOfTheirShape) {
  // A new customer and a row that comes to refer to it; one of that shape that doesn't; one of another shape.
  std::vector<v1::NetChange> changes = {Insert(kNode, {Ref(1)}, {{1, Int(7)}}),
                                        Update(kNode, {Int(7)}, {{1, Ref(1)}}),
                                        Update(kNode, {Int(8)}, {{1, Null()}}),
                                        Insert(kTrip, {Ref(2)}, {{1, Int(4)}}),
                                        Update(kCustomer, {Int(4)}, {{1, Int(5)}}),
                                        Update(kOrder, {Int(3)}, {{1, Int(9)}}),
                                        Insert(kCustomer, {Int(9)})};
  const std::vector<std::string> expected = {"update customer(name): 5,4",
                                             "insert customer(id): 9",
                                             "insert node(id*,parent_id): handle w/1,7",
                                             "insert trip(id*,origin): handle w/2,4",
                                             "update order(customer_id): 9,3",
                                             "update node(parent_id): handle w/1,7; NULL,8"};
  EXPECT_EQ(PlanOf(changes), expected);
  v1::Schema schema = ShopSchema();
  schema.mutable_tables(kItem)->mutable_foreign_keys(0)->set_on_delete(v1::REFERENTIAL_ACTION_CASCADE);
  Use(schema);
  changes.push_back(Delete(kOrder, {Int(5)}));
  std::vector<std::string> and_more = expected;
  and_more.emplace_back("delete order(): 5");
  EXPECT_EQ(PlanOf(changes), and_more) << "the same where cascades count";
}

TEST_F(PlanTest, UpdatesThatWaitForOneThatNeedsANewRowComeAfterIt) {
  v1::Schema schema;
  v1::Table& person = AddTable(schema, "person");
  for (const char* column : {"code", "boss", "n"}) AddColumn(person, column);
  person.add_uniques()->add_columns(1);
  AddReference(person, {2}, 0);
  Use(schema);
  auto update = [&](int64_t id, int64_t from, int64_t to, const Fields& fields) {
    v1::NetChange change = Update(0, {Int(id)}, {{1, Int(to)}});
    *change.mutable_fields(0)->mutable_old() = Int(from);
    for (const auto& [column, value] : fields) {
      v1::Field& field = *change.add_fields();
      field.set_column(column);
      *field.mutable_value() = value;
    }
    return change;
  };
  // 3 takes the code that 2 gives up; 2 is written with 1, whose boss is new.
  EXPECT_THAT(PlanOf({update(1, 10, 11, {{2, Ref(9)}}), update(2, 20, 21, {{2, Null()}}), update(3, 30, 20, {}),
                      Update(0, {Int(4)}, {{3, Int(0)}}), Insert(0, {Ref(9)}, {{2, Int(3)}})}),
              ElementsAre("update person(n): 0,4", "insert person(id*,boss): handle w/9,3",
                          "update person(code,boss): 11,handle w/9,1; 21,NULL,2", "update person(code): 20,3"));
}

TEST_F(PlanTest, DeletesGoFromChildrenToParents) {
  EXPECT_THAT(PlanOf({Delete(kCustomer, {Int(1)}), Delete(kItem, {Int(5), Int(2)}), Delete(kOrder, {Int(5)}),
                      Delete(kItem, {Int(5), Int(1)}), Delete(kTrip, {Int(3)})}),
              ElementsAre("delete item(): 5,1; 5,2", "delete order(): 5", "delete trip(): 3", "delete customer(): 1"));
}

TEST_F(PlanTest, KnownParentsOrderDeletesWithinATable) {
  EXPECT_THAT(PlanOf({Delete(kNode, {Int(1)}, {{1, Null()}}), Delete(kNode, {Int(2)}, {{1, Int(1)}}),
                      Delete(kNode, {Int(3)}, {{1, Int(2)}}), Delete(kNode, {Int(4)}, {{1, Int(99)}})}),
              ElementsAre("delete node(): 3; 4", "delete node(): 2", "delete node(): 1"));
}

TEST_F(PlanTest, DeletesThatMayReferToOneAnotherStayInOneStatement) {
  traits_.max_step_rows = 2;
  EXPECT_THAT(PlanOf({Delete(kNode, {Int(1)}), Delete(kNode, {Int(2)}, {{1, Int(1)}}), Delete(kNode, {Int(3)})}),
              ElementsAre("delete node(): 1; 2; 3"));
}

TEST_F(PlanTest, LongRunsAreSplit) {
  traits_.max_step_rows = 2;
  EXPECT_THAT(PlanOf({Insert(kCustomer, {Int(3)}), Insert(kCustomer, {Int(1)}), Insert(kCustomer, {Int(2)})}),
              ElementsAre("insert customer(id): 1; 2", "insert customer(id): 3"));
}

TEST_F(PlanTest, RunsOfLargeValuesAreSplitToo) {
  traits_.max_step_bytes = 100;
  v1::Value large;
  large.set_text_value(std::string(90, 'x'));
  std::vector<v1::NetChange> changes;
  for (int i = 1; i <= 3; ++i) changes.push_back(Insert(kCustomer, {Int(i)}, {{1, large}}));
  auto plan = BuildPlan(*schema_, changes, traits_);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->steps.size(), 2u);
  EXPECT_EQ(plan->steps[0].rows.size(), 2u) << "the row that reaches the limit is the last";
}

TEST_F(PlanTest, AReplacedRowBecomesAnUpdateOfAllColumns) {
  EXPECT_THAT(PlanOf({Replace(kCustomer, {Int(1)}, {{2, Int(5)}})}), ElementsAre("update customer(name,rank): NULL,5,1"));
  EXPECT_THAT(PlanOf({Replace(kCustomer, {Int(1)}, {{1, Int(5)}})}), ElementsAre("update customer(name,rank=default): 5,1"));
}

TEST_F(PlanTest, AReplacedRowIsDeletedAndInsertedWhereDefaultsCantBeWritten) {
  traits_.update_to_default = false;
  EXPECT_THAT(PlanOf({Replace(kCustomer, {Int(1)}, {{1, Int(5)}})}),
              ElementsAre("delete customer(): 1", "insert customer(id,name): 1,5"));
  EXPECT_THAT(PlanOf({Replace(kCustomer, {Int(1)}, {{2, Int(5)}})}), ElementsAre("update customer(name,rank): NULL,5,1"));
}

TEST_F(PlanTest, AReplacedRowIsDeletedAndInsertedWhereThatActsOnOthers) {
  v1::Schema schema = ShopSchema();
  schema.mutable_tables(kOrder)->mutable_foreign_keys(0)->set_on_delete(v1::REFERENTIAL_ACTION_CASCADE);
  Use(schema);
  // The items and orders that the session deletes itself go ahead of the cascade.
  EXPECT_THAT(PlanOf({Replace(kCustomer, {Int(1)}, {{1, Int(5)}}), Delete(kOrder, {Int(2)}), Delete(kItem, {Int(2), Int(1)}),
                      Insert(kOrder, {Int(3)}, {{1, Int(1)}}), Delete(kTrip, {Int(4)}), Delete(kNode, {Int(5)}, {{1, Null()}})}),
              ElementsAre("delete item(): 2,1", "delete trip(): 4", "delete order(): 2", "delete customer(): 1",
                          "insert customer(id,name): 1,5", "insert order(id,customer_id): 3,1", "delete node(): 5"));
}

TEST_F(PlanTest, AReplacedRowIsDeletedAndInsertedWhereACascadeWouldTakeIt) {
  v1::Schema schema = ShopSchema();
  schema.mutable_tables(kOrder)->mutable_foreign_keys(0)->set_on_delete(v1::REFERENTIAL_ACTION_CASCADE);
  Use(schema);
  v1::NetChange order = Replace(kOrder, {Int(3)}, {{1, Int(1)}});
  *order.mutable_fields(0)->mutable_old() = Int(1);
  EXPECT_THAT(PlanOf({Replace(kCustomer, {Int(1)}, {{1, Int(5)}}), order}),
              ElementsAre("delete order(): 3", "delete customer(): 1", "insert customer(id,name): 1,5",
                          "insert order(id,customer_id): 3,1"));
  EXPECT_THAT(PlanOf({Replace(kCustomer, {Int(2)}, {{1, Int(5)}}), order}),
              ElementsAre("delete customer(): 2", "insert customer(id,name): 2,5", "update order(customer_id): 1,3"));
}

TEST_F(PlanTest, AReplacedRowOfKeyColumnsAloneIsDeletedAndInserted) {
  v1::Schema schema;
  AddTable(schema, "tag");
  Use(schema);
  EXPECT_THAT(PlanOf({Replace(0, {Int(1)}, {})}), ElementsAre("delete tag(): 1", "insert tag(id): 1"));
}

TEST_F(PlanTest, AHandleThatNobodyGeneratesIsRefused) {
  for (const v1::NetChange& change : {Insert(kOrder, {Ref(1)}, {{1, Ref(9)}}), Update(kOrder, {Int(1)}, {{1, Ref(9)}}),
                                      Insert(kItem, {Ref(9), Int(1)}), Delete(kOrder, {Ref(9)})}) {
    absl::Status status = Failure({change});
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_HANDLE_UNKNOWN) << status;
    EXPECT_EQ(DetailOf(status)->offset(), change.last_offset());
  }
}

TEST_F(PlanTest, AHandleOfTwoEntitiesIsRefused) {
  EXPECT_EQ(ReasonOf(Failure({Insert(kOrder, {Ref(1)}), Insert(kCustomer, {Ref(1)})})), v1::ERROR_REASON_ENTITY_EXISTS);
}

TEST_F(PlanTest, ASharedPrimaryKeyIsGeneratedByItsParent) {
  v1::Schema schema = ShopSchema();
  v1::Table& detail = AddTable(schema, "customer_detail");  // its key is generated if need be, and refers to the customer
  AddReference(detail, {0}, kCustomer);
  Use(schema);
  EXPECT_THAT(PlanOf({Insert(6, {Ref(1)}), Insert(kCustomer, {Ref(1)})}),
              ElementsAre("insert customer(id*): handle w/1", "insert customer_detail(id): handle w/1"));
  EXPECT_THAT(PlanOf({Insert(6, {Ref(1)})}), ElementsAre("insert customer_detail(id*): handle w/1"));
}

TEST_F(PlanTest, TwoGeneratedKeyColumnsAreRefused) {
  v1::Schema schema;
  v1::Table& table = AddTable(schema, "pair");
  AddColumn(table, "other", false);
  table.mutable_columns(1)->set_generation(v1::GENERATION_KEY);
  table.add_primary_key(1);
  Use(schema);
  EXPECT_EQ(ReasonOf(Failure({Insert(0, {Ref(1), Ref(2)})})), v1::ERROR_REASON_NOT_SUPPORTED);
  EXPECT_THAT(PlanOf({Insert(0, {Int(1), Ref(2)})}), ElementsAre("insert pair(id,other*): 1,handle w/2"));
}

TEST_F(PlanTest, TheOrderOfTheChangesDoesNotMatter) {
  std::vector<v1::NetChange> changes;
  for (int i = 1; i <= 30; ++i) {
    changes.push_back(Insert(kNode, {Ref(i)}, {{1, i % 7 == 0 ? Null() : Ref(i / 2 + 100)}}));
    changes.push_back(Insert(kNode, {Ref(100 + i)}, {{1, Int(i)}}));
    changes.push_back(Insert(kCustomer, {Ref(200 + i)}, i % 2 == 0 ? Fields{} : Fields{{1, Int(i)}}));
    changes.push_back(Update(kCustomer, {Int(i)}, {{1, Ref(200 + i)}}));
    changes.push_back(Delete(kNode, {Int(500 + i)}, {{1, Int(500 + i / 2)}}));
    changes.push_back(Delete(kItem, {Int(i), Int(i)}));
    changes.push_back(Replace(kOrder, {Int(i)}, {{1, Int(4)}}));
  }
  changes.push_back(Insert(kNode, {Ref(100)}));
  const std::vector<std::string> expected = PlanOf(changes);
  std::minstd_rand random(7);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(changes.begin(), changes.end(), random);
    ASSERT_EQ(PlanOf(changes), expected);
  }
}

TEST_F(PlanTest, RowsKnowTheirChange) {
  std::vector<v1::NetChange> changes = {Insert(kOrder, {Ref(2)}, {{1, Ref(1)}}), Insert(kCustomer, {Ref(1)})};
  auto plan = BuildPlan(*schema_, changes, traits_);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->steps[0].rows[0].change, 1u);
  EXPECT_EQ(plan->steps[0].rows[0].offset, changes[1].last_offset());
  v1::EntityRef entity = EntityOf(*schema_, plan->steps[1], plan->steps[1].rows[0]);
  EXPECT_EQ(entity.table(), "order");
  EXPECT_EQ(entity.key(0).handle_value().counter(), 2u);
  EXPECT_EQ(entity.offset(), changes[0].last_offset());
}

TEST_F(PlanTest, TimeGrowsWithTheRows) {
  std::vector<v1::NetChange> changes;
  for (int c = 0; c < 1000; ++c) {
    changes.push_back(Insert(kCustomer, {Ref(1 + c * 100)}, {{1, Int(c)}}));
    for (int o = 1; o <= 5; ++o) {
      changes.push_back(Insert(kOrder, {Ref(1 + c * 100 + o)}, {{1, Ref(1 + c * 100)}}));
      for (int i = 0; i < 4; ++i) changes.push_back(Insert(kItem, {Ref(1 + c * 100 + o), Int(i)}, {{2, Int(i)}}));
    }
  }
  absl::Time start = absl::Now();
  auto plan = BuildPlan(*schema_, changes, traits_);
  RecordProperty("microseconds", static_cast<int>(absl::ToInt64Microseconds(absl::Now() - start)));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->rows(), 26'000u);
  EXPECT_EQ(plan->steps.size(), 4u) << "the items are split once";
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

}  // namespace
}  // namespace uow
