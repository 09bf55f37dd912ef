#include "adapters/save_task.h"

#include <algorithm>
#include <future>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/generated.h"
#include "adapters/lease.h"
#include "adapters/marker.h"
#include "adapters/plan/plan.h"
#include "adapters/save_result.h"
#include "adapters/stale_rows.h"
#include "journal/crash_point.h"
#include "journal/errors.h"
#include "journal/generated_records.h"

namespace uow {
namespace {

constexpr int kMaxReplays = 5;
constexpr size_t kMarkersPerSave = 20;
// From so many rows on a thread of its own is worth its start.
constexpr uint64_t kManyRows = 1000;

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

// What a save tells of itself: its outcome, and the same for the marker.
struct Report {
  SaveOutcome outcome;
  std::string result;
};

absl::StatusOr<Report> MakeReport(const SaveTask& task, const Plan& plan, const HandleMap& generated, bool target_waits) {
  Report report;
  report.outcome = CountRows(plan);
  report.outcome.executed = true;
  UOW_ASSIGN_OR_RETURN(report.outcome.generated, GeneratedEntities(*task.schema, *task.changes, generated, target_waits));
  UOW_ASSIGN_OR_RETURN(report.result, EncodeSaveResult(report.outcome));
  return report;
}

// Whether no step generates anything any more: all keys are drawn, and the database moves no version.
bool IsGenerated(const Plan& plan, const HandleMap& keys) {
  return std::all_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    return step.version_column < 0 && (step.generated < 0 || keys.Resolve(step.rows[0].values[step.generated]) != nullptr);
  });
}

}  // namespace

// One transaction of a save, on a connection of its own.
class SaveRun {
 public:
  SaveRun(Target& target, const SaveTask& task) : target_(target), task_(task), session_(task.session.ToString()) {}

  ~SaveRun() {
    if (open_) Rollback();
  }
  SaveRun(const SaveRun&) = delete;
  SaveRun& operator=(const SaveRun&) = delete;

  // Everything up to the first statement that wants to know the changes. Errors of this and the other steps but SAVE_IN_DOUBT mean
  // that nothing was written, and leave no transaction open.
  absl::Status Begin() {
    UOW_ASSIGN_OR_RETURN(Lease lease, Lease::Take(target_));
    lease_.emplace(std::move(lease));
    UOW_RETURN_IF_ERROR(connection().EnsureMarkerTable());
    open_ = true;
    return Ended(TakeFence());
  }

  // Draws keys for the changes before there is a plan of them.
  absl::Status DrawKeys() { return Ended(connection().DrawKeys(*task_.schema, *task_.changes)); }

  // Runs a plan of the changes, which outlives the run.
  absl::StatusOr<SaveOutcome> Run(const Plan& plan) {
    absl::Status status = RunStatements(plan);
    if (status.ok()) {
      CrashPoint("save.marker_written");
      status = connection().Commit();
    }
    if (status.ok() || ReasonOf(status) == v1::ERROR_REASON_SAVE_IN_DOUBT) open_ = false;
    if (!status.ok()) {
      status = Ended(std::move(status));
      if (ReasonOf(status) != v1::ERROR_REASON_STALE_ENTITY) return status;
      return NameAllStaleRows(connection(), *task_.schema, *task_.changes, plan, status);
    }
    CrashPoint("save.committed");
    if (records_.valid()) {
      // Where it fails the journal finds out why.
      if (absl::StatusOr<GeneratedRecords> records = records_.get(); records.ok()) outcome_.records = *std::move(records);
    }
    return std::move(outcome_);
  }

  // Whether there was a connection to begin on.
  bool connected() const { return lease_.has_value(); }
  Connection& connection() const { return **lease_; }

 private:
  // Rolls back after an error.
  absl::Status Ended(absl::Status status) {
    if (!status.ok() && open_) Rollback();
    return status;
  }

  void Rollback() {
    open_ = false;
    connection().Rollback();
  }

  absl::Status TakeFence() {
    UOW_RETURN_IF_ERROR(connection().Begin(task_.transaction));
    CrashPoint("save.begun");
    UOW_RETURN_IF_ERROR(connection().TakeFence(session_, task_.intent.attempt, task_.intent.executed_save_id));
    CrashPoint("save.fence_taken");
    return absl::OkStatus();
  }

