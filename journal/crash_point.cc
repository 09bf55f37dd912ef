#include "journal/crash_point.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"

namespace uow {
namespace {

struct Armed {
  Armed() {
    const char* spec = std::getenv("UOW_CRASH_POINT");
    if (spec == nullptr) return;
    step = spec;
    size_t colon = step.find(':');
    if (colon == std::string::npos) return;
    int count = 1;
    if (absl::SimpleAtoi(step.substr(colon + 1), &count)) left = count;
    step.resize(colon);
  }
  std::string step;
  std::atomic<int> left{1};
};

}  // namespace

void CrashPoint(absl::string_view step) {
  static Armed armed;
  if (armed.step.empty() || armed.step != step) return;
  if (--armed.left == 0) std::raise(SIGKILL);
}

}  // namespace uow
