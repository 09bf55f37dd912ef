#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/by_hand.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/uowd_process.h"

namespace uow::bench {

// A database that is saved into.
struct Database {
  std::string label;   // "PostgreSQL"
  std::string target;  // uowd's name for it: "postgres", "mariadb", "sqlite"
  std::string dsn;     // for other clients, which know SQLite by "sqlite:" and the path too
  bool set_based = false;
  std::unique_ptr<ByHand> by_hand;
};

// Private servers with the shop's tables, and a uowd over them. Stopped when this goes away.
class SaveDatabases {
 public:
  // `only` names the one target to start; empty: all.
  static absl::StatusOr<std::unique_ptr<SaveDatabases>> Start(const std::string& only);

  std::vector<Database>& databases() { return databases_; }
  const UowdProcess& uowd() const { return *uowd_; }
  const std::string& schema_id() const { return schema_id_; }
  const std::string& directory() const { return directory_.path(); }

 private:
  absl::Status StartServers(const std::string& only);

  TempDir directory_;
  std::unique_ptr<PostgresServer> postgres_;
  std::unique_ptr<MariadbServer> mariadb_;
  std::unique_ptr<UowdProcess> uowd_;
  std::vector<Database> databases_;
  std::string schema_id_;
};

}  // namespace uow::bench
