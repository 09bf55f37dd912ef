// The steps of one save: SaveCoordinator's private part.
#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/save_task.h"
#include "journal/crash_point.h"
#include "journal/errors.h"
#include "journal/generated_pages.h"
#include "service/log.h"
#include "service/requests.h"
#include "service/save_coordinator.h"

namespace uow {
namespace {

// Waits before each try to settle a save whose COMMIT got no answer.
constexpr absl::Duration kSettlePauses[] = {absl::ZeroDuration(), absl::Milliseconds(200), absl::Seconds(1)};
// Tries with a higher fence each, where a settler finds a higher one than its own.
constexpr int kMaxFenceTries = 5;
// From so many events on a thread of its own is worth its start.
constexpr uint64_t kManyEvents = 1000;

SaveOutcome Failed(const absl::Status& status) {
  SaveOutcome outcome;
  outcome.status = status;
  return outcome;
}

absl::Status InDoubt(const std::string& save_id, const absl::Status& why) {
  v1::ErrorDetail detail;
  if (std::optional<v1::ErrorDetail> known = DetailOf(why)) detail.set_sqlstate(known->sqlstate());
  return MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT,
                   absl::StrCat("whether save ", save_id, " was committed isn't known yet, for the target can't be asked (",
                                why.message(), "): save again with the same save id, and it is settled first"),
                   detail);
}

}  // namespace

absl::StatusOr<SaveResultRef> SaveCoordinator::Run(Wish& wish, const RunningRef& running) {
  UOW_ASSIGN_OR_RETURN(SessionInfo session, journal_.GetSession(wish.session));
  if (session.dialect != v1::DIALECT_UNSPECIFIED) {
    return MakeError(v1::ERROR_REASON_TARGET_HELD_BY_CLIENT,
                     absl::StrCat("session ", wish.session.ToString(),
                                  " was opened with a dialect: its client holds the target, and "
                                  "saves with BeginSave and FinishSave"));
  }
  if (!session.pending_save_id.empty()) {
    UOW_RETURN_IF_ERROR(Settle(session));
    UOW_ASSIGN_OR_RETURN(session, journal_.GetSession(wish.session));
  }
  if (wish.save_id.empty()) {
    wish.save_id = absl::StrCat("uowd-", SessionId::Random().ToString());
    MutexLock lock(mutex_);
    running->save_id = wish.save_id;
  } else {
    UOW_ASSIGN_OR_RETURN(SaveResultRef earlier, Replay(wish));
    if (earlier != nullptr) return earlier;
  }
  return RunNew(session, wish, running);
}

absl::StatusOr<SaveResultRef> SaveCoordinator::Replay(Wish& wish) {
  auto result = std::make_shared<SaveResult>();
  std::vector<v1::GeneratedEntity> generated;
  absl::StatusOr<SaveRecord> record = journal_.GetSave(wish.session, wish.save_id, &generated);
  if (ReasonOf(record.status()) == v1::ERROR_REASON_SAVE_NOT_FOUND) return nullptr;
  if (!record.ok()) return record.status();
  result->save = std::move(record->save);
  result->generated = EncodeGeneratedPages(generated);
  const v1::Save& save = result->save;
  if (wish.to && wish.to->ok() && (*wish.to)->offset != save.to()) {
    return MakeError(v1::ERROR_REASON_SAVE_MISMATCH,
                     absl::StrCat("save id ", wish.save_id, " was used for offset ", save.to(), ", not ", (*wish.to)->offset,
                                  ": take another save id, or leave out the position"));
  }
  if (save.state() == v1::SAVE_STATE_COMMITTED) return result;
  if (!wish.to) wish.to = ResolvedPosition{save.to(), save.epoch()};
  return nullptr;
}

