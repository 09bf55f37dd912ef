#include "adapters/postgres/test_database.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/quote.h"

namespace uow::postgres {
namespace {

// Databases that tests have given back, by server. Making one takes longer than most tests.
std::map<const PostgresServer*, std::vector<std::string>>& Idle() {
  static auto* const idle = new std::map<const PostgresServer*, std::vector<std::string>>;
  return *idle;
}

constexpr char kEmpty[] = R"sql(DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
  CREATE SCHEMA public;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
END $$)sql";

std::string TakeOrCreate(PostgresServer& server) {
  std::vector<std::string>& idle = Idle()[&server];
  std::string name;
  if (!idle.empty()) {
    name = std::move(idle.back());
    idle.pop_back();
    return name;
  }
  static int count = 0;
  name = absl::StrCat("test_", ++count);
  absl::Status created = server.CreateDatabase(name);
  EXPECT_TRUE(created.ok()) << created;
  return name;
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
    : server_(server), name_(TakeOrCreate(server)), generated_key_(std::move(generated_key)) {}

TestDatabase::~TestDatabase() {
  if (server_.Execute(name_, kEmpty).ok()) Idle()[&server_].push_back(name_);
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
