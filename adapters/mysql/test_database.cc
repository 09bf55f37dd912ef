#include "adapters/mysql/test_database.h"

#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "adapters/mysql/mysql_target.h"
#include "adapters/mysql/quote.h"

namespace uow::mysql {
namespace {

std::string CreateIn(const MariadbServer& server) {
  static int count = 0;
  std::string name = absl::StrCat("test_", ++count);
  absl::Status created = server.CreateDatabase(name);
  EXPECT_TRUE(created.ok()) << created;
  return name;
}

}  // namespace

MariadbServer& SharedServer() {
  static const std::unique_ptr<MariadbServer> server = [] {
    MariadbServerOptions options;
    options.fsync = false;
    absl::StatusOr<std::unique_ptr<MariadbServer>> started = MariadbServer::Create(options);
    if (!started.ok()) {
      std::cerr << started.status() << "\n";
      std::abort();
    }
    return std::move(*started);
  }();
  return *server;
}

TestDatabase::TestDatabase(MariadbServer& server, std::optional<Product> product)
    : server_(server), product_(product), name_(CreateIn(server)) {}

TestDatabase::~TestDatabase() {
  absl::Status dropped = server_.Execute("mysql", absl::StrCat("DROP DATABASE ", mysql::Quote(name_)));
  EXPECT_TRUE(dropped.ok()) << dropped;
}

TargetConfig TestDatabase::Config() const {
  TargetConfig config;
  config.name = "db";
  config.dsn = server_.Dsn(name_);
  return config;
}

absl::StatusOr<std::unique_ptr<Target>> TestDatabase::MakeTarget() const { return MakeTargetFor(Config(), product_); }

void TestDatabase::Execute(const std::string& sql) {
  absl::Status status = server_.Execute(name_, sql);
  EXPECT_TRUE(status.ok()) << status << "\n" << sql;
}

std::vector<std::string> TestDatabase::Query(const std::string& sql) {
  absl::StatusOr<std::vector<MariadbServer::Row>> result = server_.Query(name_, sql);
  EXPECT_TRUE(result.ok()) << result.status() << "\n" << sql;
  std::vector<std::string> rows;
  if (!result.ok()) return rows;
  for (const MariadbServer::Row& row : *result) {
    std::string text;
    for (size_t i = 0; i < row.size(); ++i) absl::StrAppend(&text, i == 0 ? "" : "|", row[i].value_or("NULL"));
    rows.push_back(std::move(text));
  }
  return rows;
}

std::string TestDatabase::Quote(const std::string& name) const { return mysql::Quote(name); }

std::string TestDatabase::GeneratedTextKey() const {
  // Without RETURNING nobody knows what a default has given.
  return product_ == Product::kMySql ? "" : "VARCHAR(200) DEFAULT UUID() PRIMARY KEY";
}

std::string TestDatabase::TokenTable() const {
  const char* token = " ON doc FOR EACH ROW SET NEW.v = UNHEX(REPLACE(UUID(), '-', ''));";
  return absl::StrCat("CREATE TABLE doc (id {key}, title VARCHAR(200), v VARBINARY(16));",
                      "CREATE TRIGGER doc_insert BEFORE INSERT", token, "CREATE TRIGGER doc_update BEFORE UPDATE", token);
}

ConformanceDialect Mariadb() {
  return {"Mariadb", [] { return std::make_unique<TestDatabase>(); }};
}

ConformanceDialect MysqlForms() {
  return {"MysqlForms", [] { return std::make_unique<TestDatabase>(SharedServer(), Product::kMySql); }};
}

}  // namespace uow::mysql
