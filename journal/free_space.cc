#include "journal/free_space.h"

#include <sys/statvfs.h>

#include <limits>

namespace uow {
namespace {

constexpr auto kMaxAge = std::chrono::milliseconds(100);
constexpr uint64_t kMaxUnaccounted = 16 << 20;

}  // namespace

bool FreeSpace::Has(uint64_t bytes) {
  auto now = std::chrono::steady_clock::now();
  bool asked = measured_ != std::chrono::steady_clock::time_point();
  if (!asked || now - measured_ >= kMaxAge || unaccounted_ >= kMaxUnaccounted) {
    measured_ = now;
    unaccounted_ = 0;
    struct statvfs stats;
    // A file system that can't be asked is no reason to refuse writes.
    free_ = statvfs(directory_.c_str(), &stats) == 0 ? static_cast<uint64_t>(stats.f_bavail) * stats.f_frsize
                                                     : std::numeric_limits<uint64_t>::max();
  }
  return free_ >= unaccounted_ && free_ - unaccounted_ >= bytes;
}

}  // namespace uow
