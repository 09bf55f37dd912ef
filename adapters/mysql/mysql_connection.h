#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/mysql/link.h"
#include "adapters/mysql/table_facts.h"
#include "adapters/target.h"

namespace uow::mysql {

// A connection to a MySQL or MariaDB server. One save at a time.
class MysqlConnection final : public Connection {
 public:
  explicit MysqlConnection(std::unique_ptr<Link> link) : link_(std::move(link)) {}

  absl::Status EnsureMarkerTable() override;
  // The first statement begins the transaction: one round trip less, unless there are options.
  absl::Status Begin(const TransactionOptions& options) override;
  absl::Status Commit() override;
  void Rollback() override;
  absl::Status TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) override;
  absl::Status WriteMarker(const std::string& session, const Marker& marker) override;
  absl::StatusOr<Marker> Settle(const std::string& session, uint64_t fence) override;
  void RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) override;
  // Keys come with the inserts; what they need to know of their tables is asked here.
  absl::Status AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap& keys) override;
  absl::Status RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) override;
  absl::StatusOr<std::vector<const StepRow*>> FindMissing(const SchemaIndex& schema, const Step& step, HandleMap& keys) override;
  bool healthy() const override;

 private:
  // Takes note of errors after which this connection is of no more use.
  absl::Status Noted(absl::Status status);
  // Ends what the options of a transaction have set.
  void Restore();

  std::unique_ptr<Link> link_;
  TableFacts facts_;
  bool in_transaction_ = false;
  bool has_options_ = false;
  bool marker_ready_ = false;
  bool broken_ = false;
  std::string old_marker_cursor_;
};

}  // namespace uow::mysql
