#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/plan/plan.h"

namespace uow {

// Where an inserted row stands.
struct InsertPlace {
  // Rows of a level refer only to rows of lower levels and to rows that exist already.
  uint32_t level = 0;
  // The place in the primary key of the column that the database generates for this row's handle, or -1.
  int generated = -1;
};

// Orders inserted rows, parents first. `inserts` are indexes into `changes`. An edge comes from a handle, or from a foreign key
// whose values are those of another inserted row. Checks that every handle of `changes` belongs to exactly one inserted row.
// ROW_CYCLE, HANDLE_UNKNOWN, ENTITY_EXISTS; NOT_SUPPORTED for a row with two generated key columns.
absl::StatusOr<std::vector<InsertPlace>> PlaceInserts(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes,
                                                      const std::vector<size_t>& inserts, const PlanTraits& traits);

}  // namespace uow
