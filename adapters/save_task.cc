#include "adapters/save_task.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/generated.h"
#include "adapters/marker.h"
#include "adapters/plan/plan.h"
#include "adapters/save_result.h"
#include "journal/crash_point.h"
#include "journal/errors.h"

namespace uow {
namespace {

constexpr int kMaxReplays = 5;
constexpr size_t kMarkersPerSave = 20;

// A connection that goes back to its target.
class Lease {
 public:
  static absl::StatusOr<Lease> Take(Target& target) {
    UOW_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, target.Acquire());
    return Lease(target, std::move(connection));
  }
  Lease(Lease&&) = default;
  ~Lease() {
    if (connection_ != nullptr) target_->Release(std::move(connection_));
  }
  Connection* operator->() const { return connection_.get(); }

 private:
  Lease(Target& target, std::unique_ptr<Connection> connection) : target_(&target), connection_(std::move(connection)) {}

  Target* target_;
  std::unique_ptr<Connection> connection_;
};

// Waits before a replay: 20 ms, doubled each time, half of it at random so that two savers don't meet again.
void BackOff(int replay) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int64_t most = int64_t{20'000} << std::min(replay, 8);
  std::this_thread::sleep_for(std::chrono::microseconds(most / 2 + static_cast<int64_t>(random()) % (most / 2)));
}

SaveOutcome CountRows(const Plan& plan) {
  SaveOutcome outcome;
  for (const Step& step : plan.steps) {
    uint64_t& count = step.kind == StepKind::kInsert   ? outcome.inserted
                      : step.kind == StepKind::kUpdate ? outcome.updated
                                                       : outcome.deleted;
    count += step.rows.size();
  }
  return outcome;
}

absl::StatusOr<SaveOutcome> OutcomeOf(const std::string& session, const Marker& marker) {
  absl::StatusOr<SaveOutcome> outcome = DecodeSaveResult(marker.result);
  if (outcome.ok()) return outcome;
  return MakeError(v1::ERROR_REASON_MARKER_LOST,
                   absl::StrCat("session ", session, ": the result in its row of uow_saves is damaged; save ", marker.save_id,
                                " was committed, but its keys can't be read"));
}

// One transaction of a save.
class SaveRun {
 public:
  SaveRun(const SaveTask& task, const Plan& plan) : task_(task), plan_(plan) {}

  // Errors other than SAVE_IN_DOUBT mean that nothing was written.
  absl::StatusOr<SaveOutcome> Run(Connection& connection) {
    UOW_RETURN_IF_ERROR(connection.EnsureMarkerTable());
    absl::Status begun = connection.Begin();
    if (!begun.ok()) {
      connection.Rollback();
      return begun;
    }
    CrashPoint("save.begun");
    absl::StatusOr<SaveOutcome> outcome = RunStatements(connection);
    absl::Status status = outcome.status();
    if (status.ok()) {
      CrashPoint("save.marker_written");
      status = connection.Commit();
    }
    if (!status.ok()) {
      if (ReasonOf(status) != v1::ERROR_REASON_SAVE_IN_DOUBT) connection.Rollback();
      return status;
    }
    CrashPoint("save.committed");
    return outcome;
  }

 private:
  absl::StatusOr<SaveOutcome> RunStatements(Connection& connection) {
    const SaveIntent& intent = task_.intent;
    UOW_RETURN_IF_ERROR(connection.TakeFence(task_.session, intent.attempt, intent.executed_save_id));
    CrashPoint("save.fence_taken");
    UOW_RETURN_IF_ERROR(connection.AllocateKeys(*task_.schema, plan_, keys_));
    v1::SaveProgress progress;
    progress.set_statements_total(plan_.steps.size());
    progress.set_rows_total(plan_.rows());
    Report(progress);
    for (const Step& step : plan_.steps) {
      UOW_RETURN_IF_ERROR(connection.RunStep(*task_.schema, step, keys_));
      progress.set_statements_done(progress.statements_done() + 1);
      progress.set_rows_done(progress.rows_done() + step.rows.size());
      Report(progress);
    }
    CrashPoint("save.statements_run");

    SaveOutcome outcome = CountRows(plan_);
    outcome.executed = true;
    UOW_ASSIGN_OR_RETURN(outcome.generated, GeneratedEntities(*task_.schema, *task_.changes, keys_));
    Marker marker;
    marker.fence = intent.attempt;
    marker.save_id = intent.save_id;
    marker.saved = intent.to;
    UOW_ASSIGN_OR_RETURN(marker.result, EncodeSaveResult(outcome));
    UOW_RETURN_IF_ERROR(connection.WriteMarker(task_.session, marker));
    return outcome;
  }

  void Report(const v1::SaveProgress& progress) const {
    if (task_.on_progress) task_.on_progress(progress);
  }

  const SaveTask& task_;
  const Plan& plan_;
  HandleMap keys_;
};

// Whether an error of a transaction is worth another try. `replay` counts from 0.
bool MayReplay(const absl::Status& status, int replay) {
  // A pooled connection may have died since it was last used; a second one is new.
  if (ReasonOf(status) == v1::ERROR_REASON_TARGET_UNAVAILABLE) return replay == 0;
  return ReasonOf(status) == v1::ERROR_REASON_TARGET_CONFLICT && replay < kMaxReplays;
}

}  // namespace

absl::StatusOr<SaveOutcome> RunSave(Target& target, const SaveTask& task) {
  UOW_ASSIGN_OR_RETURN(const Plan plan, BuildPlan(*task.schema, *task.changes, target.traits()));
  if (plan.steps.empty()) return SaveOutcome();
  for (int replay = 0;; ++replay) {
    UOW_ASSIGN_OR_RETURN(Lease lease, Lease::Take(target));
    absl::StatusOr<SaveOutcome> outcome = SaveRun(task, plan).Run(*lease.operator->());
    if (outcome.ok()) {
      if (task.session_alive) lease->RemoveOldMarkers(kMarkersPerSave, task.session_alive);
      return outcome;
    }
    if (!MayReplay(outcome.status(), replay)) return outcome;
    // The connection goes back before the wait: others may need it.
    { Lease done = std::move(lease); }
    BackOff(replay);
  }
}

absl::StatusOr<SaveOutcome> SettleSave(Target& target, const std::string& session, const SaveIntent& intent) {
  for (int replay = 0;; ++replay) {
    absl::StatusOr<Marker> marker = [&]() -> absl::StatusOr<Marker> {
      UOW_ASSIGN_OR_RETURN(Lease lease, Lease::Take(target));
      UOW_RETURN_IF_ERROR(lease->EnsureMarkerTable());
      return lease->Settle(session, intent.attempt);
    }();
    if (!marker.ok()) {
      if (replay > 0 && ReasonOf(marker.status()) == v1::ERROR_REASON_FENCED) {
        // Perhaps by this very call, whose connection was lost while it committed.
        return MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT, absl::StrCat("session ", session, ": the connection was lost while save ",
                                                                      intent.save_id, " was settled; settle it again"));
      }
      if (!MayReplay(marker.status(), replay)) return marker.status();
      BackOff(replay);
      continue;
    }
    CrashPoint("settle.fence_committed");
    if (marker->save_id == intent.save_id) return OutcomeOf(session, *marker);
    if (marker->save_id == intent.executed_save_id) {
      return MakeError(v1::ERROR_REASON_SAVE_NOT_FOUND,
                       absl::StrCat("session ", session, ": save ", intent.save_id, " was not committed, and never will be"));
    }
    return MarkerError(session, intent.attempt + 1, intent.executed_save_id, *marker);
  }
}

}  // namespace uow
