#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "service/service_fixture.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

namespace uow {

// A server that the service saves into, as tests see it: by its own client.
class DatabaseServer {
 public:
  virtual ~DatabaseServer() = default;
  virtual std::string Dsn(const std::string& database) const = 0;
  virtual void Create(const std::string& database) = 0;
  virtual void Execute(const std::string& database, const std::string& sql) = 0;
  // The same, which may fail.
  virtual absl::Status TryExecute(const std::string& database, const std::string& sql) = 0;
  // The rows of a query, columns joined by "|".
  virtual std::vector<std::string> Query(const std::string& database, const std::string& sql) = 0;
  // The definition of a generated integer key.
  virtual std::string GeneratedKey() const = 0;
  // How often the server has ended a deadlock. SQLite has none.
  virtual uint64_t Deadlocks() = 0;
  // See plan_by_hand.h.
  virtual absl::Status RunByHand(const std::string& database, const v1::Schema& schema,
                                 const std::vector<v1::PlannedStatement>& plan) = 0;
};

// A kind of server; all tests of a binary share one of each.
struct ServerKind {
  std::string name;
  DatabaseServer& (*server)();

  friend void PrintTo(const ServerKind& kind, std::ostream* out) { *out << kind.name; }
};
ServerKind Postgres();
ServerKind Mariadb();
// No server: files in a directory.
ServerKind Sqlite();

// The service with a target "db": a database of the test's own in a server of the kind.
class DatabasesTest : public ServiceTest, public ::testing::WithParamInterface<ServerKind> {
 protected:
  // A new empty database; its name.
  static std::string NewDatabase();

  void Configure(Config& config) override;
  DatabaseServer& server() const { return GetParam().server(); }
  // {key} stands for a generated key.
  void Execute(const std::string& sql) const;
  std::vector<std::string> Query(const std::string& sql) const { return server().Query(database_, sql); }
  // A session with the target's own schema, after `change`.
  std::string OpenWith(const std::function<void(v1::Schema&)>& change = [](v1::Schema&) {});

  v1::Schema schema_;  // of OpenWith's last session

  std::string database_;
};

}  // namespace uow
