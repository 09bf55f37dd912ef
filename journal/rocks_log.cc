#include "journal/rocks_log.h"

#include <cstdarg>
#include <cstdio>

#include "absl/strings/match.h"

namespace uow {

void RocksLog::Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  // "<file>: dropping <n> bytes; <why>"
  if (level == rocksdb::WARN_LEVEL && absl::StrContains(format, "dropping")) {
    char text[1024];
    va_list copy;
    va_copy(copy, arguments);
    std::vsnprintf(text, sizeof text, format, copy);
    va_end(copy);
    MutexLock lock(mutex_);
    damage_ = text;
  }
  file_->Logv(level, format, arguments);
}

std::string RocksLog::damage() {
  MutexLock lock(mutex_);
  return damage_;
}

}  // namespace uow
