#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "journal/clock.h"
#include "journal/journal.h"

namespace rocksdb {
class Env;
}

namespace uow {

// Settings of the embedded journal.
struct RocksJournalOptions {
  std::string directory;                    // created where it is missing
  size_t queue_bytes = 64 << 20;            // commands that wait for the disk
  size_t cache_bytes = 64 << 20;            // states of sessions in use; idle ones are evicted beyond it
  size_t block_cache_bytes = 64 << 20;      // RocksDB's
  uint64_t free_space_reserve = 256 << 20;  // writes are refused with DISK_FULL while the disk has less
  bool sync = true;                         // false only for tests that measure something else
  Clock* clock = nullptr;                   // outlives the journal; null: the machine's
  rocksdb::Env* env = nullptr;              // outlives the journal; null: the machine's. For tests that make files fail
};

// Opens the journal in a directory of the local disk, or creates it. FAILED_PRECONDITION (INVALID_REQUEST) where another process
// has it open: the message says so. JOURNAL_CORRUPT where the data are damaged: the message names the file.
absl::StatusOr<std::unique_ptr<Journal>> OpenRocksJournal(const RocksJournalOptions& options);

}  // namespace uow
