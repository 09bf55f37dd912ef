#include "adapters/postgres/postgres_connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/deferred_failure.h"
#include "adapters/postgres/key_allocation.h"
#include "adapters/postgres/marker_table.h"
#include "adapters/postgres/step_runner.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

std::string BeginAt(v1::IsolationLevel level) {
  switch (level) {
    case v1::ISOLATION_LEVEL_READ_COMMITTED:
      return "BEGIN ISOLATION LEVEL READ COMMITTED";
    case v1::ISOLATION_LEVEL_REPEATABLE_READ:
      return "BEGIN ISOLATION LEVEL REPEATABLE READ";
    case v1::ISOLATION_LEVEL_SERIALIZABLE:
      return "BEGIN ISOLATION LEVEL SERIALIZABLE";
    default:
      return "BEGIN";
  }
}

}  // namespace

absl::Status PostgresConnection::Noted(absl::Status status) {
  // Another connection may reach the server that takes writes, or see the tables that are there now.
  v1::ErrorReason reason = ReasonOf(status);
  if (reason == v1::ERROR_REASON_TARGET_UNAVAILABLE || reason == v1::ERROR_REASON_TARGET_SCHEMA_CHANGED) broken_ = true;
  return status;
}

absl::Status PostgresConnection::EnsureMarkerTable() {
  if (marker_ready_) return absl::OkStatus();
  absl::Status status = Noted(postgres::EnsureMarkerTable(*link_));
  marker_ready_ = status.ok();
  return status;
}

absl::Status PostgresConnection::Begin(const TransactionOptions& options) {
  link_->Ahead(BeginAt(options.isolation_level));
  if (options.statement_timeout < link_->statement_timeout()) {
    for (std::string& limit : TimeLimits("SET LOCAL ", options.statement_timeout)) link_->Ahead(std::move(limit));
  }
  in_transaction_ = true;
  has_savepoint_ = false;
  schema_ = nullptr;
  steps_.clear();
  facts_ = {};
  drawn_.reset();
  return absl::OkStatus();
}

absl::Status PostgresConnection::Commit() {
  // In one round trip with the marker: where a statement fails, the server doesn't run those behind it.
  link_->Ahead("SET CONSTRAINTS ALL IMMEDIATE");
  absl::StatusOr<Result> result = link_->Run("COMMIT");
  if (result.ok()) {
    in_transaction_ = false;
    if (result->command_tag() == "COMMIT") return absl::OkStatus();
    return InternalError(absl::StrCat(link_->where(), ": a failed transaction was committed; the server rolled it back"));
  }
  // An error that leaves the connection open was the transaction's end; when the connection is gone, nobody knows. The server can
  // also lose sight of its own commit (40003).
  absl::Status status = Noted(result.status());
  const v1::ErrorDetail detail = DetailOf(status).value_or(v1::ErrorDetail());
  if (link_->open() && detail.sqlstate() != "40003") {
    return schema_ == nullptr ? status : NameDeferredFailure(status, *schema_, steps_, *keys_);
  }
  broken_ = true;
  in_transaction_ = false;
  return MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT,
                   absl::StrCat("the answer to COMMIT was lost: ", status.message(), "; save again with the same save id"), detail);
}

void PostgresConnection::Rollback() {
  // What was not sent needs no end. With it BEGIN may have been dropped: then ROLLBACK does nothing.
  link_->DropAhead();
  if (!in_transaction_) return;
  in_transaction_ = false;
  if (!link_->open() || !link_->Run("ROLLBACK").ok()) broken_ = true;
}

absl::Status PostgresConnection::TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) {
  return Noted(postgres::TakeFence(*link_, session, fence, executed_save_id));
}

absl::Status PostgresConnection::WriteMarker(const std::string& session, const Marker& marker) {
  postgres::WriteMarker(*link_, session, marker);
  return absl::OkStatus();
}

absl::StatusOr<Marker> PostgresConnection::Settle(const std::string& session, uint64_t fence) {
  absl::StatusOr<Marker> marker = postgres::Settle(*link_, session, fence);
  if (!marker.ok()) return Noted(marker.status());
  return marker;
}

void PostgresConnection::RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) {
  (void)Noted(postgres::RemoveOldMarkers(*link_, limit, alive, old_marker_cursor_));
}

InsertFacts PostgresConnection::Restricted(InsertFacts facts) const {
  // CockroachDB's COPY is a way to load tables, and limited within transactions.
  if (link_->reports("crdb_version")) facts.copyable.clear();
  return facts;
}

absl::StatusOr<InsertFacts> PostgresConnection::FindFacts(const SchemaIndex& schema, const Plan& plan) {
  absl::StatusOr<InsertFacts> facts = postgres::FindFacts(*link_, schema, plan);
  if (!facts.ok()) return Noted(facts.status());
  return Restricted(*std::move(facts));
}

absl::Status PostgresConnection::DrawKeys(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes) {
  absl::StatusOr<std::optional<KeyAnswer>> drawn = DrawKeysAhead(*link_, schema, changes);
  if (!drawn.ok()) return Noted(drawn.status());
  drawn_ = *std::move(drawn);
  return absl::OkStatus();
}

absl::Status PostgresConnection::AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap& keys) {
  if (std::string deferral = RenderDeferral(schema, plan); !deferral.empty()) link_->Ahead(std::move(deferral));
  absl::StatusOr<InsertFacts> facts = postgres::DrawKeys(*link_, schema, plan, std::exchange(drawn_, std::nullopt), keys);
  if (!facts.ok()) return Noted(facts.status());
  facts_ = Restricted(*std::move(facts));
  return absl::OkStatus();
}

absl::Status PostgresConnection::RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) {
  schema_ = &schema;
  keys_ = &keys;
  steps_.push_back(&step);
  return Noted(StepRunner(*link_, schema, step, facts_, keys, has_savepoint_).Run());
}

absl::StatusOr<std::vector<const StepRow*>> PostgresConnection::FindMissing(const SchemaIndex& schema, const Step& step,
                                                                            HandleMap& keys) {
  return StepRunner(*link_, schema, step, facts_, keys, has_savepoint_).FindMissing();
}

bool PostgresConnection::healthy() const { return !broken_ && !in_transaction_ && !link_->hung_up(); }

}  // namespace uow::postgres
