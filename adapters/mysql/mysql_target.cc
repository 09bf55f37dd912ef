#include "adapters/mysql/mysql_target.h"

#include <atomic>
#include <string>
#include <utility>

#include "adapters/connection_pool.h"
#include "adapters/mysql/catalog.h"
#include "adapters/mysql/dsn.h"
#include "adapters/mysql/link.h"
#include "adapters/mysql/mysql_connection.h"
#include "journal/errors.h"

namespace uow {
namespace {

class MysqlTarget final : public Target {
 public:
  MysqlTarget(const TargetConfig& config, mysql::Dsn dsn, std::optional<mysql::Product> product)
      : name_(config.name),
        link_options_{config.name, std::move(dsn), config.connect_timeout, config.statement_timeout, product},
        pool_(config.pool_size),
        product_(product ? static_cast<int>(*product) : -1) {}

  const std::string& name() const override { return name_; }
  v1::Dialect dialect() const override { return v1::DIALECT_MYSQL; }
  PlanTraits traits() const override {
    PlanTraits traits;
    traits.keys_ahead = false;
    traits.keeps_self_references = true;
    return traits;
  }

  RenderedStep Render(const SchemaIndex& schema, const Step& step) const override {
    return mysql::RenderStep(schema, step, ProductOfServer());
  }
  std::vector<v1::PlannedStatement> RenderKeyAllocation(const SchemaIndex&, const Plan&) const override { return {}; }

  absl::StatusOr<TargetDescription> Describe() override {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<mysql::Link> link, Connect());
    return mysql::ReadCatalog(*link);
  }

  absl::StatusOr<std::unique_ptr<Connection>> Acquire() override {
    if (std::unique_ptr<Connection> idle = pool_.Take()) return idle;
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<mysql::Link> link, Connect());
    return std::make_unique<mysql::MysqlConnection>(std::move(link));
  }

  void Release(std::unique_ptr<Connection> connection) override {
    connection->Rollback();
    pool_.Put(std::move(connection));
  }

 private:
  absl::StatusOr<std::unique_ptr<mysql::Link>> Connect() const {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<mysql::Link> link, mysql::Link::Connect(link_options_));
    product_ = static_cast<int>(link->facts().product);
    return link;
  }
  // Asks the server where no connection has told yet; one that can't be reached counts as MySQL.
  mysql::Product ProductOfServer() const {
    if (product_ < 0 && !Connect().ok()) return mysql::Product::kMySql;
    return static_cast<mysql::Product>(product_.load());
  }

  const std::string name_;
  const mysql::LinkOptions link_options_;
  ConnectionPool pool_;
  mutable std::atomic<int> product_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Target>> MakeMysqlTarget(const TargetConfig& config) {
  return mysql::MakeTargetFor(config, std::nullopt);
}

absl::StatusOr<std::unique_ptr<Target>> mysql::MakeTargetFor(const TargetConfig& config, std::optional<Product> product) {
  UOW_ASSIGN_OR_RETURN(Dsn dsn, ParseDsn(config.name, config.dsn));
  return std::make_unique<MysqlTarget>(config, std::move(dsn), product);
}

}  // namespace uow
