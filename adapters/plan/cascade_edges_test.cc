// Where deletes stand whose cascades reach rows that nobody has seen.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/plan/plan.h"
#include "adapters/test_values.h"
#include "gmock/gmock.h"
#include "journal/canonical.h"

namespace uow {
namespace {

using test::Int;
using test::Null;
using testing::ElementsAre;

enum : uint32_t { kId, kUp, kU };

class CascadeEdges : public testing::Test {
 protected:
  // node: id, up → node ON DELETE CASCADE, u unique.
  CascadeEdges() {
    v1::Schema schema;
    v1::Table& node = *schema.add_tables();
    node.set_name("node");
    for (const char* name : {"id", "up", "u"}) {
      v1::Column& column = *node.add_columns();
      column.set_name(name);
      column.mutable_type()->set_kind(v1::Type::KIND_INT64);
      column.set_nullable(column.name() != "id");
    }
    node.add_primary_key(kId);
    node.add_uniques()->add_columns(kU);
    v1::ForeignKey& key = *node.add_foreign_keys();
    key.add_columns(kUp);
    key.add_referenced_columns(kId);
    key.set_on_delete(v1::REFERENTIAL_ACTION_CASCADE);
    schema_ = SchemaIndex::Create(schema).value();
  }

  v1::NetChange Change(v1::ChangeKind kind, int64_t id) {
    v1::NetChange change;
    change.set_kind(kind);
    *change.add_key() = Int(id);
    change.set_first_offset(offset_);
    change.set_last_offset(offset_++);
    return change;
  }
  v1::NetChange Insert(int64_t id, v1::Value up, v1::Value u) {
    v1::NetChange change = Change(v1::CHANGE_KIND_INSERT, id);
    Set(change, kUp, std::move(up), {});
    Set(change, kU, std::move(u), {});
    return change;
  }
  // An update of `u` in a row that was loaded with this parent.
  v1::NetChange Update(int64_t id, v1::Value up, v1::Value u, v1::Value old) {
    v1::NetChange change = Change(v1::CHANGE_KIND_UPDATE, id);
    Set(change, kU, std::move(u), std::move(old));
    v1::Field& observed = *change.add_observed();
    observed.set_column(kUp);
    *observed.mutable_old() = std::move(up);
    return change;
  }
  v1::NetChange Delete(int64_t id, v1::Value up) {
    v1::NetChange change = Change(v1::CHANGE_KIND_DELETE, id);
    Set(change, kUp, {}, std::move(up));
    Set(change, kU, {}, Null());
    return change;
  }

  // "update 3, 4", a line a step; "delete 5?" where the row may be gone.
  std::vector<std::string> PlanOf(const std::vector<v1::NetChange>& changes) {
    absl::StatusOr<Plan> plan = BuildPlan(*schema_, changes, PlanTraits());
    if (!plan.ok()) return {plan.status().ToString()};
    std::vector<std::string> lines;
    for (const Step& step : plan->steps) {
      std::string line = step.kind == StepKind::kInsert ? "insert" : step.kind == StepKind::kUpdate ? "update" : "delete";
      for (const StepRow& row : step.rows) {
        absl::StrAppend(&line, " ", DebugString(*KeyValueOf(step, row, kId)), step.may_be_gone ? "?" : "");
      }
      lines.push_back(std::move(line));
    }
    return lines;
  }

  static void Set(v1::NetChange& change, uint32_t column, v1::Value value, v1::Value old) {
    v1::Field& field = *change.add_fields();
    field.set_column(column);
    if (value.kind_case() != v1::Value::KIND_NOT_SET) *field.mutable_value() = std::move(value);
    if (old.kind_case() != v1::Value::KIND_NOT_SET) *field.mutable_old() = std::move(old);
  }

