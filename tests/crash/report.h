#pragma once

#include <string>
#include <vector>

#include "journal/mutex.h"

namespace uow::crash {

// Collects what is wrong. Thread-safe.
class Report {
 public:
  void Fail(const std::string& what) {
    MutexLock lock(mutex_);
    if (failures_.size() < 20) failures_.push_back(what);
  }
  bool ok() const {
    MutexLock lock(mutex_);
    return failures_.empty();
  }
  std::vector<std::string> failures() const {
    MutexLock lock(mutex_);
    return failures_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow::crash
