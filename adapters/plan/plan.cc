#include "adapters/plan/plan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/plan/delete_order.h"
#include "adapters/plan/insert_order.h"
#include "adapters/plan/row_values.h"
#include "adapters/plan/row_version.h"
#include "adapters/plan/step_groups.h"
#include "adapters/plan/table_order.h"
#include "journal/entity_ref.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Sorts changes by what is done to their rows, and hands them to the parts that order each kind.
class Planner {
 public:
  Planner(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits)
      : schema_(schema), changes_(changes), traits_(traits) {}

  absl::StatusOr<Plan> Build() {
    UOW_RETURN_IF_ERROR(Sort());
    Plan plan;
    if (!deletes_.empty() || !cleared_.empty()) AddDeletesAhead(plan);
    UOW_RETURN_IF_ERROR(AddInserts(plan));
    updates_.AppendTo(plan.steps);
    if (!deletes_.empty()) AddDeletes(deletes_, plan);
    return plan;
  }

 private:
  absl::Status Sort() {
    inserts_.reserve(changes_.size());
    for (size_t c = 0; c < changes_.size(); ++c) {
      switch (changes_[c].kind()) {
        case v1::CHANGE_KIND_INSERT:
          inserts_.push_back(c);
          break;
        case v1::CHANGE_KIND_UPDATE:
          AddUpdate(c);
          break;
        case v1::CHANGE_KIND_DELETE:
          deletes_.push_back(c);
          break;
        case v1::CHANGE_KIND_REPLACE:
          AddReplace(c);
          break;
        default:
          return InternalError(absl::StrCat("net change ", c, " has no kind"));
      }
    }
    return absl::OkStatus();
  }

  void AddUpdate(size_t c) {
    const v1::NetChange& change = changes_[c];
    shape_.Clear();
    for (const v1::Field& field : change.fields()) shape_.columns.push_back(field.column());
    if (shape_.columns.empty()) return;
    AddVersion(change, StepKind::kUpdate, shape_);
    AppendCheckedColumns(schema_, change, shape_.check_columns);
    updates_.Add(c, 0, shape_);
  }

  // Has the version column written or moved.
  void AddVersion(const v1::NetChange& change, StepKind kind, RowShape& shape) const {
    const int column = schema_.version_column(change.table());
    if (column < 0) return;
    const RowVersion version = MoveVersion(schema_, change, kind);
    shape.version_move = version.move;
    const bool there = std::find(shape.columns.begin(), shape.columns.end(), column) != shape.columns.end();
    if (version.written && !there) shape.columns.push_back(column);
  }

  // An update of all columns, where that is the same as a delete and an insert.
  void AddReplace(size_t c) {
    const v1::NetChange& change = changes_[c];
    const v1::Table& table = schema_.table(change.table());
    RowShape shape;
    for (int column = 0; column < table.columns_size(); ++column) {
      if (schema_.is_key(change.table(), column) || table.columns(column).generation() == v1::GENERATION_COMPUTED) continue;
      if (column == schema_.version_column(change.table())) continue;
      const v1::Column& definition = table.columns(column);
      bool defaults = definition.has_default() || definition.generation() == v1::GENERATION_KEY;
      bool omitted = FieldOf(change, column) == nullptr;
      (omitted && defaults ? shape.default_columns : shape.columns).push_back(column);
    }
    bool default_refused = !shape.default_columns.empty() && !traits_.update_to_default;
    if (default_refused || shape.columns.empty() || ActsOnDelete(change.table())) {
      cleared_.push_back(c);
      inserts_.push_back(c);
    } else {
      AddVersion(change, StepKind::kUpdate, shape);
      AppendCheckedColumns(schema_, change, shape.check_columns);
      updates_.Add(c, 0, shape);
    }
  }

  // Whether deleting a row of the table changes rows that refer to it.
  bool ActsOnDelete(uint32_t table) {
    if (acts_on_delete_.empty()) {
      acts_on_delete_.assign(schema_.table_count(), false);
      for (const v1::Table& referring : schema_.proto().tables()) {
        for (const v1::ForeignKey& key : referring.foreign_keys()) {
          if (key.on_delete() != v1::REFERENTIAL_ACTION_UNSPECIFIED && key.on_delete() != v1::REFERENTIAL_ACTION_RESTRICT) {
            acts_on_delete_[key.referenced_table()] = true;
          }
        }
      }
    }
    return acts_on_delete_[table];
  }

