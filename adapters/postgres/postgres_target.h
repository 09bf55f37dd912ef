#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "adapters/target.h"

namespace uow {

// A target whose DSN is a URI "postgresql://…", or "postgresql:" and a libpq connection string ("postgresql:host=db dbname=shop").
// Connects to nothing. INVALID_REQUEST where libpq can't read the DSN.
absl::StatusOr<std::unique_ptr<Target>> MakePostgresTarget(const TargetConfig& config);

}  // namespace uow
