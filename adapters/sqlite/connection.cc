#include "adapters/sqlite/connection.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/sqlite/foreign_key_check.h"
#include "adapters/sqlite/step_runner.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

constexpr char kInterrupted[] = "9";  // SQLITE_INTERRUPT

}  // namespace

absl::Status SqliteConnection::Begin(const TransactionOptions& options) {
  Forget();
  step_timeout_ = std::min(options.statement_timeout, statement_timeout_);
  database_->SetBusyTimeout(step_timeout_);
  // IMMEDIATE takes the write lock now: a transaction that starts by reading can't always get it later.
  UOW_RETURN_IF_ERROR(database_->Execute("BEGIN IMMEDIATE"));
  return database_->Execute("PRAGMA defer_foreign_keys=ON");
}

absl::Status SqliteConnection::Commit() {
  int code = sqlite3_exec(database_->handle(), "COMMIT", nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) {
    Forget();
    return absl::OkStatus();
  }
  absl::Status status = database_->Error(code);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_FULL:
      return status;  // not committed
    case SQLITE_CONSTRAINT:
      // SQLite only counts deferred violations; the transaction is still open, so that they can be looked for.
      return schema_ == nullptr ? status : NameForeignKeyFailure(*database_, *schema_, steps_, *keys_, status);
    default: {
      // The failure may have come after the commit point.
      healthy_ = false;
      v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
      return MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT,
                       absl::StrCat("COMMIT failed, and whether it took effect isn't known: ", status.message()), detail);
    }
  }
}

void SqliteConnection::Forget() {
  schema_ = nullptr;
  keys_ = nullptr;
  steps_.clear();
}

void SqliteConnection::Rollback() {
  Forget();
  // Some errors have rolled the transaction back already.
  if (database_->in_transaction() && !database_->Execute("ROLLBACK").ok()) healthy_ = false;
}

absl::Status SqliteConnection::RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) {
  schema_ = &schema;
  keys_ = &keys;
  steps_.push_back(&step);
  database_->SetDeadline(absl::Now() + step_timeout_);
  absl::Status status = RunStepRows(*database_, schema, step, keys);
  database_->SetDeadline(absl::InfiniteFuture());
  const v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
  if (detail.sqlstate() != kInterrupted) return status;
  return MakeError(v1::ERROR_REASON_TARGET_REJECTED,
                   absl::StrCat("SQLite: the rows of one statement took longer than ", absl::FormatDuration(step_timeout_),
                                " and were given up; allow more time, or save less at once"),
                   detail);
}

absl::StatusOr<std::vector<const StepRow*>> SqliteConnection::FindMissing(const SchemaIndex& schema, const Step& step,
                                                                          HandleMap& keys) {
  return FindMissingRows(*database_, schema, step, keys);
}

}  // namespace uow::sqlite
