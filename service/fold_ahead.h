#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal/journal.h"
#include "journal/mutex.h"
#include "journal/schema_index.h"
#include "service/range_fold.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// A range's net changes.
struct FoldedRange {
  std::vector<v1::NetChange> changes;
  uint64_t ahead = 0;  // how many of its events had been folded before it was asked for
};

// Folds what sessions append while they append it, in the background, so that a save finds most of its range folded. A session's
// fold begins where it is saved to; the next save that ends behind it uses it up. A fold is dropped where a rollback goes below its
// end, where a save ends within it, and where others need the room; the save then folds its range by itself.
//
// Folds live in memory alone: they are made of what is durable, and whether one is there changes nothing but the time that a save
// takes. Thread-safe.
class FoldAhead {
 public:
  // The journal outlives it. Keeps folds of about `max_bytes` in all. 0: nothing is folded ahead.
  FoldAhead(Journal& journal, uint64_t max_bytes);
  ~FoldAhead();
  FoldAhead(const FoldAhead&) = delete;
  FoldAhead& operator=(const FoldAhead&) = delete;

  // The session's durable events went from `before` to `after`. Acts on every so many of them. Never blocks.
  void Notice(const SessionId& session, uint64_t before, uint64_t after);

  // Folds the events of [from, to.offset) as FoldRange does, where `from` is what the session is saved to. Waits for the fold that
  // is under way for the session, a few milliseconds at most.
  absl::StatusOr<FoldedRange> Fold(const SessionId& session, const SchemaRef& schema, uint64_t from, const ResolvedPosition& to);

  // Whether it has caught up with everything that it was told of.
  bool idle();

  // Folds nothing ahead any more. Idempotent.
  void Stop();

 private:
  struct Kept {
    std::unique_ptr<RangeFold> fold;  // null: given up until the session is saved further than `from`
    uint64_t from = 0;
    uint64_t epoch = 0;
    uint64_t bytes = 0;
    uint64_t last_use = 0;
  };
  using KeptRef = std::unique_ptr<Kept>;

  void Run();
  // Waits for a session to fold ahead; none at the end.
  std::optional<SessionId> Next();
  // Takes what is kept of the session, if anything is.
  KeptRef TakeKept(const SessionId& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Folds what the session has appended since, and returns what is to be kept.
  KeptRef Continue(const SessionId& session, KeptRef kept);
  // Null where nothing is to be folded.
  KeptRef Begin(const SessionInfo& session);
  void PutBack(const SessionId& session, KeptRef kept);
  // Whether a save waits for what is under way, or the end.
  bool ShouldPause();
  // Whether the events of the fold are those of the session in `epoch` still.
  bool Holds(const SessionId& session, const Kept& kept, uint64_t epoch);

  Journal& journal_;
  const uint64_t max_bytes_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<SessionId> queue_ ABSL_GUARDED_BY(mutex_);
  std::optional<SessionId> under_way_ ABSL_GUARDED_BY(mutex_);
  bool wanted_ ABSL_GUARDED_BY(mutex_) = false;  // a save waits for what is under way
  uint64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of kept_
  absl::flat_hash_map<SessionId, KeptRef> kept_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace uow
