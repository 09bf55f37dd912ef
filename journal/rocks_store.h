#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "journal/rocks_journal.h"

namespace uow {

// The column families of format.md.
enum class Family { kDefault, kSessions, kChunks, kCheckpoints, kWriters, kSaves, kHandles, kDeadlines, kSchemas };
inline constexpr size_t kFamilies = 9;

inline rocksdb::Slice AsSlice(absl::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline absl::string_view AsView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Of one key, or of [begin, end) where `end` is not empty.
struct Deletion {
  Family family;
  std::string begin;
  std::string end;
};

// The RocksDB database under the journal, with its column families and its errors in our words. Thread-safe.
class RocksStore {
 public:
  // The errors of OpenRocksJournal.
  static absl::StatusOr<std::unique_ptr<RocksStore>> Open(const RocksJournalOptions& options);
  ~RocksStore();
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* handle(Family family) { return handles_[static_cast<size_t>(family)]; }
  const std::string& directory() const { return directory_; }

  // False where the key isn't there. Reads what is durable, or the snapshot.
  absl::StatusOr<bool> Get(Family family, const std::string& key, rocksdb::PinnableSlice& value,
                           const rocksdb::Snapshot* snapshot = nullptr);

  // Adds what deletes [begin, end): keys where there are few and they are quickly read through, since many range deletions slow
  // down later reads, else a range.
  absl::Status PlanDeletion(Family family, const std::string& begin, const std::string& end, std::vector<Deletion>& deletions);
  void Stage(const std::vector<Deletion>& deletions, rocksdb::WriteBatch& batch);

  // JOURNAL_CORRUPT, naming the record and the directory.
  absl::Status Corrupt(Family family, absl::string_view key, absl::string_view what) const;
  // The error of a read.
  absl::Status ReadError(Family family, absl::string_view key, const rocksdb::Status& status) const;

 private:
  RocksStore(std::string directory) : directory_(std::move(directory)) {}
  absl::Status CheckFormat();

  const std::string directory_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles_{};
};

// The keys of [begin, end) of one family, in order. An empty `end` is none.
class RocksRange {
 public:
  RocksRange(RocksStore& store, Family family, const std::string& begin, std::string end,
             const rocksdb::Snapshot* snapshot = nullptr);
  RocksRange(const RocksRange&) = delete;
  RocksRange& operator=(const RocksRange&) = delete;

  bool Valid() const { return iterator_->Valid(); }
  void Next() { iterator_->Next(); }
  absl::string_view key() const { return AsView(iterator_->key()); }
  absl::string_view value() const { return AsView(iterator_->value()); }
  // The error that ended the range, if one did.
  absl::Status status() const;

 private:
  RocksStore& store_;
  const Family family_;
  const std::string end_;
  const rocksdb::Slice upper_bound_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

// The last key of a family within [begin, at]. Not found: an empty key.
struct RocksEntry {
  std::string key;
  std::string value;
};
absl::StatusOr<RocksEntry> FindLast(RocksStore& store, Family family, const std::string& begin, const std::string& at,
                                    const rocksdb::Snapshot* snapshot = nullptr);

}  // namespace uow
