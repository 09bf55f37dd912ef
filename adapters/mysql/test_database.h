#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/adapter_conformance.h"
#include "adapters/mysql/render.h"
#include "tests/support/mariadb_server.h"

namespace uow::mysql {

// The server that all tests of a binary share; started on first use.
MariadbServer& SharedServer();

// An empty database in a server. Dropped when this goes away.
class TestDatabase : public ConformanceDatabase {
 public:
  // `product`: what the adapter takes the server for, where that isn't what it is.
  explicit TestDatabase(MariadbServer& server = SharedServer(), std::optional<Product> product = std::nullopt);
  ~TestDatabase() override;

  const std::string& name() const { return name_; }
  MariadbServer& server() const { return server_; }

  TargetConfig Config() const override;
  absl::StatusOr<std::unique_ptr<Target>> MakeTarget() const override;
  void Execute(const std::string& sql) override;
  std::vector<std::string> Query(const std::string& sql) override;
  std::string Quote(const std::string& name) const override;
  std::string GeneratedKey() const override { return "BIGINT AUTO_INCREMENT PRIMARY KEY"; }
  std::string GeneratedTextKey() const override;
  std::string TokenTable() const override;
  // TIMESTAMP ends in 2038.
  std::string ClockType() const override { return "DATETIME(3)"; }
  std::vector<TypeCase> TypeCases() const override;
  std::vector<MatrixCase> MatrixCases() const override;
  bool ForeignKeysAreNamed() const override { return true; }

 private:
  MariadbServer& server_;
  const std::optional<Product> product_;
  const std::string name_;
};

// Dialects for the conformance suite: MariaDB, and MariaDB that is spoken to as if it were MySQL.
ConformanceDialect Mariadb();
ConformanceDialect MysqlForms();

}  // namespace uow::mysql
