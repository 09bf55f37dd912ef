#include "journal/rocks_chunks.h"

#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/event_pipe.h"
#include "journal/keys.h"
#include "journal/records.h"

namespace uow {
namespace {

constexpr size_t kMaxPointDeletes = 100;

absl::Status MissingEvents(RocksStore& store, const SessionId& id, uint64_t offset) {
  return store.Corrupt(Family::kChunks, ChunkKey(id, offset), "the events from this offset on are missing");
}

// Decodes a chunk and checks that it is where it belongs.
absl::Status ReadChunk(RocksStore& store, const SessionId& id, absl::string_view key, absl::string_view value, Chunk& chunk) {
  absl::string_view what;
  if (!DecodeChunk(value, chunk, what)) return store.Corrupt(Family::kChunks, key, what);
  if (key != ChunkKey(id, chunk.first_offset)) return store.Corrupt(Family::kChunks, key, "the chunk belongs elsewhere");
  return absl::OkStatus();
}

absl::Status StageChunkTruncation(RocksStore& store, const SessionId& id, uint64_t to, uint64_t head, rocksdb::WriteBatch& batch,
                                  uint64_t& tail) {
  UOW_ASSIGN_OR_RETURN(RocksEntry entry, FindLast(store, Family::kChunks, ChunkKey(id, 0), ChunkKey(id, to)));
  if (entry.key.empty()) return MissingEvents(store, id, to);
  Chunk chunk;
  UOW_RETURN_IF_ERROR(ReadChunk(store, id, entry.key, entry.value, chunk));
  if (chunk.end_offset() <= to) return MissingEvents(store, id, to);
  std::vector<Deletion> deletions;
  UOW_RETURN_IF_ERROR(store.PlanDeletion(Family::kChunks, ChunkKey(id, to), ChunkKey(id, head), deletions));
  store.Stage(deletions, batch);
  if (chunk.first_offset == to) {
    tail = chunk.previous;
    return absl::OkStatus();
  }
  if (!CutChunk(to, chunk)) return store.Corrupt(Family::kChunks, entry.key, "a body isn't a sequence of events");
  PutChunk(store, id, chunk, batch);
  tail = chunk.checksum;
  return absl::OkStatus();
}

absl::Status StageCheckpointTruncation(RocksStore& store, const SessionId& id, const Effect& effect, rocksdb::WriteBatch& batch) {
  constexpr uint64_t kKeepAll = std::numeric_limits<uint64_t>::max();
  std::string begin =
      effect.ordinal == kKeepAll ? CheckpointKey(id, effect.offset + 1, 0) : CheckpointKey(id, effect.offset, effect.ordinal + 1);
  std::vector<std::pair<std::string, std::string>> dropped;  // keys and names
  RocksRange range(store, Family::kCheckpoints, begin, CheckpointsEnd(id));
  for (; range.Valid() && dropped.size() <= kMaxPointDeletes; range.Next()) {
    CheckpointRecord record;
    if (!DecodeCheckpoint(range.value(), record)) {
      return store.Corrupt(Family::kCheckpoints, range.key(), "the record is malformed");
    }
    dropped.emplace_back(std::string(range.key()), std::move(record.name));
  }
  UOW_RETURN_IF_ERROR(range.status());
  rocksdb::ColumnFamilyHandle* family = store.handle(Family::kCheckpoints);
  if (dropped.size() > kMaxPointDeletes) {
    batch.DeleteRange(family, begin, CheckpointsEnd(id));
    return absl::OkStatus();
  }
  for (const auto& [key, name] : dropped) {
    batch.Delete(family, key);
    batch.Delete(family, CheckpointNameKey(id, name));
  }
  return absl::OkStatus();
}

}  // namespace

void PutChunk(RocksStore& store, const SessionId& id, Chunk& chunk, rocksdb::WriteBatch& batch) {
  std::string head = EncodeChunkHead(chunk);
  std::vector<rocksdb::Slice> value;
  value.reserve(1 + chunk.runs.size());
  value.emplace_back(head);
  for (const ChunkRun& run : chunk.runs) value.push_back(AsSlice(run.bytes));
  std::string key = ChunkKey(id, chunk.first_offset);
  rocksdb::Slice key_slice(key);
  batch.Put(store.handle(Family::kChunks), rocksdb::SliceParts(&key_slice, 1),
            rocksdb::SliceParts(value.data(), static_cast<int>(value.size())));
}

absl::Status StageTruncation(RocksStore& store, const Session& session, const Effect& effect, rocksdb::WriteBatch& batch,
                             uint64_t& tail) {
  uint64_t head = session.state().head;
  if (effect.offset < head) {
    UOW_RETURN_IF_ERROR(StageChunkTruncation(store, session.id(), effect.offset, head, batch, tail));
  }
  return StageCheckpointTruncation(store, session.id(), effect, batch);
}

namespace {

// Gives a chunk's runs that have events of [from, to) to the sink.
absl::Status SendChunk(const Chunk& chunk, uint64_t from, uint64_t to, const RunSink& sink) {
  uint64_t offset = chunk.first_offset;
  for (const ChunkRun& run : chunk.runs) {
    const uint64_t begin = std::exchange(offset, offset + run.events);
    if (offset <= from) continue;
    if (begin >= to) break;
    UOW_RETURN_IF_ERROR(sink({.chunk = chunk.first_offset,
                              .first_offset = begin,
                              .writer = chunk.writers[run.writer],
                              .sequence = run.sequence,
                              .time = absl::FromUnixMicros(chunk.time_us),
                              .events = run.events,
                              .bytes = run.bytes}));
  }
  return absl::OkStatus();
}

absl::Status SendRuns(RocksStore& store, const SessionId& id, const SessionState& state, uint64_t from, uint64_t to,
                      const rocksdb::Snapshot* snapshot, const RunSink& sink) {
  UOW_ASSIGN_OR_RETURN(RocksEntry first, FindLast(store, Family::kChunks, ChunkKey(id, 0), ChunkKey(id, from), snapshot));
  if (first.key.empty()) return MissingEvents(store, id, from);
  RocksRange range(store, Family::kChunks, first.key, ChunkKey(id, to), snapshot);
  Chunk chunk;
  std::optional<uint64_t> previous, expected;
  uint64_t end = 0;
  for (; range.Valid(); range.Next()) {
    UOW_RETURN_IF_ERROR(ReadChunk(store, id, range.key(), range.value(), chunk));
    if (expected && chunk.first_offset != *expected) return MissingEvents(store, id, *expected);
    if (!previous && chunk.first_offset == 0) previous = ChainSeed(id);
    if (previous && chunk.previous != *previous) {
      return store.Corrupt(Family::kChunks, range.key(), "it doesn't follow on from the chunk before");
    }
    end = chunk.end_offset();
    if (!expected && end <= from) return MissingEvents(store, id, end);
    UOW_RETURN_IF_ERROR(SendChunk(chunk, from, to, sink));
    previous = chunk.checksum;
    expected = end;
  }
  UOW_RETURN_IF_ERROR(range.status());
  if (end < to) return MissingEvents(store, id, end);
  if (end == state.head && chunk.checksum != state.tail) {
    return store.Corrupt(Family::kChunks, ChunkKey(id, chunk.first_offset), "it isn't the chunk that was written last");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VisitEvents(RocksStore& store, const SessionId& id, const SessionState& state, uint64_t from, uint64_t to,
                         const rocksdb::Snapshot* snapshot, const EventVisitor& visit) {
  if (from >= to) return absl::OkStatus();
  auto source = [&](const RunSink& sink) { return SendRuns(store, id, state, from, to, snapshot, sink); };
  auto damage = [&](const EventRun& run) {
    return store.Corrupt(Family::kChunks, ChunkKey(id, run.chunk), "a body isn't a sequence of events");
  };
  return VisitRuns(source, damage, from, to, visit);
}

}  // namespace uow
