#pragma once

#include "absl/status/statusor.h"
#include "adapters/mysql/link.h"
#include "adapters/target.h"

namespace uow::mysql {

// Reads the tables of the connection's database from information_schema, in order of their names. They have no namespace.
absl::StatusOr<TargetDescription> ReadCatalog(Link& link);

}  // namespace uow::mysql