  // Rows that are deleted to be inserted again go ahead of the inserts, and with them all deletes from tables that refer to theirs:
  // a cascade would otherwise take those rows first.
  void AddDeletesAhead(Plan& plan) {
    tables_.emplace(schema_);
    if (cleared_.empty()) return;
    std::vector<uint32_t> cleared_tables;
    cleared_tables.reserve(cleared_.size());
    for (size_t c : cleared_) cleared_tables.push_back(changes_[c].table());
    std::vector<bool> referring = tables_->Referring(std::move(cleared_tables));
    auto stay = std::stable_partition(deletes_.begin(), deletes_.end(), [&](size_t c) { return !referring[changes_[c].table()]; });
    std::vector<size_t> ahead(stay, deletes_.end());
    deletes_.erase(stay, deletes_.end());
    ahead.insert(ahead.end(), cleared_.begin(), cleared_.end());
    AddDeletes(ahead, plan);
  }

  void AddDeletes(const std::vector<size_t>& deletes, Plan& plan) const {
    std::vector<DeletePlace> places = PlaceDeletes(schema_, *tables_, changes_, deletes);
    StepGroups groups(schema_, changes_, StepKind::kDelete, traits_.max_step_rows);
    RowShape shape;
    for (size_t i = 0; i < deletes.size(); ++i) {
      shape.check_columns.clear();
      AppendCheckedColumns(schema_, changes_[deletes[i]], shape.check_columns);
      groups.Add(deletes[i], places[i].level, shape, places[i].together);
    }
    groups.AppendTo(plan.steps);
  }

  absl::Status AddInserts(Plan& plan) {
    UOW_ASSIGN_OR_RETURN(std::vector<InsertPlace> places, PlaceInserts(schema_, changes_, inserts_, traits_));
    StepGroups groups(schema_, changes_, StepKind::kInsert, traits_.max_step_rows);
    for (size_t i = 0; i < inserts_.size(); ++i) {
      const v1::NetChange& change = changes_[inserts_[i]];
      const auto& primary_key = schema_.table(change.table()).primary_key();
      // The key comes first, so that its place in the key is its place among the columns.
      shape_.Clear();
      shape_.columns.assign(primary_key.begin(), primary_key.end());
      for (const v1::Field& field : change.fields()) shape_.columns.push_back(field.column());
      shape_.generated = places[i].generated;
      AddVersion(change, StepKind::kInsert, shape_);
      groups.Add(inserts_[i], places[i].level, shape_);
    }
    groups.AppendTo(plan.steps);
    return absl::OkStatus();
  }

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const PlanTraits& traits_;
  std::vector<size_t> inserts_, deletes_;
  std::vector<size_t> cleared_;  // replaced rows that are deleted ahead of the inserts
  StepGroups updates_{schema_, changes_, StepKind::kUpdate, traits_.max_step_rows};
  std::vector<bool> acts_on_delete_;
  std::optional<TableOrder> tables_;
  RowShape shape_;  // kept for its memory
};

}  // namespace

absl::StatusOr<Plan> BuildPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits) {
  return Planner(schema, changes, traits).Build();
}

v1::EntityRef EntityOf(const SchemaIndex& schema, const v1::NetChange& change) {
  return MakeEntityRef(schema, change.table(), change.key(), change.last_offset());
}

v1::EntityRef EntityOf(const SchemaIndex& schema, const Step& step, const StepRow& row) {
  google::protobuf::RepeatedPtrField<v1::Value> key;
  for (uint32_t column : schema.table(step.table).primary_key()) {
    const v1::Value* value = ValueOf(step, row, column);
    *key.Add() = value == nullptr ? v1::Value() : *value;
  }
  return MakeEntityRef(schema, step.table, key, row.offset);
}

const v1::Value* ValueOf(const Step& step, const StepRow& row, uint32_t column) {
  auto written = std::find(step.columns.begin(), step.columns.end(), column);
  if (written != step.columns.end()) return &row.values[written - step.columns.begin()];
  auto selected = std::find(step.key_columns.begin(), step.key_columns.end(), column);
  if (selected != step.key_columns.end()) return &row.values[step.columns.size() + (selected - step.key_columns.begin())];
  return nullptr;
}

}  // namespace uow
