#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <string>

#include "journal/mutex.h"

namespace uow {

// RocksDB's own log, in the file LOG of its directory. Remembers the file of the write-ahead log in which RocksDB found damage,
// which the status of a failed open doesn't name. Thread-safe.
class RocksLog final : public rocksdb::Logger {
 public:
  explicit RocksLog(std::shared_ptr<rocksdb::Logger> file) : rocksdb::Logger(file->GetInfoLogLevel()), file_(std::move(file)) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override { file_->Logv(format, arguments); }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;
  void Flush() override { file_->Flush(); }

  // What RocksDB said of the damage; empty if it met none.
  std::string damage();

 private:
  const std::shared_ptr<rocksdb::Logger> file_;
  Mutex mutex_;
  std::string damage_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow
