#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "adapters/mysql/render.h"
#include "adapters/target.h"

namespace uow {

// A target whose DSN is a URI "mysql://…" or "mariadb://…"; adapters/mysql/dsn.h has its form. Connects to nothing. INVALID_REQUEST
// where the DSN can't be read.
absl::StatusOr<std::unique_ptr<Target>> MakeMysqlTarget(const TargetConfig& config);

namespace mysql {

// The same for a server that is taken for a product, whatever it says it is: MariaDB understands the SQL that MySQL gets.
absl::StatusOr<std::unique_ptr<Target>> MakeTargetFor(const TargetConfig& config, std::optional<Product> product);

}  // namespace mysql

}  // namespace uow
