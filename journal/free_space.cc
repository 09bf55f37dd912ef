#include "journal/free_space.h"

#include <sys/statvfs.h>

#include <limits>

namespace uow {
namespace {

constexpr auto kMaxAge = std::chrono::milliseconds(100);
constexpr uint64_t kMaxUnaccounted = 16 << 20;

}  // namespace

bool FreeSpace::HasReserve() {
  Measure();
  return free_ >= reserve_ + unaccounted_;
}

bool FreeSpace::HasHalf() {
  Measure();
  return free_ >= reserve_ / 2 + unaccounted_;
}

void FreeSpace::Measure() {
  auto now = std::chrono::steady_clock::now();
  bool fresh = measured_ != std::chrono::steady_clock::time_point() && now - measured_ < kMaxAge && unaccounted_ < kMaxUnaccounted;
  if (fresh) return;
  measured_ = now;
  unaccounted_ = 0;
  struct statvfs stats;
  // A file system that can't be asked is no reason to refuse writes.
  free_ = statvfs(directory_.c_str(), &stats) == 0 ? static_cast<uint64_t>(stats.f_bavail) * stats.f_frsize
                                                   : std::numeric_limits<uint64_t>::max() / 2;
}

}  // namespace uow
