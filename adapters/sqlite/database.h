#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace uow::sqlite {

// A prepared statement. The text and blobs of a row stay valid until the next Step or Reset. Must not outlive its Database.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle = nullptr) : handle_(handle) {}

  sqlite3_stmt* handle() const { return handle_.get(); }
  // SQLITE_ROW, SQLITE_DONE or an error's extended code.
  int Step() { return sqlite3_step(handle_.get()); }
  // Ready to run again. Bindings stay.
  void Reset() { sqlite3_reset(handle_.get()); }

  void Bind(int parameter, int64_t value) { sqlite3_bind_int64(handle_.get(), parameter, value); }
  // `value` stays valid until the statement has run.
  void Bind(int parameter, absl::string_view value);
  void BindBlob(int parameter, absl::string_view value);

  bool IsNull(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  int64_t Int(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string Text(int column) const;
  std::string Blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

// An open database file. Not thread-safe.
class Database {
 public:
  // Opens a file that exists, for reading and writing where that is possible. TARGET_UNAVAILABLE, TARGET_DENIED; TARGET_REJECTED
  // where the file isn't a database.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, absl::Duration statement_timeout);

  // How long a statement waits for another writer of the file: as long as it may take, but at most 10 seconds.
  void SetBusyTimeout(absl::Duration statement_timeout);
  // When statements that still run are interrupted; infinite: never.
  void SetDeadline(absl::Time deadline);

  sqlite3* handle() const { return handle_.get(); }
  // Runs one or several statements that return nothing.
  absl::Status Execute(const std::string& sql);
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  // Runs a prepared statement that returns nothing.
  absl::Status Run(Statement& statement);
  // The error that the last call returned, with the reason that belongs to it.
  absl::Status Error(int code) const;

  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  bool read_only() const { return sqlite3_db_readonly(handle_.get(), "main") == 1; }
  // Whether the file was moved, replaced or deleted since it was opened: what is written now would be lost.
  bool moved() const;
  int64_t changes() const { return sqlite3_changes64(handle_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}

  absl::Status Configure();

  std::unique_ptr<sqlite3, Close> handle_;
  absl::Time deadline_ = absl::InfiniteFuture();
};

}  // namespace uow::sqlite
