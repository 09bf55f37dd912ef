#include "adapters/postgres/postgres_target.h"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/connection_pool.h"
#include "adapters/lease.h"
#include "adapters/postgres/catalog.h"
#include "adapters/postgres/key_allocation.h"
#include "adapters/postgres/postgres_connection.h"
#include "adapters/postgres/render.h"
#include "journal/errors.h"

namespace uow {
namespace {

class PostgresTarget final : public Target {
 public:
  PostgresTarget(const TargetConfig& config, std::string conninfo)
      : name_(config.name),
        link_options_{config.name, std::move(conninfo), config.connect_timeout, config.statement_timeout},
        pool_(config.pool_size) {}

  const std::string& name() const override { return name_; }
  v1::Dialect dialect() const override { return v1::DIALECT_POSTGRESQL; }
  // Each update of many rows reads the table once.
  PlanTraits traits() const override { return {.max_step_rows = 50'000}; }

  RenderedStep Render(const SchemaIndex& schema, const Step& step) const override { return postgres::RenderStep(schema, step); }

  std::vector<v1::PlannedStatement> RenderKeyAllocation(const SchemaIndex& schema, const Plan& plan) const override {
    return postgres::RenderAhead(schema, plan, postgres::KeyDemands(schema, plan, /*may_return=*/false), {});
  }

  absl::StatusOr<RenderedPlan> RenderPlan(const SchemaIndex& schema, const Plan& plan) override {
    UOW_ASSIGN_OR_RETURN(Lease lease, Lease::Take(*this));
    UOW_ASSIGN_OR_RETURN(postgres::InsertFacts facts, static_cast<postgres::PostgresConnection&>(*lease).FindFacts(schema, plan));
    RenderedPlan rendered;
    rendered.ahead = postgres::RenderAhead(schema, plan, postgres::KeyDemands(schema, plan), facts);
    for (const Step& step : plan.steps) rendered.steps.push_back(postgres::RenderStep(schema, step, facts));
    return rendered;
  }

  absl::StatusOr<TargetDescription> Describe() override {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<postgres::Link> link, postgres::Link::Connect(link_options_));
    return postgres::ReadCatalog(*link);
  }

  absl::StatusOr<std::unique_ptr<Connection>> Acquire() override {
    if (std::unique_ptr<Connection> idle = pool_.Take()) return idle;
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<postgres::Link> link, postgres::Link::Connect(link_options_));
    return std::make_unique<postgres::PostgresConnection>(std::move(link));
  }

  void Release(std::unique_ptr<Connection> connection) override {
    connection->Rollback();
    pool_.Put(std::move(connection));
  }

 private:
  const std::string name_;
  const postgres::LinkOptions link_options_;
  ConnectionPool pool_;
};

// What libpq is given: the URI itself, or the connection string behind the scheme.
std::string ConnInfoOf(const std::string& dsn) {
  if (absl::StartsWith(dsn, "postgresql://") || absl::StartsWith(dsn, "postgres://")) return dsn;
  return dsn.substr(dsn.find(':') + 1);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Target>> MakePostgresTarget(const TargetConfig& config) {
  std::string conninfo = ConnInfoOf(config.dsn);
  // libpq's own message may show a part of the DSN, and with it the password.
  PQconninfoOption* parsed = PQconninfoParse(conninfo.c_str(), nullptr);
  if (parsed == nullptr) {
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST,
                     absl::StrCat("target ", config.name,
                                  ": its DSN can't be read; write postgresql://user:password@host:port/database "
                                  "with special characters as %xx, or postgresql:host=… dbname=…"));
  }
  PQconninfoFree(parsed);
  return std::make_unique<PostgresTarget>(config, std::move(conninfo));
}

}  // namespace uow
