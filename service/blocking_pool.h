#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "journal/mutex.h"

namespace uow {

// Threads for work that waits for a disk or a database, so that gRPC's own threads never do. Bounded: what finds the queue full is
// refused rather than kept. Thread-safe.
class BlockingPool {
 public:
  BlockingPool(size_t threads, size_t max_queued);
  // Runs what is queued, then joins.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // False where the queue is full: the task wasn't taken.
  bool TryPost(std::function<void()> task);
  // For the next step of work that was let in before; never refused.
  void Post(std::function<void()> task);

 private:
  void Run();

  const size_t max_queued_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace uow
