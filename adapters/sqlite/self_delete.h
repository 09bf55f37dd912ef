#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "adapters/sqlite/row_binder.h"

namespace uow::sqlite {

// The rows of a delete from a table that refers to itself.
struct SelfDeletes {
  std::vector<const StepRow*> missing;
  // The others, so that no row goes before one that refers to it: a cascade would take that, a RESTRICT forbid it.
  std::vector<const StepRow*> children_first;
};

// Whether a foreign key of the table refers to the table itself.
bool RefersToItself(const SchemaIndex& schema, uint32_t table);

// Reads which rows exist and how they refer to one another. `binder` is the step's.
absl::StatusOr<SelfDeletes> FindSelfDeletes(Database& database, const SchemaIndex& schema, const Step& step, const HandleMap& keys,
                                            const RowBinder& binder);

}  // namespace uow::sqlite
