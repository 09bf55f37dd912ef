#include "tests/bench/save_databases.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "tests/bench/bench_session.h"

namespace uow::bench {

absl::StatusOr<std::unique_ptr<SaveDatabases>> SaveDatabases::Start(const std::string& only) {
  auto databases = std::make_unique<SaveDatabases>();
  UOW_RETURN_IF_ERROR(databases->StartServers(only));
  return databases;
}

absl::Status SaveDatabases::StartServers(const std::string& only) {
  auto wanted = [&](const char* target) { return only.empty() || only == target; };
  UowdOptions options;
  options.dir = directory_.path();
  if (wanted("postgres")) {
    // No checkpoint of the server's in the midst of a measurement.
    UOW_ASSIGN_OR_RETURN(postgres_, PostgresServer::Create({.settings = {"max_wal_size=4GB", "checkpoint_timeout=1h"}}));
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<ByHand> by_hand, PostgresByHand(postgres_->Dsn()));
    databases_.push_back({"PostgreSQL", "postgres", postgres_->Dsn(), true, std::move(by_hand)});
  }
  if (wanted("mariadb")) {
    UOW_ASSIGN_OR_RETURN(mariadb_, MariadbServer::Create());
    UOW_RETURN_IF_ERROR(mariadb_->CreateDatabase("shop"));
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<ByHand> by_hand, MariadbByHand(mariadb_->Dsn("shop")));
    databases_.push_back({"MariaDB", "mariadb", mariadb_->Dsn("shop"), true, std::move(by_hand)});
  }
  if (wanted("sqlite")) {
    const std::string file = absl::StrCat(directory_.path(), "/target.db");
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<ByHand> by_hand, SqliteByHand(file));
    databases_.push_back({"SQLite", "sqlite", absl::StrCat("sqlite:", file), false, std::move(by_hand)});
  }
  if (databases_.empty()) return absl::InvalidArgumentError(absl::StrCat("no database '", only, "': postgres, mariadb or sqlite"));
  for (Database& database : databases_) {
    UOW_RETURN_IF_ERROR(database.by_hand->CreateTables());
    options.targets.emplace_back(database.target, database.dsn);
  }
  uowd_ = std::make_unique<UowdProcess>(options);
  UOW_RETURN_IF_ERROR(uowd_->Start());
  UOW_ASSIGN_OR_RETURN(schema_id_, RegisterSchema(uowd_->NewChannel(), ShopSchema()));
  return absl::OkStatus();
}

}  // namespace uow::bench
