#include "journal/rocks_lookup.h"

#include <limits>

#include "journal/chunk.h"
#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/keys.h"

namespace uow {
namespace {

constexpr absl::string_view kMalformed = "the record is malformed";
// A search through the chunks is given up after this.
constexpr size_t kMaxSearchedBytes = 64 << 20;

}  // namespace

absl::StatusOr<SessionMeta> ReadMeta(RocksStore& store, const SessionId& id) {
  rocksdb::PinnableSlice value;
  std::string key = MetaKey(id);
  UOW_ASSIGN_OR_RETURN(bool found, store.Get(Family::kSessions, key, value));
  if (!found) return SessionNotFound(id);
  SessionMeta meta;
  if (!DecodeMeta(AsView(value), meta)) return store.Corrupt(Family::kSessions, key, kMalformed);
  return meta;
}

absl::StatusOr<SessionState> ReadState(RocksStore& store, const SessionId& id, const rocksdb::Snapshot* snapshot) {
  rocksdb::PinnableSlice value;
  std::string key = StateKey(id);
  UOW_ASSIGN_OR_RETURN(bool found, store.Get(Family::kSessions, key, value, snapshot));
  if (!found) return SessionNotFound(id);
  SessionState state;
  if (!DecodeState(AsView(value), state)) return store.Corrupt(Family::kSessions, key, kMalformed);
  return state;
}

absl::StatusOr<Truncations> ReadTruncations(RocksStore& store, const SessionId& id, const rocksdb::Snapshot* snapshot) {
  rocksdb::PinnableSlice value;
  std::string key = TruncationsKey(id);
  UOW_ASSIGN_OR_RETURN(bool found, store.Get(Family::kSessions, key, value, snapshot));
  Truncations truncations;
  if (found && !DecodeTruncations(AsView(value), truncations)) return store.Corrupt(Family::kSessions, key, kMalformed);
  return truncations;
}

absl::StatusOr<std::optional<StoredSave>> ReadSave(RocksStore& store, const SessionId& id, absl::string_view save_id,
                                                   const rocksdb::Snapshot* snapshot) {
  rocksdb::PinnableSlice value;
  std::string key = SaveKey(id, save_id);
  UOW_ASSIGN_OR_RETURN(bool found, store.Get(Family::kSaves, key, value, snapshot));
  if (!found) return std::nullopt;
  StoredSave save;
  if (!DecodeSave(AsView(value), save)) return store.Corrupt(Family::kSaves, key, kMalformed);
  return save;
}

absl::StatusOr<RocksLookup::Found> RocksLookup::FindRecord(absl::string_view writer, uint64_t sequence) {
  UOW_ASSIGN_OR_RETURN(RocksEntry entry,
                       FindLast(store_, Family::kWriters, WriterKey(id_, writer, 0), WriterKey(id_, writer, sequence), snapshot_));
  Found found;
  if (entry.key.empty()) return found;
  found.first_sequence = BigEndian64(absl::string_view(entry.key).substr(entry.key.size() - 8));
  if (!DecodeWriterRecord(entry.value, found.record)) return store_.Corrupt(Family::kWriters, entry.key, kMalformed);
  found.key = std::move(entry.key);
  return found;
}

absl::StatusOr<WriterState> RocksLookup::LoadWriter(absl::string_view writer) {
  UOW_ASSIGN_OR_RETURN(Found found, FindRecord(writer, std::numeric_limits<uint64_t>::max()));
  WriterState state;
  state.name = std::string(writer);
  if (found.key.empty()) return state;
  state.last_sequence = found.first_sequence + found.record.notes.size() - 1;
  state.last_handle = found.record.last_handle;
  state.window = found.record.window;
  return state;
}

absl::StatusOr<std::optional<CommandNote>> RocksLookup::FindCommand(absl::string_view writer, uint64_t sequence) {
  UOW_ASSIGN_OR_RETURN(Found found, FindRecord(writer, sequence));
  if (found.key.empty() || sequence - found.first_sequence >= found.record.notes.size()) return std::nullopt;
  return found.record.notes[sequence - found.first_sequence];
}

absl::StatusOr<uint64_t> RocksLookup::LastSurviving(absl::string_view writer, uint64_t offset) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  std::string begin = WriterKey(id_, writer, 0);
  rocksdb::Slice lower_bound(begin);
  options.iterate_lower_bound = &lower_bound;
  std::unique_ptr<rocksdb::Iterator> iterator(store_.db().NewIterator(options, store_.handle(Family::kWriters)));
  WriterRecord record;
  uint64_t oldest = 0;
  for (iterator->SeekForPrev(WriterKey(id_, writer, std::numeric_limits<uint64_t>::max())); iterator->Valid(); iterator->Prev()) {
    absl::string_view key = AsView(iterator->key());
    if (!DecodeWriterRecord(AsView(iterator->value()), record)) return store_.Corrupt(Family::kWriters, key, kMalformed);
    uint64_t first = oldest = BigEndian64(key.substr(key.size() - 8));
    for (size_t i = record.notes.size(); i > 0; --i) {
      if (record.notes[i - 1].offset <= offset) return first + i - 1;
    }
  }
  if (!iterator->status().ok()) return store_.ReadError(Family::kWriters, begin, iterator->status());
  return oldest > 1 ? LastSurvivingRun(writer, offset) : 0;
}

absl::StatusOr<uint64_t> RocksLookup::LastSurvivingRun(absl::string_view writer, uint64_t offset) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot_;
  std::string begin = ChunkKey(id_, 0);
  rocksdb::Slice lower_bound(begin);
  options.iterate_lower_bound = &lower_bound;
  std::unique_ptr<rocksdb::Iterator> iterator(store_.db().NewIterator(options, store_.handle(Family::kChunks)));
  size_t bytes = 0;
  for (iterator->SeekForPrev(ChunkKey(id_, offset)); iterator->Valid() && bytes < kMaxSearchedBytes; iterator->Prev()) {
    bytes += iterator->value().size();
    Chunk chunk;
    absl::string_view what;
    if (!DecodeChunk(AsView(iterator->value()), chunk, what)) return store_.Corrupt(Family::kChunks, AsView(iterator->key()), what);
    uint64_t end = chunk.end_offset();
    for (auto run = chunk.runs.rbegin(); run != chunk.runs.rend(); end -= run->events, ++run) {
      if (end <= offset && !run->cut && chunk.writers[run->writer] == writer) return run->sequence;
    }
  }
  if (!iterator->status().ok()) return store_.ReadError(Family::kChunks, begin, iterator->status());
  return 0;
}

absl::StatusOr<std::optional<CheckpointPlace>> RocksLookup::FindCheckpoint(absl::string_view name) {
  rocksdb::PinnableSlice value;
  std::string key = CheckpointNameKey(id_, name);
  UOW_ASSIGN_OR_RETURN(bool named, store_.Get(Family::kCheckpoints, key, value, snapshot_));
  if (!named) return std::nullopt;
  CheckpointPlace place;
  if (!DecodeCheckpointPlace(AsView(value), place)) return store_.Corrupt(Family::kCheckpoints, key, kMalformed);
  key = CheckpointKey(id_, place.offset, place.ordinal);
  UOW_ASSIGN_OR_RETURN(bool exists, store_.Get(Family::kCheckpoints, key, value, snapshot_));
  if (!exists) return std::nullopt;
  CheckpointRecord record;
  if (!DecodeCheckpoint(AsView(value), record)) return store_.Corrupt(Family::kCheckpoints, key, kMalformed);
  // Ordinals are never used twice, so that what is there has that name.
  return place;
}

}  // namespace uow
