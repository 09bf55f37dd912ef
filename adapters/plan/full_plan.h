#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "adapters/plan/plan.h"
#include "adapters/plan/row_shapes.h"

namespace uow {

// Whether the order inserts, updates, deletes may not do: unique values go from one row to another, keys change, or deleted rows
// have cascades. Linear, and cheap.
bool NeedsFullPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
                   const RowShapes& shapes);

// Orders rows by one graph of everything that they wait for. Cycles are broken by the cheapest means: a deferred constraint; a
// nullable column that is NULL for a while; a value that is parked for a while. ROW_CYCLE naming the rows where none is at hand;
// the errors of HandleOwners.
absl::StatusOr<Plan> BuildFullPlan(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
                                   const RowShapes& shapes);

}  // namespace uow
