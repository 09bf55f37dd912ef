#pragma once

#include <rocksdb/db.h>

#include <vector>

#include "journal/rocks_journal.h"

namespace uow {

// RocksDB's settings for the journal, each with its reason.
rocksdb::DBOptions RocksDbOptions(const RocksJournalOptions& options, std::vector<rocksdb::ColumnFamilyDescriptor>& families);

}  // namespace uow
