#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace uow {

// Where a session's rollbacks truncated it: answers how deep a client that knows an older epoch was cut. Holds only what can still
// be the lowest, so that offsets rise with the epochs; bounded, at the price of answering lower than it was for epochs long gone.
class Truncations {
 public:
  struct Entry {
    uint64_t epoch = 0;   // that the rollback made
    uint64_t offset = 0;  // that it truncated to
  };
  static constexpr size_t kMaxEntries = 1024;

  // `epoch` is above those added before.
  void Add(uint64_t epoch, uint64_t offset);
  // The lowest offset truncated to by a rollback that made an epoch above `epoch`; none if there was no such rollback.
  std::optional<uint64_t> LowestSince(uint64_t epoch) const;

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace uow
