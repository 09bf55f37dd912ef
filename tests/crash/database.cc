#include "tests/crash/database.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow::crash {
namespace {

constexpr char kSqliteTables[] = R"(
  PRAGMA journal_mode = WAL;
  CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, business_id TEXT NOT NULL, "count" BIGINT NOT NULL,
    note TEXT);
  CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, business_id TEXT NOT NULL, "count" BIGINT NOT NULL,
    note TEXT, account_id BIGINT NOT NULL CONSTRAINT entry_account REFERENCES account (id));
  CREATE INDEX entry_by_account ON entry (account_id);
  CREATE TABLE applied (n INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, business_id TEXT NOT NULL, operation TEXT NOT NULL);
)";

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(std::string file) : file_(std::move(file)) {}

  std::string name() const override { return "sqlite"; }
  std::string dsn() const override { return absl::StrCat("sqlite:", file_); }

  absl::Status CreateTables() override { return Run(absl::StrCat(kSqliteTables, AppliedTriggers("BEGIN", "END;")), nullptr); }

  absl::StatusOr<std::vector<Row>> Query(const std::string& sql) const override {
    std::vector<Row> rows;
    UOW_RETURN_IF_ERROR(Run(sql, &rows));
    return rows;
  }

 private:
  static int TakeRow(void* rows, int columns, char** values, char**) {
    Row row;
    for (int i = 0; i < columns; ++i) row.push_back(values[i] == nullptr ? std::nullopt : std::optional<std::string>(values[i]));
    if (rows != nullptr) static_cast<std::vector<Row>*>(rows)->push_back(std::move(row));
    return 0;
  }

  absl::Status Run(const std::string& sql, std::vector<Row>* rows) const {
    sqlite3* raw = nullptr;
    int code = sqlite3_open(file_.c_str(), &raw);
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
    if (code == SQLITE_OK) {
      sqlite3_busy_timeout(raw, 10000);
      code = sqlite3_exec(raw, sql.c_str(), TakeRow, rows, nullptr);
    }
    return code == SQLITE_OK ? absl::OkStatus() : absl::InternalError(absl::StrCat(file_, ": ", sqlite3_errmsg(raw)));
  }

  const std::string file_;
};

}  // namespace

std::string AppliedTriggers(const char* begin, const char* end) {
  std::string sql;
  for (const char* table : {"account", "entry"}) {
    for (const char* operation : {"INSERT", "UPDATE", "DELETE"}) {
      const char* row = operation == std::string("DELETE") ? "OLD" : "NEW";
      absl::StrAppend(&sql, "CREATE TRIGGER applied_", table, "_", operation, " AFTER ", operation, " ON ", table, " ", begin,
                      " INSERT INTO applied (session, business_id, operation) VALUES (", row, ".session, ", row, ".business_id, '",
                      operation, "'); ", end, "\n");
    }
  }
  return sql;
}

std::unique_ptr<Database> NewSqliteDatabase(const std::string& file) { return std::make_unique<SqliteDatabase>(file); }

}  // namespace uow::crash
