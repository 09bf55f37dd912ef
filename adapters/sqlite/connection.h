#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/database.h"
#include "adapters/target.h"

namespace uow::sqlite {

// A connection to one SQLite file. A save is one IMMEDIATE transaction in which foreign keys are checked at COMMIT.
class SqliteConnection final : public Connection {
 public:
  SqliteConnection(std::unique_ptr<Database> database, absl::Duration statement_timeout)
      : database_(std::move(database)), statement_timeout_(statement_timeout) {}

  absl::Status EnsureMarkerTable() override;
  // Every transaction is serializable.
  absl::Status Begin(const TransactionOptions& options) override;
  absl::Status Commit() override;
  void Rollback() override;
  absl::Status TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) override;
  absl::Status WriteMarker(const std::string& session, const Marker& marker) override;
  absl::StatusOr<Marker> Settle(const std::string& session, uint64_t fence) override;
  void RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) override;
  // SQLite generates keys in the insert.
  absl::Status AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap& keys) override { return absl::OkStatus(); }
  absl::Status RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) override;
  absl::StatusOr<std::vector<const StepRow*>> FindMissing(const SchemaIndex& schema, const Step& step, HandleMap& keys) override;
  bool healthy() const override { return healthy_ && !database_->moved(); }

  Database& database() { return *database_; }

 private:
  void Forget();

  std::unique_ptr<Database> database_;
  const absl::Duration statement_timeout_;
  absl::Duration step_timeout_ = statement_timeout_;  // in this transaction
  bool healthy_ = true;
  // What ran in this transaction, so that a foreign key that fails at COMMIT can be traced to a row.
  const SchemaIndex* schema_ = nullptr;
  std::vector<const Step*> steps_;
  const HandleMap* keys_ = nullptr;
};

}  // namespace uow::sqlite
