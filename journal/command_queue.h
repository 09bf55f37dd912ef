#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "journal/journal.h"
#include "journal/mutex.h"

namespace uow {

class GroupCommit;

// Something other than a command that the committer does in its order, for a caller who waits.
class Call {
 public:
  // `run` takes part in a group commit: it checks, and stages its writes or fails. The group in which it runs has nothing staged of
  // `session`, so that the store can be read for its state.
  Call(const SessionId& session, std::function<absl::Status(GroupCommit&)> run) : session_(session), run_(std::move(run)) {}

  const SessionId& session() const { return session_; }
  absl::Status Run(GroupCommit& group) { return run_(group); }

  // The committer's: what was staged is durable, or the call failed.
  void Finish(absl::Status status);
  // The caller's.
  absl::Status Wait();

 private:
  const SessionId session_;
  const std::function<absl::Status(GroupCommit&)> run_;
  Mutex mutex_;
  CondVar finished_;
  std::optional<absl::Status> status_ ABSL_GUARDED_BY(mutex_);
};

// A command, or a call where `call` is set.
struct QueueItem {
  std::shared_ptr<CommandSource> source;
  Command command;
  uint64_t hash = 0;
  Call* call = nullptr;
  bool refused = false;  // it came after the shutdown
};

// What waits for the committer, in order, within a budget of bytes. Commands count until they are durable; calls are bounded by the
// threads that wait for them. Thread-safe.
class CommandQueue {
 public:
  explicit CommandQueue(size_t budget_bytes) : budget_(budget_bytes) {}

  // False where the budget is spent.
  bool Push(QueueItem item);
  void PushCall(Call& call);
  void WhenReady(std::function<void()> ready);
  // From now on, what is pushed is refused.
  void Refuse();
  // Ends Take once the queue is empty.
  void Close();

  // The committer's. Waits for work and takes about a group commit's worth into `items`, which is empty. False at the end.
  bool Take(std::vector<QueueItem>& items);
  // The items that were taken last are done. Calls those that wait for room.
  void Done();

 private:
  // What is taken at once: large enough to make the sync cheap, small enough to be done soon.
  static constexpr size_t kSegmentBytes = 4 << 20;

  struct Segment {
    std::vector<QueueItem> items;
    size_t bytes = 0;
  };

  // Whether the committer waits, and is to be woken.
  bool Add(QueueItem item, size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t budget_;
  Mutex mutex_;
  CondVar work_;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool refusing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t used_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Segment> segments_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> ready_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow
