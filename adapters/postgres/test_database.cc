#include "adapters/postgres/test_database.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/quote.h"

namespace uow::postgres {
namespace {

std::string NextName() {
  static int count = 0;
  return absl::StrCat("test_", ++count);
}

}  // namespace

PostgresServer& SharedServer() {
  static const std::unique_ptr<PostgresServer> server = [] {
    PostgresServerOptions options;
    options.fsync = false;
    absl::StatusOr<std::unique_ptr<PostgresServer>> started = PostgresServer::Create(options);
    if (!started.ok()) {
      std::cerr << started.status() << "\n";
      std::abort();
    }
    return std::move(*started);
  }();
  return *server;
}

TestDatabase::TestDatabase(PostgresServer& server, std::string generated_key)
    : server_(server), name_(NextName()), generated_key_(std::move(generated_key)) {
  absl::Status created = server_.CreateDatabase(name_);
  EXPECT_TRUE(created.ok()) << created;
}

TestDatabase::~TestDatabase() {
  if (server_.running()) (void)server_.Execute("postgres", absl::StrCat("DROP DATABASE ", name_, " WITH (FORCE)"));
}

TargetConfig TestDatabase::Config() const {
  TargetConfig config;
  config.name = "db";
  config.dsn = server_.Dsn(name_);
  return config;
}

void TestDatabase::Execute(const std::string& sql) {
  absl::Status status = server_.Execute(name_, sql);
  EXPECT_TRUE(status.ok()) << status << "\n" << sql;
}

std::vector<std::string> TestDatabase::Query(const std::string& sql) {
  absl::StatusOr<std::vector<PostgresServer::Row>> result = server_.Query(name_, sql);
  EXPECT_TRUE(result.ok()) << result.status() << "\n" << sql;
  std::vector<std::string> rows;
  if (!result.ok()) return rows;
  for (const PostgresServer::Row& row : *result) {
    std::string text;
    for (size_t i = 0; i < row.size(); ++i) absl::StrAppend(&text, i == 0 ? "" : "|", row[i].value_or("NULL"));
    rows.push_back(std::move(text));
  }
  return rows;
}

std::string TestDatabase::Quote(const std::string& name) const { return QuoteName(name); }

ConformanceDialect IdentityKeys() {
  return {"Identity", [] { return std::make_unique<TestDatabase>(); }};
}

ConformanceDialect SerialKeys() {
  return {"Serial", [] { return std::make_unique<TestDatabase>(SharedServer(), "SERIAL PRIMARY KEY"); }};
}

}  // namespace uow::postgres
