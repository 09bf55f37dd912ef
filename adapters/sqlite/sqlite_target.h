#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "adapters/target.h"

namespace uow {

// A target whose DSN is "sqlite:" and the path of a database file that exists. INVALID_REQUEST for a database in memory, a URI or
// no path at all.
absl::StatusOr<std::unique_ptr<Target>> MakeSqliteTarget(const TargetConfig& config);

}  // namespace uow
