#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "adapters/target.h"
#include "journal/mutex.h"

namespace uow {

// Keeps idle connections of a target, the one used last on top. Thread-safe.
class ConnectionPool {
 public:
  explicit ConnectionPool(size_t size) : size_(size) {}

  // A healthy idle connection, or null: then the target makes one.
  std::unique_ptr<Connection> Take() {
    std::vector<std::unique_ptr<Connection>> dead;  // closed after the lock is released
    MutexLock lock(mutex_);
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->healthy()) return connection;
      dead.push_back(std::move(connection));
    }
    return nullptr;
  }

  // Keeps the connection where it is healthy and there is room, or closes it. One that died takes the idle ones with it: what broke
  // it, a restarted server, has mostly broken them too.
  void Put(std::unique_ptr<Connection> connection) {
    std::vector<std::unique_ptr<Connection>> dead;
    const bool healthy = connection->healthy();
    MutexLock lock(mutex_);
    if (!healthy) dead.swap(idle_);
    if (healthy && idle_.size() < size_) {
      idle_.push_back(std::move(connection));
    } else {
      dead.push_back(std::move(connection));
    }
  }

 private:
  const size_t size_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow
