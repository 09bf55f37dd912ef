#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace uow {

// Watches the free space of the journal's disk, so that writes are refused before RocksDB fails for want of it, which it doesn't
// survive. Asks the file system now and then and counts what is written in between. Not thread-safe.
class FreeSpace {
 public:
  FreeSpace(std::string directory, uint64_t reserve) : directory_(std::move(directory)), reserve_(reserve) {}

  // Whether the disk has the reserve. What frees space or settles what has happened elsewhere may use half of the reserve.
  bool HasReserve() { return Has(reserve_); }
  bool HasHalf() { return Has(reserve_ / 2); }
  void Written(uint64_t bytes) { unaccounted_ += bytes; }

 private:
  // Whether that much is free after what was written since the file system was asked.
  bool Has(uint64_t bytes);

  const std::string directory_;
  const uint64_t reserve_;
  uint64_t free_ = 0;
  uint64_t unaccounted_ = 0;
  std::chrono::steady_clock::time_point measured_;
};

}  // namespace uow
