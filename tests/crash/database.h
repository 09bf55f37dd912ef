#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/postgres_server.h"

namespace uow::crash {

// A database that uowd saves into, as the test reads it: on a connection of its own, past uowd.
class Database {
 public:
  using Row = std::vector<std::optional<std::string>>;

  virtual ~Database() = default;

  // The name and the DSN for uowd.
  virtual std::string name() const = 0;
  virtual std::string dsn() const = 0;
  // Creates the tables and their triggers.
  virtual absl::Status CreateTables() = 0;
  virtual absl::StatusOr<std::vector<Row>> Query(const std::string& sql) const = 0;
};

std::unique_ptr<Database> NewSqliteDatabase(const std::string& file);
// `dsn` is what uowd is given: it may lead through a proxy. `server` outlives the result.
std::unique_ptr<Database> NewPostgresDatabase(PostgresServer* server, const std::string& dsn);

}  // namespace uow::crash