  absl::Status RunStatements(const Plan& plan) {
    const SaveIntent& intent = task_.intent;
    UOW_RETURN_IF_ERROR(connection().AllocateKeys(*task_.schema, plan, keys_));
    // Where nothing more is generated, the report of many rows is made while the target is at work.
    std::future<absl::StatusOr<Report>> early;
    if (plan.rows() >= kManyRows && IsGenerated(plan, keys_)) {
      early = std::async(std::launch::async, [this, &plan]() -> absl::StatusOr<Report> {
        absl::StatusOr<Report> report = MakeReport(task_, plan, keys_, /*target_waits=*/false);
        if (!report.ok()) return report;
        UOW_ASSIGN_OR_RETURN(report->outcome.records, RecordsOf(report->outcome));
        return report;
      });
    }
    v1::SaveProgress progress;
    progress.set_statements_total(plan.steps.size());
    progress.set_rows_total(plan.rows());
    Tell(progress);
    for (const Step& step : plan.steps) {
      UOW_RETURN_IF_ERROR(connection().RunStep(*task_.schema, step, keys_));
      progress.set_statements_done(progress.statements_done() + 1);
      progress.set_rows_done(progress.rows_done() + step.rows.size());
      Tell(progress);
    }
    CrashPoint("save.statements_run");

    const bool made = early.valid();
    UOW_ASSIGN_OR_RETURN(Report report, made ? early.get() : MakeReport(task_, plan, keys_, /*target_waits=*/true));
    outcome_ = std::move(report.outcome);
    // The marker does without them.
    if (!made) {
      records_ =
          std::async(plan.rows() >= kManyRows ? std::launch::async : std::launch::deferred, [this] { return RecordsOf(outcome_); });
    }
    Marker marker;
    marker.fence = intent.attempt;
    marker.save_id = intent.save_id;
    marker.saved = intent.to;
    marker.result = std::move(report.result);
    return connection().WriteMarker(session_, marker);
  }

  absl::StatusOr<GeneratedRecords> RecordsOf(const SaveOutcome& outcome) const {
    return MakeGeneratedRecords(task_.session, task_.schema.get(), outcome.generated);
  }

  void Tell(const v1::SaveProgress& progress) const {
    if (task_.on_progress) task_.on_progress(progress);
  }

  Target& target_;
  const SaveTask& task_;
  const std::string session_;
  std::optional<Lease> lease_;
  bool open_ = false;  // the transaction
  HandleMap keys_;
  SaveOutcome outcome_;
  std::future<absl::StatusOr<GeneratedRecords>> records_;
};

namespace {

// Whether an error of a transaction is worth another try. `replay` counts from 0.
bool MayReplay(const absl::Status& status, int replay) {
  // A pooled connection may have died since it was last used; a second one is new.
  if (ReasonOf(status) == v1::ERROR_REASON_TARGET_UNAVAILABLE) return replay == 0;
  return ReasonOf(status) == v1::ERROR_REASON_TARGET_CONFLICT && replay < kMaxReplays;
}

}  // namespace

TargetSave::TargetSave(Target& target, SaveTask task) : target_(target), task_(std::move(task)) {}
TargetSave::~TargetSave() = default;

void TargetSave::Begin() {
  if (target_.locks_all()) return;
  run_ = std::make_unique<SaveRun>(target_, task_);
  begun_ = run_->Begin();
}

absl::StatusOr<SaveOutcome> TargetSave::Run() {
  // The transaction of many changes begins while they are planned, if it hasn't before.
  std::future<void> ahead;
  if (task_.changes->size() >= kManyRows && !target_.locks_all()) {
    ahead = std::async(std::launch::async, [this] {
      if (!begun_) Begin();
      if (begun_->ok()) begun_ = run_->DrawKeys();
    });
  }
  absl::StatusOr<Plan> plan = BuildPlan(*task_.schema, *task_.changes, target_.traits());
  if (ahead.valid()) ahead.get();
  if (!plan.ok() || plan->steps.empty()) {
    run_.reset();
    if (!plan.ok()) return plan.status();
    return SaveOutcome();
  }
  plan_ = *std::move(plan);
  for (int replay = 0;; ++replay) {
    if (!begun_) {
      run_ = std::make_unique<SaveRun>(target_, task_);
      begun_ = run_->Begin();
    }
    absl::Status status = *std::exchange(begun_, std::nullopt);
    if (status.ok()) {
      absl::StatusOr<SaveOutcome> outcome = run_->Run(plan_);
      if (outcome.ok()) return outcome;
      status = outcome.status();
    }
    const bool connected = run_->connected();
    // The connection goes back before the wait: others may need it.
    run_.reset();
    if (!connected || !MayReplay(status, replay)) return status;
    BackOff(replay);
  }
}

void TargetSave::TidyUp() {
  if (run_ && task_.session_alive) run_->connection().RemoveOldMarkers(kMarkersPerSave, task_.session_alive);
}

absl::StatusOr<SaveOutcome> RunSave(Target& target, const SaveTask& task) {
  TargetSave save(target, task);
  absl::StatusOr<SaveOutcome> outcome = save.Run();
  save.TidyUp();
  return outcome;
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
