#include "adapters/target.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/mysql/mysql_target.h"
#include "adapters/postgres/postgres_target.h"
#include "adapters/sqlite/sqlite_target.h"
#include "journal/errors.h"

namespace uow {

RenderedPlan Target::RenderBySchema(const SchemaIndex& schema, const Plan& plan) const {
  RenderedPlan rendered;
  rendered.ahead = RenderKeyAllocation(schema, plan);
  for (const Step& step : plan.steps) rendered.steps.push_back(Render(schema, step));
  return rendered;
}

absl::StatusOr<std::unique_ptr<Target>> MakeTarget(const TargetConfig& config) {
  if (absl::StartsWith(config.dsn, "sqlite:")) return MakeSqliteTarget(config);
  if (absl::StartsWith(config.dsn, "postgresql:") || absl::StartsWith(config.dsn, "postgres:")) return MakePostgresTarget(config);
  if (absl::StartsWith(config.dsn, "mysql:") || absl::StartsWith(config.dsn, "mariadb:")) return MakeMysqlTarget(config);
  // The DSN may hold a password: nothing of it is shown.
  return MakeError(
      v1::ERROR_REASON_INVALID_REQUEST,
      absl::StrCat("target ", config.name,
                   ": unknown kind of database; say sqlite:/path/to/file, postgresql://user@host/name or mysql://user@host/name"));
}

}  // namespace uow
