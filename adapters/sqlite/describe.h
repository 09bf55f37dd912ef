#pragma once

#include "absl/status/statusor.h"
#include "adapters/sqlite/database.h"
#include "adapters/target.h"

namespace uow::sqlite {

// Reads the catalog of the main database: its tables with a primary key, in order of name. See Target::Describe.
absl::StatusOr<TargetDescription> Describe(Database& database);

}  // namespace uow::sqlite
