#include "adapters/mysql/mysql_connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/mysql/marker_table.h"
#include "adapters/mysql/step_runner.h"
#include "journal/errors.h"

namespace uow::mysql {

absl::Status MysqlConnection::Noted(absl::Status status) {
  // Another connection may reach the server that takes writes, or see the tables that are there now.
  const v1::ErrorReason reason = ReasonOf(status);
  if (reason == v1::ERROR_REASON_TARGET_UNAVAILABLE || reason == v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) broken_ = true;
  return status;
}

absl::Status MysqlConnection::EnsureMarkerTable() {
  if (marker_ready_) return absl::OkStatus();
  absl::Status status = Noted(mysql::EnsureMarkerTable(*link_));
  marker_ready_ = status.ok();
  return status;
}

absl::Status MysqlConnection::Begin(const TransactionOptions& options) {
  in_transaction_ = true;
  if (std::string settings = link_->SettingsFor(options); !settings.empty()) {
    has_options_ = true;
    return Noted(link_->Run(settings).status());
  }
  return absl::OkStatus();
}

void MysqlConnection::Restore() {
  if (!std::exchange(has_options_, false)) return;
  if (!link_->open() || !link_->Run(link_->OwnSettings()).ok()) broken_ = true;
}

absl::Status MysqlConnection::Commit() {
  if (!link_->in_transaction()) {
    // Something within a statement has ended it, and what ran before is committed or lost.
    return InternalError(absl::StrCat(link_->where(), ": the transaction ended before its COMMIT"));
  }
  absl::Status status = Noted(link_->Run("COMMIT").status());
  if (status.ok()) {
    in_transaction_ = false;
    return status;
  }
  // A conflict that a cluster finds at COMMIT is the transaction's end. Other errors may come from behind the commit point: the
  // binary log, a replica that didn't answer. And when the connection is gone, nobody knows.
  if (link_->open() && ReasonOf(status) == v1::ERROR_REASON_TARGET_CONFLICT) return status;
  broken_ = true;
  in_transaction_ = false;
  return MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT,
                   absl::StrCat("the answer to COMMIT was lost: ", status.message(), "; save again with the same save id"),
                   DetailOf(status).value_or(v1::ErrorDetail()));
}

void MysqlConnection::Rollback() {
  if (std::exchange(in_transaction_, false) && (!link_->open() || !link_->Run("ROLLBACK").ok())) broken_ = true;
  Restore();
}

absl::Status MysqlConnection::TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) {
  return Noted(mysql::TakeFence(*link_, session, fence, executed_save_id));
}

absl::Status MysqlConnection::WriteMarker(const std::string& session, const Marker& marker) {
  return Noted(mysql::WriteMarker(*link_, session, marker));
}

absl::StatusOr<Marker> MysqlConnection::Settle(const std::string& session, uint64_t fence) {
  in_transaction_ = true;
  absl::StatusOr<Marker> marker = mysql::Settle(*link_, session, fence);
  if (marker.ok()) {
    in_transaction_ = false;
    return marker;
  }
  Rollback();
  return Noted(marker.status());
}

void MysqlConnection::RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) {
  Restore();
  in_transaction_ = true;
  const absl::Status removed = Noted(mysql::RemoveOldMarkers(*link_, limit, alive, old_marker_cursor_));
  if (removed.ok()) in_transaction_ = false;
  Rollback();
}

absl::Status MysqlConnection::AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap&) {
  return Noted(facts_.Load(*link_, schema, plan));
}

absl::Status MysqlConnection::RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) {
  return Noted(StepRunner(*link_, facts_, schema, step, keys).Run());
}

absl::StatusOr<std::vector<const StepRow*>> MysqlConnection::FindMissing(const SchemaIndex& schema, const Step& step,
                                                                         HandleMap& keys) {
  return StepRunner(*link_, facts_, schema, step, keys).FindMissing();
}

bool MysqlConnection::healthy() const { return !broken_ && !in_transaction_ && !link_->hung_up(); }

}  // namespace uow::mysql
