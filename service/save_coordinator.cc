#include "service/save_coordinator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "service/log.h"
#include "service/requests.h"
#include "service/runtime.h"

namespace uow {
namespace {

constexpr absl::Duration kProgressInterval = absl::Milliseconds(100);

absl::Status Busy(const std::string& save_id) {
  return MakeError(v1::ERROR_REASON_SAVE_IN_PROGRESS,
                   absl::StrCat("save ", save_id, " of the session is running: wait for it; then try again"));
}

}  // namespace

SaveCoordinator::SaveCoordinator(Journal& journal, const Targets& targets, ClientSaves& client_saves, FoldAhead& fold_ahead,
                                 BlockingPool& pool)
    : journal_(journal), targets_(targets), client_saves_(client_saves), fold_ahead_(fold_ahead), pool_(pool) {}

void SaveCoordinator::Save(SaveCall call) {
  auto shared = std::make_shared<SaveCall>(std::move(call));
  if (pool_.TryPost([this, shared] { ResolveAndRun(shared); })) return;
  shared->observer->OnDone(Overloaded("too many saves are waiting"));
}

void SaveCoordinator::ResolveAndRun(const std::shared_ptr<SaveCall>& call) {
  Wish wish{call->session, call->save_id, call->transaction, std::nullopt};
  absl::StatusOr<SessionInfo> session = journal_.GetSession(call->session);
  if (!session.ok()) return call->observer->OnDone(session.status());
  if (call->to) {
    auto resolved = ResolvePosition(journal_, *session, *call->to, call->deadline);
    if (resolved.ok() && !*resolved) {
      if (call->gone()) return call->observer->OnDone(absl::CancelledError("the client went away"));
      {
        MutexLock lock(mutex_);
        if (!draining_) return pool_.Post([this, call] { ResolveAndRun(call); });
      }
      return call->observer->OnDone(ShuttingDown());
    }
    if (resolved.ok()) {
      wish.to = **resolved;
    } else {
      wish.to = resolved.status();
    }
  }
  RunningRef running = Claim(*call, wish);
  if (running == nullptr) return;
  EndRunning(call->session, running, Run(wish, running));
  ClearAway(running);
}

SaveCoordinator::RunningRef SaveCoordinator::Claim(const SaveCall& call, const Wish& wish) {
  absl::Status refusal;
  {
    MutexLock lock(mutex_);
    auto it = running_.find(call.session);
    for (; it != running_.end() && it->second->settling; it = running_.find(call.session)) changed_.Wait(mutex_);
    if (draining_) {
      refusal = ShuttingDown();
    } else if (it == running_.end()) {
      auto running = std::make_shared<Running>();
      running->save_id = call.save_id;
      running->observers.push_back(call.observer);
      if (wish.to && wish.to->ok()) running->to = (*wish.to)->offset;
      running_.emplace(call.session, running);
      return running;
    } else if (Running& other = *it->second; call.save_id.empty() || other.save_id != call.save_id) {
      refusal = Busy(other.save_id);
    } else if (other.to && wish.to && wish.to->ok() && *other.to != (*wish.to)->offset) {
      refusal = MakeError(v1::ERROR_REASON_SAVE_MISMATCH, absl::StrCat("save ", call.save_id, " is running up to offset ",
                                                                       *other.to, ", not ", (*wish.to)->offset));
    } else {
      other.observers.push_back(call.observer);
      return nullptr;
    }
  }
  call.observer->OnDone(refusal);
  return nullptr;
}

void SaveCoordinator::EndRunning(const SessionId& session, const RunningRef& running, const absl::StatusOr<SaveResultRef>& result) {
  std::vector<std::shared_ptr<SaveObserver>> observers;
  {
    MutexLock lock(mutex_);
    observers.swap(running->observers);
    running_.erase(session);
    if (running->save != nullptr) ++clearing_;
    changed_.NotifyAll();
  }
  for (const auto& observer : observers) observer->OnDone(result);
}

void SaveCoordinator::ClearAway(const RunningRef& running) {
  if (running->save == nullptr) return;
  bool draining;
  {
    MutexLock lock(mutex_);
    draining = draining_;
  }
  if (!draining) running->save->TidyUp();
  running->save.reset();
  running->range = {};
  running->outcome = {};
  MutexLock lock(mutex_);
  --clearing_;
  changed_.NotifyAll();
}

void SaveCoordinator::Progress(const RunningRef& running, const v1::SaveProgress& progress) {
  absl::Time now = absl::Now();
  bool last = progress.statements_done() == progress.statements_total();
  std::vector<std::shared_ptr<SaveObserver>> observers;
  {
    MutexLock lock(mutex_);
    if (!last && now - running->last_progress < kProgressInterval) return;
    running->last_progress = now;
    observers = running->observers;
  }
  for (const auto& observer : observers) observer->OnProgress(progress);
}

absl::Status SaveCoordinator::SettleIfOrphan(const SessionId& session) {
  auto running = std::make_shared<Running>();
  running->settling = true;
  {
    MutexLock lock(mutex_);
    auto it = running_.find(session);
    for (; it != running_.end() && it->second->settling; it = running_.find(session)) changed_.Wait(mutex_);
    if (it != running_.end()) return Busy(it->second->save_id);
    if (draining_) return ShuttingDown();
    running_.emplace(session, running);
  }
  auto settle = [&]() -> absl::Status {
    UOW_ASSIGN_OR_RETURN(SessionInfo info, journal_.GetSession(session));
    if (info.pending_save_id.empty()) return absl::OkStatus();
    if (info.dialect != v1::DIALECT_UNSPECIFIED) return client_saves_.WhyStanding(info);
    return Settle(info);
  };
  absl::Status status = settle();
  EndRunning(session, running, status.ok() ? absl::StatusOr<SaveResultRef>(nullptr) : status);
  return status;
}

bool SaveCoordinator::Drain(absl::Time deadline) {
  std::vector<std::shared_ptr<SaveObserver>> left;
  {
    MutexLock lock(mutex_);
    draining_ = true;
    changed_.NotifyAll();
    while ((!running_.empty() || clearing_ > 0) && absl::Now() < deadline) changed_.WaitUntil(mutex_, absl::ToChronoTime(deadline));
    for (const auto& [session, running] : running_) {
      LogWarning("save still running at shutdown; the next server settles it",
                 {{"session", session.ToString()}, {"save_id", running->save_id}});
      std::move(running->observers.begin(), running->observers.end(), std::back_inserter(left));
      running->observers.clear();
    }
    if (running_.empty()) return clearing_ == 0;
  }
  for (const auto& observer : left) observer->OnDone(ShuttingDown());
  return false;
}

}  // namespace uow
