#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "journal/schema_index.h"
#include "uow/v1/save_service.pb.h"
#include "uow/v1/schema_service.pb.h"

namespace uow {

// A statement as PlanSave shows it and a connection runs it.
struct RenderedStep {
  std::string sql;
  v1::ParameterStyle style = v1::PARAMETER_STYLE_UNSPECIFIED;
};

// A plan as PlanSave shows it and a save runs it.
struct RenderedPlan {
  // What runs ahead of the steps.
  std::vector<v1::PlannedStatement> ahead;
  // One for each step.
  std::vector<RenderedStep> steps;
};

// How a transaction runs where it isn't as the target has it.
struct TransactionOptions {
  v1::IsolationLevel isolation_level = v1::ISOLATION_LEVEL_UNSPECIFIED;
  // How long a statement may take, at least a millisecond. The target's own limit counts where it is lower.
  absl::Duration statement_timeout = absl::InfiniteDuration();
};

// A session's row in uow_saves.
struct Marker {
  uint64_t fence = 0;
  std::string save_id;  // empty where no save was executed
  uint64_t saved = 0;
  std::string result;  // a v1::SaveResult, serialised
};

// One connection to a target. Not thread-safe: one save at a time.
//
// Errors of every method: TARGET_UNAVAILABLE, TARGET_DENIED, TARGET_SCHEMA_CHANGED, TARGET_CONFLICT (replay may help),
// TARGET_REJECTED. After an error within a transaction only Rollback is allowed. Methods never throw.
class Connection {
 public:
  virtual ~Connection() = default;

  // Creates uow_saves where it is missing. Outside of a transaction.
  virtual absl::Status EnsureMarkerTable() = 0;

  // The options hold until the transaction ends.
  virtual absl::Status Begin(const TransactionOptions& options) = 0;
  absl::Status Begin() { return Begin({}); }
  // Checks deferred constraints, then commits. CONSTRAINT_… where a deferred one fails: not committed. SAVE_IN_DOUBT where the
  // reply was lost: nobody knows.
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;

  // Raises the fence within the transaction, where it is lower and the row's save id is `executed_save_id`; inserts the row where
  // it is absent and `executed_save_id` is empty. FENCED where the row's fence is not lower; MARKER_LOST where its save id is
  // another or it is absent.
  virtual absl::Status TakeFence(const std::string& session, uint64_t fence, const std::string& executed_save_id) = 0;
  // Writes the outcome into the session's row, within the transaction that took the fence.
  virtual absl::Status WriteMarker(const std::string& session, const Marker& marker) = 0;
  // For settling: raises the fence (inserting the row where it is absent) and returns the row, in one transaction of its own that
  // is committed on return. FENCED where the fence is not lower.
  virtual absl::StatusOr<Marker> Settle(const std::string& session, uint64_t fence) = 0;
  // Removes at most `limit` rows of sessions that have not saved for 24 hours and are not in use, after a save. Best effort.
  // `alive` says whether a session (hexadecimal id) still exists.
  virtual void RemoveOldMarkers(size_t limit, const std::function<bool(const std::string& session)>& alive) = 0;

  // Draws keys that AllocateKeys will want, as far as net changes tell before they are planned. Within a transaction, at most once.
  virtual absl::Status DrawKeys(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes) { return absl::OkStatus(); }
  // Generates keys for all handles of the plan that can be drawn ahead of the inserts, into `keys`. Dialects without sequences do
  // nothing.
  virtual absl::Status AllocateKeys(const SchemaIndex& schema, const Plan& plan, HandleMap& keys) = 0;
  // Runs one step and checks that it affected as many rows as it has. Sets the keys that it generated. CONSTRAINT_…, STALE_ENTITY
  // with all entities that are missing: errors carry `offset` and `entities` where the row is known. `step` and `keys` outlive the
  // transaction: Commit may have to name their rows.
  virtual absl::Status RunStep(const SchemaIndex& schema, const Step& step, HandleMap& keys) = 0;

  // The rows of an update or delete that aren't there as the step's keys and checks have them. Only reads, within a transaction.
  virtual absl::StatusOr<std::vector<const StepRow*>> FindMissing(const SchemaIndex& schema, const Step& step, HandleMap& keys) = 0;

  // Whether the connection can be used again.
  virtual bool healthy() const = 0;
};

// What DescribeTarget returns of a database.
struct TargetDescription {
  v1::Schema schema;
  std::vector<v1::SkippedTable> skipped;
};

// A configured SQL database: connects, and knows its dialect. Thread-safe.
class Target {
 public:
  virtual ~Target() = default;

  virtual const std::string& name() const = 0;
  virtual v1::Dialect dialect() const = 0;
  virtual PlanTraits traits() const = 0;
  // Whether a transaction keeps all others from writing from its begin on.
  virtual bool locks_all() const { return false; }

  // The statement of a step, as far as the schema tells. Names are quoted names of the schema; values are placeholders.
  // Deterministic.
  virtual RenderedStep Render(const SchemaIndex& schema, const Step& step) const = 0;
  // The statement that AllocateKeys runs for a plan, for PlanSave; no sql where there is none.
  virtual std::vector<v1::PlannedStatement> RenderKeyAllocation(const SchemaIndex& schema, const Plan& plan) const = 0;

  // All of a plan, as far as the schema tells.
  RenderedPlan RenderBySchema(const SchemaIndex& schema, const Plan& plan) const;
  // What a save would run: the same, unless the dialect asks the catalog how to run it. TARGET_UNAVAILABLE, TARGET_DENIED,
  // TARGET_SCHEMA_CHANGED.
  virtual absl::StatusOr<RenderedPlan> RenderPlan(const SchemaIndex& schema, const Plan& plan) {
    return RenderBySchema(schema, plan);
  }

  // Reads the catalog. TARGET_UNAVAILABLE, TARGET_DENIED.
  virtual absl::StatusOr<TargetDescription> Describe() = 0;
  // An idle connection of the pool, or a new one. Give it back by Release.
  virtual absl::StatusOr<std::unique_ptr<Connection>> Acquire() = 0;
  // Back to the pool; closed where it is unhealthy or the pool is full.
  virtual void Release(std::unique_ptr<Connection> connection) = 0;
};

// Settings of a target.
struct TargetConfig {
  std::string name;
  // "sqlite:/path/to/file.db", "postgresql://…" / a libpq connection string after "postgresql:", or "mysql://…" / "mariadb://…".
  std::string dsn;
  absl::Duration connect_timeout = absl::Seconds(10);
  absl::Duration statement_timeout = absl::Minutes(5);
  size_t pool_size = 4;
};

// Makes the target that the DSN's scheme names. Connects to nothing. INVALID_REQUEST for an unknown scheme; never shows a password.
absl::StatusOr<std::unique_ptr<Target>> MakeTarget(const TargetConfig& config);

}  // namespace uow