absl::StatusOr<SaveResultRef> SaveCoordinator::RunNew(const SessionInfo& session, const Wish& wish, const RunningRef& running) {
  ResolvedPosition to{session.head, session.epoch};
  if (wish.to) {
    UOW_ASSIGN_OR_RETURN(to, *wish.to);
  }
  UOW_RETURN_IF_ERROR(CheckNotBelowSaved(session, to.offset));
  UOW_ASSIGN_OR_RETURN(Target * target, targets_.Find(session.target));
  absl::Time start = absl::Now();
  UOW_ASSIGN_OR_RETURN(SchemaRef schema, journal_.GetSchema(session.schema_id));
  absl::Status executed;
  UOW_ASSIGN_OR_RETURN(const SaveIntent intent, Begin(session, wish, to, *target, schema, running, executed));
  {
    MutexLock lock(mutex_);
    running->to = intent.to;
  }
  if (executed.ok()) {
    absl::StatusOr<SaveOutcome> outcome = running->save->Run();
    executed = outcome.status();
    if (outcome.ok()) running->outcome = *std::move(outcome);
  } else {
    // With its transaction, before anybody hears of it and saves again.
    running->save.reset();
  }
  absl::StatusOr<SaveResultRef> result;
  if (executed.ok()) {
    result = FinishCommitted(session, intent, running->outcome);
  } else if (ReasonOf(executed) == v1::ERROR_REASON_SAVE_IN_DOUBT) {
    result = FinishInDoubt(session, intent, executed);
  } else {
    result = FinishFailed(session, intent, executed);
  }
  LogInfo(result.ok() ? "save committed" : "save failed",
          {{"session", session.id.ToString()},
           {"save_id", intent.save_id},
           {"events", absl::StrCat(intent.to - intent.from)},
           {"folded_ahead", absl::StrCat(running->range.ahead)},
           {"attempt", absl::StrCat(intent.attempt)},
           {"milliseconds", absl::StrCat(absl::ToInt64Milliseconds(absl::Now() - start))},
           {"reason", std::string(result.ok() ? "" : ReasonName(ReasonOf(result.status())))},
           {"error", std::string(result.status().message())}});
  return result;
}

absl::StatusOr<SaveIntent> SaveCoordinator::Begin(const SessionInfo& session, const Wish& wish, const ResolvedPosition& to,
                                                  Target& target, const SchemaRef& schema, const RunningRef& running,
                                                  absl::Status& folded) {
  auto begin = [&]() -> absl::StatusOr<SaveIntent> {
    UOW_ASSIGN_OR_RETURN(SaveIntent intent, journal_.BeginSave(session.id, wish.save_id, to));
    if (intent.from != session.saved) return InternalError("another save of the session ran meanwhile");
    running->save = std::make_unique<TargetSave>(target, TaskOf(session, intent, wish.transaction, schema, running));
    return intent;
  };
  auto fold = [&]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(running->range, fold_ahead_.Fold(session.id, schema, session.saved, to));
    CrashPoint("save.folded");
    return absl::OkStatus();
  };
  if (to.offset - session.saved < kManyEvents) {
    absl::StatusOr<SaveIntent> intent = begin();
    if (intent.ok()) folded = fold();
    return intent;
  }
  auto begun = std::async(std::launch::async, [&] {
    absl::StatusOr<SaveIntent> intent = begin();
    if (intent.ok()) running->save->Begin();
    return intent;
  });
  folded = fold();
  return begun.get();
}

SaveTask SaveCoordinator::TaskOf(const SessionInfo& session, const SaveIntent& intent, const TransactionOptions& transaction,
                                 const SchemaRef& schema, const RunningRef& running) {
  SaveTask task;
  task.session = session.id;
  task.intent = intent;
  task.schema = schema;
  task.changes = &running->range.changes;
  task.transaction = transaction;
  // Not a reference to `running`, which owns the save.
  task.on_progress = [this, weak = std::weak_ptr(running)](const v1::SaveProgress& progress) {
    if (RunningRef strong = weak.lock()) Progress(strong, progress);
  };
  task.session_alive = [this](const std::string& id) {
    absl::StatusOr<SessionId> parsed = SessionId::Parse(id);
    // A marker that isn't ours stays, and so does one whose session can't be read.
    return !parsed.ok() || ReasonOf(journal_.GetSession(*parsed).status()) != v1::ERROR_REASON_SESSION_NOT_FOUND;
  };
  return task;
}

