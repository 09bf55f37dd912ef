#include "clients/cpp/integration_fixture.h"

#include <sqlite3.h>

namespace uow {
namespace {

constexpr char kSchema[] =
    "create table authors (id integer primary key, name text not null unique, born date, extra json);"
    "create table books (id integer primary key, author_id integer not null references authors (id),"
    "  sequel_to integer references books (id), title text not null);"
    "create table loans (book_id integer not null references books (id), number integer not null, days integer not null default 14,"
    "  primary key (book_id, number));";

int TakeFirst(void* out, int columns, char** values, char**) {
  if (columns > 0) *static_cast<std::string*>(out) = values[0] == nullptr ? "NULL" : values[0];
  return 0;
}

std::string RunSql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  std::string result;
  char* error = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  sqlite3_busy_timeout(database, 10'000);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), TakeFirst, &result, &error), SQLITE_OK) << sql << ": " << (error ? error : "");
  sqlite3_free(error);
  sqlite3_close(database);
  return result;
}

}  // namespace

IntegrationTest::IntegrationTest() : uowd_({.dir = dir_.path(), .targets = {{"main", "sqlite:" + dir_.path() + "/main.db"}}}) {
  Execute(kSchema);
  absl::Status started = uowd_.Start();
  EXPECT_TRUE(started.ok()) << started;
}

ConnectOptions IntegrationTest::Options() {
  ConnectOptions options;
  options.retry_for = absl::Seconds(20);
  return options;
}

std::unique_ptr<Session> IntegrationTest::Open(const ConnectOptions& options) {
  absl::StatusOr<std::unique_ptr<Session>> session = Connect(options).open({.target = "main", .tables = AllTables()});
  EXPECT_TRUE(session.ok()) << session.status();
  return *std::move(session);
}

std::unique_ptr<Session> IntegrationTest::Resume(const std::string& id, const ConnectOptions& options) {
  absl::StatusOr<std::unique_ptr<Session>> session = Connect(options).resume(id, AllTables());
  EXPECT_TRUE(session.ok()) << session.status();
  return *std::move(session);
}

Entity<Author> IntegrationTest::CreateAuthor(Session& session, const std::string& name) {
  absl::StatusOr<Entity<Author>> author = session.create(Author::name = name);
  EXPECT_TRUE(author.ok()) << author.status();
  return *author;
}

std::string IntegrationTest::Query(const std::string& sql) const { return RunSql(database(), sql); }

void IntegrationTest::Execute(const std::string& sql) const { RunSql(database(), sql); }

}  // namespace uow
