#include "journal/rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_buffer_manager.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "journal/row_versions.h"

namespace uow {
namespace {

// What a start has to replay at most: a few tenths of a second.
constexpr uint64_t kMaxWalBytes = 64 << 20;

// Appends the records of a bucket of handles or of versions. See format.md.
class AppendRecords : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice& key, const rocksdb::Slice* existing, const rocksdb::Slice& operand, std::string* merged,
             rocksdb::Logger*) const override {
    if (existing == nullptr) {
      merged->assign(operand.data(), operand.size());
    } else {
      merged->assign(existing->data(), existing->size());
      if (!operand.empty()) merged->append(operand.data() + 1, operand.size() - 1);
      // Rows that are saved again and again don't grow without end.
      const bool grown = merged->size() / kTrimBytes > existing->size() / kTrimBytes;
      if (grown && IsVersionBucket({key.data(), key.size()})) TrimRowVersions(*merged);
    }
    return true;
  }
  const char* Name() const override { return "uow.AppendRecords"; }

 private:
  static constexpr size_t kTrimBytes = 16 << 10;
};

rocksdb::ColumnFamilyOptions FamilyOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  // Indexes and filters count against the cache: otherwise they grow with the data and a million idle sessions fill the memory.
  table.cache_index_and_filter_blocks = true;
  // Those of the newest files are needed by every look-up.
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // Loading a session that isn't in a file should not cost a read of it.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = true;
  // Chunks are kilobytes; small blocks would each hold a fraction of one.
  table.block_size = 16 << 10;
  // Of 7.8, with the checksum that costs least.
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Closing, purging and pruning leave rows of deletions, which a scan walks over until a compaction takes them away.
  family.table_properties_collector_factories.push_back(rocksdb::NewCompactOnDeletionCollectorFactory(1000, 500));
  // Events are repetitive; LZ4 halves them for less time than the disk would take.
  family.compression = rocksdb::kLZ4Compression;
  return family;
}

}  // namespace

rocksdb::DBOptions RocksDbOptions(const RocksJournalOptions& options, std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
  std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  rocksdb::DBOptions db;
  if (options.env != nullptr) db.env = options.env;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  // The default opens "OK" with half of the keys after damage in the middle of the log. This accepts a torn tail, which was never
  // acknowledged, and refuses anything else.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // A restart replays what no table holds yet. Both bounds keep that short; the second also makes families with few writes flush.
  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(options.block_cache_bytes / 2, cache);
  db.max_total_wal_size = kMaxWalBytes;
  // Starting should not wait for tables to be written either.
  db.avoid_flush_during_recovery = true;
  // Bounds file handles, and with them the memory of open tables; opening all at start would take longer with every table.
  db.max_open_files = 1000;
  // One flush and one compaction beside the committer.
  db.max_background_jobs = 2;
  // One thread writes.
  db.allow_concurrent_memtable_write = false;
  db.enable_pipelined_write = false;
  // Spreads the write-back of tables, so that it doesn't stall the synced log.
  db.bytes_per_sync = 1 << 20;
  // RocksDB's own log must not fill the disk.
  db.keep_log_file_num = 4;
  db.max_log_file_size = 8 << 20;
  // Statistics that nobody reads.
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;

  rocksdb::ColumnFamilyOptions common = FamilyOptions(cache);
  rocksdb::ColumnFamilyOptions chunks = common;
  // The journal is written once and read little: fewer rewrites of the same chunk matter more than few files.
  chunks.compaction_style = rocksdb::kCompactionStyleUniversal;
  rocksdb::ColumnFamilyOptions handles = common;
  // A save adds to the buckets of handles without reading them.
  handles.merge_operator = std::make_shared<AppendRecords>();

  families = {{rocksdb::kDefaultColumnFamilyName, common},
              {"sessions", common},
              {"chunks", chunks},
              {"checkpoints", common},
              {"writers", common},
              {"saves", common},
              {"handles", handles},
              {"deadlines", common},
              {"schemas", common}};
  return db;
}

}  // namespace uow