absl::StatusOr<SaveResultRef> SaveCoordinator::FinishCommitted(const SessionInfo& session, const SaveIntent& intent,
                                                               SaveOutcome& outcome) {
  if (absl::Status noted = journal_.FinishSave(session.id, intent, outcome); !noted.ok()) {
    return MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT,
                     absl::StrCat("save ", intent.save_id, " was committed, but the journal can't note it (", noted.message(),
                                  "): save again with the same save id, and it is settled first"));
  }
  CrashPoint("save.finished");
  UOW_ASSIGN_OR_RETURN(SaveRecord record, journal_.GetSave(session.id, intent.save_id, nullptr));
  auto result = std::make_shared<SaveResult>();
  result->save = std::move(record.save);
  if (outcome.records) {
    result->generated = std::move(outcome.records->pages);
  } else {
    result->generated = EncodeGeneratedPages(outcome.generated);
  }
  return result;
}

// Always an error: `failure`.
absl::Status SaveCoordinator::FinishFailed(const SessionInfo& session, const SaveIntent& intent, const absl::Status& failure) {
  if (absl::Status noted = journal_.FinishSave(session.id, intent, Failed(failure)); !noted.ok()) {
    LogWarning("a failed save could not be noted; whoever asks next settles it",
               {{"session", session.id.ToString()}, {"save_id", intent.save_id}, {"error", std::string(noted.message())}});
  }
  return failure;
}

absl::StatusOr<SaveResultRef> SaveCoordinator::FinishInDoubt(const SessionInfo& session, const SaveIntent& intent,
                                                             const absl::Status& doubt) {
  LogWarning("the outcome of a save is in doubt; settling it",
             {{"session", session.id.ToString()}, {"save_id", intent.save_id}, {"error", std::string(doubt.message())}});
  absl::Status settled;
  for (absl::Duration pause : kSettlePauses) {
    absl::SleepFor(pause);
    settled = Settle(session);
    if (settled.ok()) break;
  }
  UOW_RETURN_IF_ERROR(settled);
  auto result = std::make_shared<SaveResult>();
  std::vector<v1::GeneratedEntity> generated;
  UOW_ASSIGN_OR_RETURN(SaveRecord record, journal_.GetSave(session.id, intent.save_id, &generated));
  result->generated = EncodeGeneratedPages(generated);
  result->save = std::move(record.save);
  if (result->save.state() == v1::SAVE_STATE_COMMITTED) return result;
  return MakeError(v1::ERROR_REASON_TARGET_UNAVAILABLE,
                   absl::StrCat("the connection was lost before save ", intent.save_id, " was committed, and nothing was written (",
                                doubt.message(), "): save again"));
}

absl::Status SaveCoordinator::Settle(const SessionInfo& session) {
  UOW_ASSIGN_OR_RETURN(Target * target, targets_.Find(session.target));
  absl::Status unsettled;
  for (int i = 0; i < kMaxFenceTries; ++i) {
    absl::StatusOr<SaveIntent> intent = journal_.RaiseAttempt(session.id);
    if (ReasonOf(intent.status()) == v1::ERROR_REASON_SAVE_NOT_FOUND) return absl::OkStatus();
    UOW_RETURN_IF_ERROR(intent.status());
    absl::StatusOr<SaveOutcome> outcome = SettleSave(*target, session.id.ToString(), *intent);
    if (!outcome.ok() && ReasonOf(outcome.status()) != v1::ERROR_REASON_SAVE_NOT_FOUND) {
      unsettled = InDoubt(intent->save_id, outcome.status());
      if (ReasonOf(outcome.status()) == v1::ERROR_REASON_FENCED) continue;
      return unsettled;
    }
    if (!outcome.ok()) {
      outcome = Failed(MakeError(v1::ERROR_REASON_SAVE_IN_DOUBT,
                                 "the save was interrupted before its transaction was committed; nothing "
                                 "was written, and it can be run again"));
    }
    LogInfo("save settled", {{"session", session.id.ToString()},
                             {"save_id", intent->save_id},
                             {"outcome", outcome->status.ok() ? "committed" : "not committed"}});
    return journal_.FinishSave(session.id, *intent, *outcome);
  }
  return unsettled;
}

}  // namespace uow
