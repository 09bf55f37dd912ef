#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/postgres/key_allocation.h"
#include "adapters/postgres/link.h"
#include "adapters/target.h"

namespace uow::postgres {

// A connection to a PostgreSQL server. One save at a time.
class PostgresConnection final : public Connection {
 public:
  explicit PostgresConnection(std::unique_ptr<Link> link) : link_(std::move(link)) {}

  absl::Status EnsureMarkerTable() override;
  absl::Status Begin(const TransactionOptions& options) override;
  absl::Status Commit() override;
  void Rollback() override;
  absl::Status TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) override;
  absl::Status WriteMarker(const std::string& session, const Marker& marker) override;
  absl::StatusOr<Marker> Settle(const std::string& session, uint64_t fence) override;
  void RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) override;
  absl::Status DrawKeys(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes) override;
  absl::Status AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap& keys) override;
  absl::Status RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) override;
  absl::StatusOr<std::vector<const StepRow*>> FindMissing(const SchemaIndex& schema, const Step& step, HandleMap& keys) override;
  bool healthy() const override;

  // What AllocateKeys finds out, without drawing keys.
  absl::StatusOr<InsertFacts> FindFacts(const SchemaIndex& schema, const Plan& plan);

 private:
  // Takes note of errors after which this connection is of no more use.
  absl::Status Noted(absl::Status status);
  // Without what the server can't do.
  InsertFacts Restricted(InsertFacts facts) const;

  std::unique_ptr<Link> link_;
  bool in_transaction_ = false;
  bool has_savepoint_ = false;
  bool marker_ready_ = false;
  bool broken_ = false;
  // What ran in this transaction, so that a constraint that fails at its end can be traced to a row.
  const SchemaIndex* schema_ = nullptr;
  std::vector<const Step*> steps_;
  const HandleMap* keys_ = nullptr;
  std::optional<KeyAnswer> drawn_;  // before the plan was there
  InsertFacts facts_;               // for the plan whose keys were allocated
  std::string old_marker_cursor_;
};

}  // namespace uow::postgres
