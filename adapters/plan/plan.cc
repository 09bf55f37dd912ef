#include "adapters/plan/plan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/plan/delete_order.h"
#include "adapters/plan/full_plan.h"
#include "adapters/plan/insert_order.h"
#include "adapters/plan/row_shapes.h"
#include "adapters/plan/step_groups.h"
#include "adapters/plan/table_order.h"
#include "adapters/plan/updates_ahead.h"
#include "journal/entity_ref.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Inserts, then updates, then deletes, or updates first: for changes where that does.
class PhasedPlanner {
 public:
  PhasedPlanner(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
                const RowShapes& shapes)
      : schema_(schema), changes_(changes), traits_(traits), shapes_(shapes) {}

  absl::StatusOr<Plan> Build() {
    UOW_RETURN_IF_ERROR(Sort());
    Plan plan;
    if (!deletes_.empty() || !cleared_.empty()) AddDeletesAhead(plan);
    StepGroups ahead(schema_, changes_, traits_), after(schema_, changes_, traits_);
    PlaceUpdates(ahead, after);
    ahead.AppendTo(plan.steps);
    UOW_RETURN_IF_ERROR(AddInserts(plan));
    after.AppendTo(plan.steps);
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
          // Without fields it was only observed.
          if (!changes_[c].fields().empty()) updates_.push_back(c);
          break;
        case v1::CHANGE_KIND_DELETE:
          deletes_.push_back(c);
          break;
        case v1::CHANGE_KIND_REPLACE:
          if (shapes_.OfReplace(changes_[c], shape_)) {
            updates_.push_back(c);
            break;
          }
          cleared_.push_back(c);
          inserts_.push_back(c);
          break;
        default:
          return InternalError(absl::StrCat("net change ", c, " has no kind"));
      }
    }
    return absl::OkStatus();
  }

  // Rows of one shape stay together: if one of them needs a new row, all come after the inserts.
  void PlaceUpdates(StepGroups& ahead, StepGroups& after) {
    const UpdatesAhead order(schema_, changes_, inserts_, updates_);
    const bool wanted = order.Wanted();
    auto add = [&](size_t c, StepGroups& groups) { groups.Add(StepKind::kUpdate, c, 0, shape_); };
    std::vector<size_t> free;  // of the inserts
    for (size_t c : updates_) {
      if (wanted && !order.MayNeedInsert(changes_[c])) {
        free.push_back(c);
        continue;
      }
      ShapeOfUpdate(c);
      add(c, after);
    }
    for (size_t c : free) {
      ShapeOfUpdate(c);
      add(c, after.Has(StepKind::kUpdate, c, 0, shape_) ? after : ahead);
    }
  }

  void ShapeOfUpdate(size_t c) {
    if (changes_[c].kind() == v1::CHANGE_KIND_REPLACE) {
      shapes_.OfReplace(changes_[c], shape_);
    } else {
      shapes_.OfUpdate(changes_[c], shape_);
    }
  }

  // Rows that are deleted to be inserted again go ahead of the inserts, and with them all deletes from tables that refer to theirs.
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

  void AddDeletes(const std::vector<size_t>& deletes, Plan& plan) {
    std::vector<DeletePlace> places = PlaceDeletes(schema_, *tables_, changes_, deletes);
    StepGroups groups(schema_, changes_, traits_);
    for (size_t i = 0; i < deletes.size(); ++i) {
      shapes_.OfDelete(changes_[deletes[i]], shape_);
      groups.Add(StepKind::kDelete, deletes[i], places[i].level, shape_, places[i].together);
    }
    groups.AppendTo(plan.steps);
  }

  absl::Status AddInserts(Plan& plan) {
    UOW_ASSIGN_OR_RETURN(std::vector<InsertPlace> places, PlaceInserts(schema_, changes_, inserts_, traits_));
    StepGroups groups(schema_, changes_, traits_);
    for (size_t i = 0; i < inserts_.size(); ++i) {
      shapes_.OfInsert(changes_[inserts_[i]], places[i].generated, shape_);
      groups.Add(StepKind::kInsert, inserts_[i], places[i].level, shape_);
    }
    groups.AppendTo(plan.steps);
    return absl::OkStatus();
  }

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const PlanTraits& traits_;
  const RowShapes& shapes_;
  std::vector<size_t> inserts_, updates_, deletes_;
  std::vector<size_t> cleared_;  // replaced rows that are deleted ahead of the inserts
  std::optional<TableOrder> tables_;
  RowShape shape_;  // kept for its memory
};

}  // namespace

absl::StatusOr<Plan> BuildPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits) {
  const RowShapes shapes(schema, traits);
  if (NeedsFullPlan(schema, changes, traits, shapes)) return BuildFullPlan(schema, changes, traits, shapes);
  absl::StatusOr<Plan> plan = PhasedPlanner(schema, changes, traits, shapes).Build();
  // New rows in a cycle, which may be broken.
  if (ReasonOf(plan.status()) == v1::ERROR_REASON_ROW_CYCLE) return BuildFullPlan(schema, changes, traits, shapes);
  return plan;
}

v1::EntityRef EntityOf(const SchemaIndex& schema, const v1::NetChange& change) {
  return MakeEntityRef(schema, change.table(), change.key(), change.last_offset());
}

v1::EntityRef EntityOf(const SchemaIndex& schema, const Step& step, const StepRow& row) {
  google::protobuf::RepeatedPtrField<v1::Value> key;
  for (uint32_t column : schema.table(step.table).primary_key()) {
    const v1::Value* value = KeyValueOf(step, row, column);
    *key.Add() = value == nullptr ? v1::Value() : *value;
  }
  return MakeEntityRef(schema, step.table, key, row.offset);
}

const v1::Value* KeyValueOf(const Step& step, const StepRow& row, uint32_t column) {
  auto selected = std::find(step.key_columns.begin(), step.key_columns.end(), column);
  if (selected == step.key_columns.end()) return ValueOf(step, row, column);
  return &row.values[step.columns.size() + (selected - step.key_columns.begin())];
}

const v1::Value* ValueOf(const Step& step, const StepRow& row, uint32_t column) {
  auto written = std::find(step.columns.begin(), step.columns.end(), column);
  if (written != step.columns.end()) return &row.values[written - step.columns.begin()];
  auto selected = std::find(step.key_columns.begin(), step.key_columns.end(), column);
  if (selected != step.key_columns.end()) return &row.values[step.columns.size() + (selected - step.key_columns.begin())];
  return nullptr;
}

}  // namespace uow
