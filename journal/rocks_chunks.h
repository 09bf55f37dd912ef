#pragma once

#include <optional>

#include "absl/status/status.h"
#include "journal/chunk.h"
#include "journal/journal.h"
#include "journal/rocks_store.h"
#include "journal/session.h"

namespace uow {

// Stages a chunk under its first offset, and sets its checksum.
void PutChunk(RocksStore& store, const SessionId& id, Chunk& chunk, rocksdb::WriteBatch& batch);

// Stages what a rollback drops: chunks and checkpoints after the effect's offset. Sets `tail` to the checksum of the last chunk
// that is left. The session has nothing else staged. The cost follows the number of chunks dropped while they are few, and is
// constant beyond.
absl::Status StageTruncation(RocksStore& store, const Session& session, const Effect& effect, rocksdb::WriteBatch& batch,
                             uint64_t& tail);

// Visits the events of [from, to), which the session has in the snapshot.
absl::Status VisitEvents(RocksStore& store, const SessionId& id, const SessionState& state, uint64_t from, uint64_t to,
                         const rocksdb::Snapshot* snapshot, const EventVisitor& visit);

}  // namespace uow
