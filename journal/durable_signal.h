#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "journal/mutex.h"

namespace uow {

// Wakes those who wait for a group commit. Costs the committer next to nothing while nobody waits. Thread-safe.
class DurableSignal {
 public:
  // A waiter takes a ticket, looks whether what it waits for is there, and if not waits for a commit after the ticket.
  uint64_t Ticket() {
    waiters_.fetch_add(1);
    MutexLock lock(mutex_);
    return commits_;
  }
  enum class Woken { kCommitted, kTimedOut, kClosed };
  Woken WaitAfter(uint64_t ticket, absl::Time deadline) {
    MutexLock lock(mutex_);
    while (commits_ == ticket && !closed_) {
      if (!changed_.WaitUntil(mutex_, absl::ToChronoTime(deadline)) && commits_ == ticket && !closed_) return Woken::kTimedOut;
    }
    return commits_ != ticket ? Woken::kCommitted : Woken::kClosed;
  }
  // Every ticket is given back.
  void Leave() { waiters_.fetch_sub(1); }

  // There will be no more commits.
  void Close() {
    MutexLock lock(mutex_);
    closed_ = true;
    changed_.NotifyAll();
  }

  void Notify() {
    if (waiters_.load() == 0) return;
    MutexLock lock(mutex_);
    ++commits_;
    changed_.NotifyAll();
  }

 private:
  std::atomic<int> waiters_{0};
  Mutex mutex_;
  CondVar changed_;
  uint64_t commits_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace uow
