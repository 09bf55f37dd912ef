// The suite that every dialect passes, over MariaDB: with its own forms, and with those that MySQL gets; by the server, and by a
// client's own connection.
#include <memory>
#include <optional>
#include <utility>

#include "adapters/adapter_conformance.h"
#include "adapters/client_target.h"
#include "adapters/mysql/mysql_target.h"
#include "adapters/mysql/test_database.h"
#include "adapters/type_matrix.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Saved into by a client's own connection.
class MysqlClientDatabase final : public mysql::TestDatabase {
 public:
  // `server`: what the client tells of its server.
  MysqlClientDatabase(v1::MysqlServer server, std::optional<mysql::Product> product)
      : TestDatabase(mysql::SharedServer(), product), client_server_(std::move(server)), product_(product) {}

  absl::StatusOr<std::unique_ptr<Target>> MakeTarget() const override {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<Target> described, mysql::MakeTargetFor(Config(), product_));
    auto connect = [dsn = Config().dsn, found = client_server_.counts_found_rows()] { return test::OpenMysqlClient(dsn, found); };
    return test::MakeClientTarget(std::move(described), connect, client_server_);
  }

 private:
  const v1::MysqlServer client_server_;
  const std::optional<mysql::Product> product_;
};

ConformanceDialect Client(const char* name, const char* version, bool found_rows, std::optional<mysql::Product> product) {
  v1::MysqlServer server;
  server.set_version(version);
  server.set_counts_found_rows(found_rows);
  return {name, [server, product] { return std::make_unique<MysqlClientDatabase>(server, product); }};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Mysql, AdapterConformance,
                         testing::Values(mysql::Mariadb(), mysql::MysqlForms(),
                                         Client("MariadbClient", "10.11.14-MariaDB-0+deb12u2 Debian 12", true, {}),
                                         Client("MysqlClient", "8.4.3 MySQL Community Server - GPL", false, mysql::Product::kMySql),
                                         Client("UnknownClient", "", false, mysql::Product::kMySql)),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Mysql, TypeMatrix,
                         testing::Values(mysql::Mariadb(), mysql::MysqlForms(),
                                         Client("MariadbClient", "10.11.14-MariaDB-0+deb12u2 Debian 12", true, {}),
                                         Client("MysqlClient", "8.4.3 MySQL Community Server - GPL", false,
                                                mysql::Product::kMySql)),
                         [](const auto& info) { return info.param.name; });

}  // namespace uow
