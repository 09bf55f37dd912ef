#include "adapters/stale_rows.h"

#include <algorithm>
#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "adapters/handle_map.h"
#include "adapters/plan/loaded_rows.h"
#include "adapters/row_errors.h"
#include "journal/errors.h"

namespace uow {
namespace {

absl::Status FindAll(Connection& connection, const SchemaIndex& schema, const std::vector<Step>& steps,
                     absl::flat_hash_set<const StepRow*>& stale) {
  // Of a row that a save updates or deletes, the key is known.
  HandleMap keys;
  UOW_RETURN_IF_ERROR(connection.Begin());
  for (const Step& step : steps) {
    UOW_ASSIGN_OR_RETURN(const std::vector<const StepRow*> rows, connection.FindMissing(schema, step, keys));
    stale.insert(rows.begin(), rows.end());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status NameAllStaleRows(Connection& connection, const SchemaIndex& schema, const std::vector<v1::NetChange>& changes,
                              const Plan& plan, const absl::Status& error) {
  const auto writes =
      std::count_if(plan.steps.begin(), plan.steps.end(), [](const Step& s) { return s.kind != StepKind::kInsert; });
  if (writes < 2) return error;  // whose rows are all in the error
  const std::vector<Step> steps = LoadedRows(schema, changes, plan);
  absl::flat_hash_set<const StepRow*> found;
  const absl::Status asked = FindAll(connection, schema, steps, found);
  connection.Rollback();
  if (!asked.ok()) return error;

  // Those of the error come first. An offset is that of one row.
  const v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
  absl::flat_hash_set<uint64_t> known;
  for (const v1::EntityRef& entity : detail.entities()) known.insert(entity.offset());
  std::vector<StaleRow> stale, others;
  for (const Step& step : steps) {
    for (const StepRow& row : step.rows) {
      if (known.contains(row.offset)) {
        stale.push_back({&step, &row});
      } else if (found.contains(&row)) {
        others.push_back({&step, &row});
      }
    }
  }
  if (others.empty() || stale.empty()) return error;
  stale.insert(stale.end(), others.begin(), others.end());
  return StaleRows(schema, stale);
}

}  // namespace uow
