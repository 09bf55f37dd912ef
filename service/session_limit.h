#pragma once

#include <atomic>
#include <cstdint>

namespace uow {

// Counts the sessions in the journal against their limit. What was there at the start is counted in the background and added.
class SessionLimit {
 public:
  explicit SessionLimit(uint64_t limit) : limit_(limit) {}

  // Takes a place; false where there is none.
  bool Take() {
    if (count_.fetch_add(1) < static_cast<int64_t>(limit_)) return true;
    Return(1);
    return false;
  }
  void Add(uint64_t sessions) { count_ += static_cast<int64_t>(sessions); }
  void Return(uint64_t sessions) { count_ -= static_cast<int64_t>(sessions); }
  uint64_t limit() const { return limit_; }

 private:
  const uint64_t limit_;
  std::atomic<int64_t> count_{0};
};

}  // namespace uow
