#include "service/fold_ahead.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "journal/errors.h"

namespace uow {
namespace {

// A session is looked at whenever its head passes a multiple of this: fewer events are folded in the time of a round trip.
constexpr uint64_t kStepEvents = 2048;
// Events that are folded at a time; a save waits for no more.
constexpr uint64_t kPieceEvents = 16 << 10;
// Nobody knows how many will come, and to find more room later takes as long as to fold what is there. What that takes stays below
// the 8 MiB from which on jemalloc keeps no memory that was freed.
constexpr uint64_t kExpectedEvents = 32 << 10;
// 0 is the priority of other threads, 19 the lowest.
constexpr int kNice = 10;
// Folds and sessions that are given up, together.
constexpr size_t kMaxKept = 1024;

}  // namespace

FoldAhead::FoldAhead(Journal& journal, uint64_t max_bytes) : journal_(journal), max_bytes_(max_bytes) {
  if (max_bytes_ > 0) thread_ = std::thread([this] { Run(); });
}

FoldAhead::~FoldAhead() { Stop(); }

void FoldAhead::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void FoldAhead::Notice(const SessionId& session, uint64_t before, uint64_t after) {
  if (max_bytes_ == 0 || before / kStepEvents == after / kStepEvents || after < before) return;
  MutexLock lock(mutex_);
  if (std::find(queue_.begin(), queue_.end(), session) != queue_.end()) return;
  queue_.push_back(session);
  changed_.NotifyAll();
}

bool FoldAhead::idle() {
  MutexLock lock(mutex_);
  return queue_.empty() && !under_way_;
}

absl::StatusOr<FoldedRange> FoldAhead::Fold(const SessionId& session, const SchemaRef& schema, uint64_t from,
                                            const ResolvedPosition& to) {
  KeptRef kept;
  {
    MutexLock lock(mutex_);
    queue_.erase(std::remove(queue_.begin(), queue_.end(), session), queue_.end());
    while (under_way_ == session) {
      wanted_ = true;
      changed_.Wait(mutex_);
    }
    kept = TakeKept(session);
  }
  FoldedRange range;
  std::unique_ptr<RangeFold> fold;
  if (kept != nullptr && kept->fold != nullptr && kept->from == from && kept->fold->at() <= to.offset &&
      Holds(session, *kept, to.epoch)) {
    fold = std::move(kept->fold);
    range.ahead = fold->at() - from;
  } else {
    fold = std::make_unique<RangeFold>(journal_, session, schema, from);
  }
  UOW_RETURN_IF_ERROR(fold->Advance(to));
  UOW_ASSIGN_OR_RETURN(range.changes, fold->Finish());
  return range;
}

bool FoldAhead::Holds(const SessionId& session, const Kept& kept, uint64_t epoch) {
  if (kept.epoch == epoch) return true;
  // Reads nothing, but tells how far rollbacks have gone since.
  const uint64_t at = kept.fold->at();
  const absl::Status status = journal_.ReadEvents(
      session, at, at, kept.epoch, [](uint64_t, absl::string_view, uint64_t, absl::Time, v1::Event&) { return absl::OkStatus(); });
  const std::optional<v1::ErrorDetail> detail = DetailOf(status);
  if (!detail || detail->reason() != v1::ERROR_REASON_STALE_EPOCH) return false;
  return detail->stale_epoch().epoch() == epoch && detail->stale_epoch().truncated_to() >= at;
}

FoldAhead::KeptRef FoldAhead::TakeKept(const SessionId& session) {
  auto found = kept_.find(session);
  if (found == kept_.end()) return nullptr;
  KeptRef kept = std::move(found->second);
  bytes_ -= kept->bytes;
  kept_.erase(found);
  return kept;
}

// ---- The background ----

void FoldAhead::Run() {
  // For time that nobody else needs. Linux keeps a priority for every thread.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  while (const std::optional<SessionId> session = Next()) {
    KeptRef kept;
    {
      MutexLock lock(mutex_);
      kept = TakeKept(*session);
    }
    PutBack(*session, Continue(*session, std::move(kept)));
  }
}

std::optional<SessionId> FoldAhead::Next() {
  MutexLock lock(mutex_);
  while (!stopping_ && queue_.empty()) changed_.Wait(mutex_);
  if (stopping_) return std::nullopt;
  under_way_ = queue_.front();
  queue_.pop_front();
  return under_way_;
}

bool FoldAhead::ShouldPause() {
  MutexLock lock(mutex_);
  return wanted_ || stopping_;
}

FoldAhead::KeptRef FoldAhead::Begin(const SessionInfo& session) {
  absl::StatusOr<SchemaRef> schema = journal_.GetSchema(session.schema_id);
  if (!schema.ok()) return nullptr;
  auto kept = std::make_unique<Kept>();
  kept->fold = std::make_unique<RangeFold>(journal_, session.id, *std::move(schema), session.saved);
  kept->fold->Expect(kExpectedEvents);
  kept->from = session.saved;
  kept->epoch = session.epoch;
  return kept;
}

FoldAhead::KeptRef FoldAhead::Continue(const SessionId& session, KeptRef kept) {
  absl::StatusOr<SessionInfo> info = journal_.GetSession(session);
  // The events of a save that stands are in its own hands.
  if (!info.ok() || !info->open || !info->pending_save_id.empty()) return nullptr;
  if (kept == nullptr || kept->from != info->saved) kept = Begin(*info);
  if (kept == nullptr || kept->fold == nullptr) return kept;
  absl::Status status;
  // Who has rolled back what was folded does so again.
  if (!Holds(session, *kept, info->epoch)) status = absl::AbortedError("rolled back");
  while (status.ok() && kept->fold->at() < info->head && kept->bytes < max_bytes_ && !ShouldPause()) {
    uint64_t room = max_bytes_ - kept->bytes;
    status = kept->fold->Advance({std::min(info->head, kept->fold->at() + kPieceEvents), info->epoch}, &room);
    kept->bytes = max_bytes_ - room;
  }
  if (status.ok()) {
    kept->epoch = info->epoch;
  } else if (ReasonOf(status) != v1::ERROR_REASON_STALE_EPOCH) {
    // Where it is the events' fault, the save will say so.
    kept->fold = nullptr;
    kept->bytes = 0;
  }
  return kept;
}

void FoldAhead::PutBack(const SessionId& session, KeptRef kept) {
  // Freed without the mutex.
  std::vector<KeptRef> evicted;
  MutexLock lock(mutex_);
  under_way_.reset();
  wanted_ = false;
  changed_.NotifyAll();
  if (kept == nullptr) return;
  kept->last_use = ++uses_;
  bytes_ += kept->bytes;
  kept_[session] = std::move(kept);
  while (kept_.size() > kMaxKept || (bytes_ > max_bytes_ && kept_.size() > 1)) {
    auto oldest = std::min_element(kept_.begin(), kept_.end(),
                                   [](const auto& a, const auto& b) { return a.second->last_use < b.second->last_use; });
    evicted.push_back(TakeKept(oldest->first));
  }
}

}  // namespace uow
