#include <sqlite3.h>

#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/plan_by_hand.h"

namespace uow {
namespace {

class SqliteHand {
 public:
  explicit SqliteHand(const std::string& path) { sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr); }
  ~SqliteHand() { sqlite3_close(database_); }

  absl::Status Run(const std::vector<v1::PlannedStatement>& plan) {
    UOW_RETURN_IF_ERROR(Plain("PRAGMA foreign_keys = ON; BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON"));
    for (const v1::PlannedStatement& statement : plan) {
      if (absl::Status status = RunOne(statement); !status.ok()) {
        return InternalError(absl::StrCat("statement ", statement.index(), ": ", status.message(), "\n", statement.sql()));
      }
    }
    return Plain("COMMIT");
  }

 private:
  using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

  absl::Status Error() const { return InternalError(sqlite3_errmsg(database_)); }
  absl::Status Plain(const char* sql) {
    return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus() : Error();
  }

  absl::Status RunOne(const v1::PlannedStatement& statement) {
    if (statement.parameter_style() != v1::PARAMETER_STYLE_ROW) return InternalError("its parameters aren't those of a row");
    uint64_t affected = 0;
    for (const v1::PlannedRow& row : statement.rows()) UOW_RETURN_IF_ERROR(RunRow(statement.sql(), row, affected));
    if (affected == statement.expected_rows()) return absl::OkStatus();
    return InternalError(absl::StrCat("it affected ", affected, " rows, not ", statement.expected_rows()));
  }

  absl::Status RunRow(const std::string& sql, const v1::PlannedRow& row, uint64_t& affected) {
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) return Error();
    const Statement statement(prepared, sqlite3_finalize);
    if (sqlite3_bind_parameter_count(prepared) != row.values_size()) return InternalError("it has another number of placeholders");
    for (int i = 0; i < row.values_size(); ++i) Bind(prepared, i + 1, row.values(i));
    int code = sqlite3_step(prepared);
    if (row.has_generated()) {
      const int64_t key = code == SQLITE_ROW ? sqlite3_column_int64(prepared, 0) : sqlite3_last_insert_rowid(database_);
      keys_[{row.generated().writer(), row.generated().counter()}] = key;
    }
    if (code == SQLITE_ROW) code = sqlite3_step(prepared);
    affected += static_cast<uint64_t>(sqlite3_changes(database_));
    return code == SQLITE_DONE ? absl::OkStatus() : Error();
  }

  // What isn't bound is NULL.
  void Bind(sqlite3_stmt* statement, int number, const v1::Value& value) {
    if (value.has_handle_value()) {
      sqlite3_bind_int64(statement, number, keys_.at({value.handle_value().writer(), value.handle_value().counter()}));
    } else if (value.has_int64_value()) {
      sqlite3_bind_int64(statement, number, value.int64_value());
    } else if (value.has_text_value()) {
      sqlite3_bind_text(statement, number, value.text_value().c_str(), -1, SQLITE_TRANSIENT);
    }
  }

  sqlite3* database_ = nullptr;
  std::map<std::pair<std::string, uint64_t>, int64_t> keys_;
};

}  // namespace

absl::Status RunByHandInSqlite(const std::string& path, const std::vector<v1::PlannedStatement>& plan) {
  return SqliteHand(path).Run(plan);
}

}  // namespace uow
