#pragma once

#include <vector>

#include "absl/status/status.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "adapters/sqlite/database.h"
#include "journal/schema_index.h"

namespace uow::sqlite {

// Finds the rows behind a deferred foreign key that failed at COMMIT, whose `error` names none. Within the transaction that is
// still open. The error with the entities of the plan that broke the key: rows that refer to nothing, or deleted rows that others
// refer to.
absl::Status NameForeignKeyFailure(Database& database, const SchemaIndex& schema, const std::vector<const Step*>& steps,
                                   const HandleMap& keys, const absl::Status& error);

}  // namespace uow::sqlite