  SchemaRef schema_;
  uint64_t offset_ = 0;
};

TEST_F(CascadeEdges, ALaterDeleteThatMayTakeAnUpdatedRowWaitsForTheUpdate) {
  // Row 3 is below row 2, which nobody has seen, and which may be below row 1. Row 4 takes a value that row 3 gives up.
  EXPECT_THAT(PlanOf({Update(4, Null(), Int(2), Null()), Update(3, Int(2), Null(), Int(2)), Delete(1, Null())}),
              ElementsAre("update 3", "update 4", "delete 1"));
}

TEST_F(CascadeEdges, ALaterDeleteThatMayTakeANewRowWaitsForIt) {
  EXPECT_THAT(PlanOf({Insert(3, Int(2), Int(7)), Delete(1, Null())}), ElementsAre("insert 3", "delete 1"));
}

TEST_F(CascadeEdges, ALaterDeleteThatMayFreeAValueGoesAheadOfWhoTakesIt) {
  EXPECT_THAT(PlanOf({Insert(3, Null(), Int(7)), Update(4, Null(), Int(8), Null()), Delete(1, Null())}),
              ElementsAre("delete 1", "insert 3", "update 4"));
}

TEST_F(CascadeEdges, ADeleteGoesAheadOfWhoTakesAValueAfterIt) {
  EXPECT_THAT(PlanOf({Delete(1, Null()), Update(3, Int(2), Int(7), Null())}), ElementsAre("delete 1", "update 3"));
}

TEST_F(CascadeEdges, AChildOfARowThatMayGoGoesWithIt) {
  EXPECT_THAT(PlanOf({Update(3, Int(2), Null(), Int(5)), Insert(4, Int(3), Int(9)), Delete(1, Null())}),
              ElementsAre("update 3", "insert 4", "delete 1"));
}

TEST_F(CascadeEdges, ARowOfAKnownRootWaitsForNothing) {
  EXPECT_THAT(PlanOf({Update(2, Null(), Null(), Int(5)), Insert(3, Int(2), Int(9)), Delete(1, Null())}),
              ElementsAre("update 2", "delete 1", "insert 3"));
}

TEST_F(CascadeEdges, ARowMovesAwayBeforeTheCascadeThatTakesItsOldParent) {
  // Row 2 was moved away from row 1, which is deleted then, and later on deleted too. In between row 3 moves from row 2 to row 9,
  // which takes a value of row 1, and takes one that the cascade may have freed.
  v1::NetChange root = Change(v1::CHANGE_KIND_DELETE, 1);
  Set(root, kUp, {}, Null());
  Set(root, kU, {}, Int(7));
  v1::NetChange added = Insert(9, Null(), Int(7));
  v1::NetChange move = Change(v1::CHANGE_KIND_UPDATE, 3);
  Set(move, kUp, Int(9), Int(2));
  Set(move, kU, Int(8), Int(6));
  EXPECT_THAT(PlanOf({root, added, move, Delete(2, Int(1))}),
              ElementsAre("update 3", "delete 1", "insert 9", "update 3", "delete 2?"));
}

TEST_F(CascadeEdges, ADeletedRowThatAnotherDeleteMayTakeMayBeGone) {
  EXPECT_THAT(PlanOf({Delete(3, Int(2)), Delete(1, Null())}), ElementsAre("delete 1", "delete 3?"));
  EXPECT_THAT(PlanOf({Delete(1, Null()), Delete(3, Int(2))}), ElementsAre("delete 1 3"));
}

TEST_F(CascadeEdges, ChangesAndDeletesInTurnsStayFewStatements) {
  std::vector<v1::NetChange> changes;
  for (int i = 0; i < 1000; ++i) {
    changes.push_back(Update(10'000 + i, Int(5'000), Null(), Int(i)));
    changes.push_back(Delete(i, Null()));
  }
  EXPECT_EQ(PlanOf(changes).size(), 2u);
}

TEST_F(CascadeEdges, AnUpdateOfAPartOfAReferenceIsNotLeftToAnAction) {
  // Row 9 of "leaf" refers to node (0, 1) and moves on to the new node (0, 0), which takes the unique value of (0, 1). Deleting
  // that one first would leave the first part of the reference NULL.
  v1::Schema schema;
  v1::Table& node = *schema.add_tables();
  node.set_name("node");
  v1::Table& leaf = *schema.add_tables();
  leaf.set_name("leaf");
  for (v1::Table* table : {&node, &leaf}) {
    for (const char* name : {"a", "b", "c"}) {
      v1::Column& column = *table->add_columns();
      column.set_name(name);
      column.mutable_type()->set_kind(v1::Type::KIND_INT64);
      column.set_nullable(table == &leaf && column.name() != "a");
    }
    table->add_primary_key(0);
  }
  node.add_primary_key(1);
  node.add_uniques()->add_columns(2);
  v1::ForeignKey& key = *leaf.add_foreign_keys();
  for (uint32_t column : {1, 2}) key.add_columns(column);
  for (uint32_t column : {0, 1}) key.add_referenced_columns(column);
  key.set_on_delete(v1::REFERENTIAL_ACTION_SET_NULL);
  schema_ = SchemaIndex::Create(schema).value();

  v1::NetChange created = Change(v1::CHANGE_KIND_INSERT, 0), moved = Change(v1::CHANGE_KIND_UPDATE, 9),
                deleted = Change(v1::CHANGE_KIND_DELETE, 0);
  *created.add_key() = Int(0);
  Set(created, 2, Int(5), {});
  moved.set_table(1);
  Set(moved, 2, Int(0), Int(1));
  v1::Field& observed = *moved.add_observed();
  observed.set_column(1);
  *observed.mutable_old() = Int(0);
  *deleted.add_key() = Int(1);
  Set(deleted, 2, {}, Int(5));
  // The part that is written anew is NULL meanwhile, so that the action finds no reference.
  EXPECT_THAT(PlanOf({created, moved, deleted}), ElementsAre("update 9", "delete 0", "insert 0", "update 9"));
}

}  // namespace
}  // namespace uow
