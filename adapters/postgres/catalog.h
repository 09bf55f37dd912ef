#pragma once

#include "absl/status/statusor.h"
#include "adapters/postgres/link.h"
#include "adapters/target.h"

namespace uow::postgres {

// Reads the tables of all schemas but the system's from pg_catalog, from one snapshot.
absl::StatusOr<TargetDescription> ReadCatalog(Link& link);

}  // namespace uow::postgres
