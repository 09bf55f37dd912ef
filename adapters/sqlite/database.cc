#include "adapters/sqlite/database.h"

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/sqlite/result_codes.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

// How long a save waits for another writer of the file before it is given up and replayed.
constexpr absl::Duration kLongestWait = absl::Seconds(10);
// A look at the clock each 100 microseconds or so.
constexpr int kInstructionsBetweenLooks = 10'000;

}  // namespace

void Statement::Bind(int parameter, absl::string_view value) {
  // A null pointer would bind NULL.
  sqlite3_bind_text64(handle_.get(), parameter, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::BindBlob(int parameter, absl::string_view value) {
  sqlite3_bind_blob64(handle_.get(), parameter, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC);
}

std::string Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(handle_.get(), column);
  if (text == nullptr) return "";
  return std::string(reinterpret_cast<const char*>(text), sqlite3_column_bytes(handle_.get(), column));
}

std::string Statement::Blob(int column) const {
  const void* blob = sqlite3_column_blob(handle_.get(), column);
  if (blob == nullptr) return "";
  return std::string(static_cast<const char*>(blob), sqlite3_column_bytes(handle_.get(), column));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, absl::Duration statement_timeout) {
  sqlite3* handle = nullptr;
  // Without SQLITE_OPEN_CREATE: a mistyped path must not make an empty database. The caller gives a connection to one thread at a
  // time.
  int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (handle == nullptr) return MakeError(v1::ERROR_REASON_TARGET_UNAVAILABLE, "SQLite has no memory to open a database");
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) {
    if (sqlite3_system_errno(handle) == EACCES) {
      return MakeError(v1::ERROR_REASON_TARGET_DENIED,
                       absl::StrCat("no permission to open the SQLite database ", path, "; change the permissions of the file"));
    }
    return MakeError(v1::ERROR_REASON_TARGET_UNAVAILABLE,
                     absl::StrCat("can't open the SQLite database ", path, " (", sqlite3_errmsg(handle),
                                  "); create it first: a missing one isn't created here"));
  }
  database->SetBusyTimeout(statement_timeout);
  UOW_RETURN_IF_ERROR(database->Configure());
  return database;
}

void Database::SetBusyTimeout(absl::Duration statement_timeout) {
  const absl::Duration wait = std::clamp(statement_timeout, absl::Milliseconds(1), kLongestWait);
  sqlite3_busy_timeout(handle_.get(), static_cast<int>(absl::ToInt64Milliseconds(wait)));
}

void Database::SetDeadline(absl::Time deadline) {
  deadline_ = deadline;
  if (deadline == absl::InfiniteFuture()) return sqlite3_progress_handler(handle_.get(), 0, nullptr, nullptr);
  sqlite3_progress_handler(
      handle_.get(), kInstructionsBetweenLooks,
      [](void* self) { return absl::Now() < static_cast<Database*>(self)->deadline_ ? 0 : 1; }, this);
}

absl::Status Database::Configure() {
  // A quoted name that no column has must be an error. By default SQLite takes it for a string.
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  UOW_RETURN_IF_ERROR(Execute("PRAGMA foreign_keys=ON"));
  // EXTRA is FULL and syncs the directory after the rollback journal is deleted: without that a power loss could bring the journal
  // back and undo a save that was reported as committed.
  UOW_RETURN_IF_ERROR(Execute("PRAGMA synchronous=EXTRA"));
  // The file is first read here; one that isn't a database is found out.
  UOW_ASSIGN_OR_RETURN(Statement version, Prepare("PRAGMA schema_version"));
  if (int code = version.Step(); code != SQLITE_ROW) return Error(code);
  return absl::OkStatus();
}

absl::Status Database::Execute(const std::string& sql) {
  int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return Error(code);
  return Statement(statement);
}

absl::Status Database::Run(Statement& statement) {
  int code = statement.Step();
  while (code == SQLITE_ROW) code = statement.Step();
  absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : Error(code);
  statement.Reset();
  return status;
}

absl::Status Database::Error(int code) const {
  int extended = sqlite3_extended_errcode(handle_.get());
  absl::string_view message = sqlite3_errmsg(handle_.get());
  v1::ErrorDetail detail;
  detail.set_sqlstate(absl::StrCat(extended));
  return MakeError(ReasonOfCode(extended, message), absl::StrCat("SQLite: ", message), detail);
}

bool Database::moved() const {
  int moved = 0;
  return sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

}  // namespace uow::sqlite
