#include "adapters/sqlite/sqlite_target.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/connection_pool.h"
#include "adapters/lease.h"
#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/describe.h"
#include "adapters/sqlite/render.h"
#include "adapters/sqlite/step_runner.h"
#include "journal/errors.h"

namespace uow {
namespace {

class SqliteTarget final : public Target {
 public:
  SqliteTarget(const TargetConfig& config, std::string path)
      : name_(config.name), path_(std::move(path)), statement_timeout_(config.statement_timeout), pool_(config.pool_size) {}

  const std::string& name() const override { return name_; }
  v1::Dialect dialect() const override { return v1::DIALECT_SQLITE; }
  bool locks_all() const override { return true; }
  PlanTraits traits() const override {
    PlanTraits traits;
    traits.update_to_default = false;
    traits.keys_ahead = false;
    traits.defers_foreign_keys = true;
    traits.reuses_keys = true;
    return traits;
  }

  RenderedStep Render(const SchemaIndex& schema, const Step& step) const override {
    return {sqlite::RenderStep(schema, step, sqlite::KeySource::kReturned), v1::PARAMETER_STYLE_ROW};
  }
  std::vector<v1::PlannedStatement> RenderKeyAllocation(const SchemaIndex& schema, const Plan& plan) const override { return {}; }

  absl::StatusOr<RenderedPlan> RenderPlan(const SchemaIndex& schema, const Plan& plan) override {
    UOW_ASSIGN_OR_RETURN(Lease lease, Lease::Take(*this));
    sqlite::Database& database = static_cast<sqlite::SqliteConnection&>(*lease).database();
    RenderedPlan rendered;
    for (const Step& step : plan.steps) {
      sqlite::KeySource key = sqlite::KeySource::kReturned;
      if (step.generated >= 0) {
        UOW_ASSIGN_OR_RETURN(key, sqlite::FindKeySource(database, schema.table(step.table)));
      }
      rendered.steps.push_back({sqlite::RenderStep(schema, step, key), v1::PARAMETER_STYLE_ROW});
    }
    return rendered;
  }

  absl::StatusOr<TargetDescription> Describe() override {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<sqlite::Database> database, sqlite::Database::Open(path_, statement_timeout_));
    return sqlite::Describe(*database);
  }

  absl::StatusOr<std::unique_ptr<Connection>> Acquire() override {
    if (std::unique_ptr<Connection> idle = pool_.Take(); idle != nullptr) return idle;
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<sqlite::Database> database, sqlite::Database::Open(path_, statement_timeout_));
    if (database->read_only()) {
      return MakeError(v1::ERROR_REASON_TARGET_DENIED,
                       absl::StrCat("the SQLite database ", path_, " can only be read; change the permissions of the file"));
    }
    return std::make_unique<sqlite::SqliteConnection>(std::move(database), statement_timeout_);
  }

  void Release(std::unique_ptr<Connection> connection) override { pool_.Put(std::move(connection)); }

 private:
  const std::string name_;
  const std::string path_;
  const absl::Duration statement_timeout_;
  ConnectionPool pool_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Target>> MakeSqliteTarget(const TargetConfig& config) {
  absl::string_view path = config.dsn;
  absl::ConsumePrefix(&path, "sqlite:");
  absl::string_view why;
  if (path.empty()) {
    why = "the path of the database file is missing";
  } else if (absl::StartsWith(path, ":")) {
    why = "a database in memory keeps nothing; name a file";
  } else if (absl::StartsWith(path, "file:") || absl::StartsWith(path, "//")) {
    why = "give the plain path of the file, not a URI";
  } else if (absl::StrContains(path, absl::string_view("\0", 1))) {
    why = "the path has a NUL in it";
  }
  if (!why.empty()) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     absl::StrCat("target ", config.name, ": ", why, ", as in sqlite:/var/lib/app/app.db"));
  }
  return std::make_unique<SqliteTarget>(config, std::string(path));
}

}  // namespace uow
