#include "journal/command_queue.h"

#include <utility>

namespace uow {
namespace {

size_t BytesOf(const Command& command) {
  constexpr size_t kOverhead = sizeof(QueueItem) + 64;
  if (const auto* append = std::get_if<AppendAction>(&command.action)) return kOverhead + append->bytes.size();
  return kOverhead;
}

}  // namespace

void Call::Finish(absl::Status status) {
  // Notified under the lock: the caller destroys the call as soon as it sees the status.
  MutexLock lock(mutex_);
  status_ = std::move(status);
  finished_.NotifyAll();
}

absl::Status Call::Wait() {
  MutexLock lock(mutex_);
  while (!status_) finished_.Wait(mutex_);
  return *std::move(status_);
}

bool CommandQueue::Push(QueueItem item) {
  size_t bytes = BytesOf(item.command);
  bool wake;
  {
    MutexLock lock(mutex_);
    if (used_ >= budget_) return false;
    used_ += bytes;
    wake = Add(std::move(item), bytes);
  }
  // Not under the lock, which is the first thing that the committer wants when it wakes.
  if (wake) work_.NotifyOne();
  return true;
}

void CommandQueue::PushCall(Call& call) {
  QueueItem item;
  item.call = &call;
  bool wake;
  {
    MutexLock lock(mutex_);
    wake = Add(std::move(item), 0);
  }
  if (wake) work_.NotifyOne();
}

bool CommandQueue::Add(QueueItem item, size_t bytes) {
  item.refused = refusing_;
  if (segments_.empty() || segments_.back().bytes >= kSegmentBytes) segments_.emplace_back();
  segments_.back().items.push_back(std::move(item));
  segments_.back().bytes += bytes;
  return std::exchange(waiting_, false);
}

void CommandQueue::WhenReady(std::function<void()> ready) {
  MutexLock lock(mutex_);
  ready_.push_back(std::move(ready));
  if (std::exchange(waiting_, false)) work_.NotifyOne();
}

void CommandQueue::Refuse() {
  MutexLock lock(mutex_);
  refusing_ = true;
}

void CommandQueue::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  work_.NotifyOne();
}

bool CommandQueue::Take(std::vector<QueueItem>& items) {
  MutexLock lock(mutex_);
  while (segments_.empty() && ready_.empty() && !closed_) {
    waiting_ = true;
    work_.Wait(mutex_);
    waiting_ = false;
  }
  if (segments_.empty()) return !ready_.empty();
  taken_ = segments_.front().bytes;
  std::swap(items, segments_.front().items);
  segments_.pop_front();
  return true;
}

void CommandQueue::Done() {
  std::vector<std::function<void()>> ready;
  {
    MutexLock lock(mutex_);
    used_ -= std::exchange(taken_, 0);
    // Half, not all but one byte: else every source would be called for each command's worth of room.
    if (used_ <= budget_ / 2) ready.swap(ready_);
  }
  for (const auto& call : ready) call();
}

}  // namespace uow
