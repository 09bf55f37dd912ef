#include "adapters/plan/loaded_rows.h"

#include <algorithm>

#include "adapters/plan/row_version.h"
#include "adapters/plan/step_groups.h"

namespace uow {
namespace {

// Whether the table's keys may follow those of other rows.
bool KeyFollows(const SchemaIndex& schema, uint32_t table) {
  const auto& keys = schema.table(table).foreign_keys();
  return std::any_of(keys.begin(), keys.end(), [&](const v1::ForeignKey& key) {
    if (key.on_update() != v1::REFERENTIAL_ACTION_CASCADE) return false;
    return std::any_of(key.columns().begin(), key.columns().end(), [&](uint32_t column) { return schema.is_key(table, column); });
  });
}

}  // namespace

std::vector<Step> LoadedRows(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const Plan& plan) {
  const bool keys_change =
      std::any_of(changes.begin(), changes.end(), [](const auto& change) { return change.new_key_size() > 0; });
  std::vector<bool> wanted(changes.size(), false);
  for (const Step& step : plan.steps) {
    if (step.kind == StepKind::kInsert || (keys_change && KeyFollows(schema, step.table))) continue;
    for (const StepRow& row : step.rows) wanted[row.change] = !step.may_be_gone;
  }
  const PlanTraits traits;
  StepGroups groups(schema, changes, traits);
  RowShape shape;
  for (size_t c = 0; c < changes.size(); ++c) {
    if (!wanted[c] || changes[c].kind() == v1::CHANGE_KIND_INSERT) continue;
    shape.Clear();
    AppendCheckedColumns(schema, changes[c], shape.check_columns);
    groups.Add(changes[c].kind() == v1::CHANGE_KIND_DELETE ? StepKind::kDelete : StepKind::kUpdate, c, 0, shape);
  }
  std::vector<Step> steps;
  groups.AppendTo(steps);
  return steps;
}

}  // namespace uow
