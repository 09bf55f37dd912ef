#include <rocksdb/snapshot.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/page_token.h"
#include "journal/rocks_chunks.h"
#include "journal/rocks_journal_impl.h"
#include "journal/rocks_lookup.h"

namespace uow {

absl::StatusOr<std::optional<ResolvedPosition>> RocksJournal::FindCommand(const SessionId& id, const std::string& writer,
                                                                          uint64_t sequence, uint64_t epoch) {
  rocksdb::ManagedSnapshot snapshot(&store_->db());
  UOW_ASSIGN_OR_RETURN(SessionState state, ReadLive(id, snapshot.snapshot()));
  RocksLookup lookup(*store_, id, snapshot.snapshot());
  UOW_ASSIGN_OR_RETURN(WriterState known, lookup.LoadWriter(writer));
  UOW_ASSIGN_OR_RETURN(Truncations truncations, ReadTruncations(*store_, id, snapshot.snapshot()));
  // An epoch that is still to come is that of a rollback which the writer has sent ahead of the command.
  bool arrived = sequence <= known.last_sequence;
  if (epoch < state.epoch || (arrived && epoch != state.epoch)) return StalePosition(state, truncations, epoch);
  if (!arrived && !state.open) return SessionClosed(id);
  if (!arrived) return std::nullopt;
  std::optional<CommandNote> note;
  if (known.last_sequence - sequence < kRetryWindow) {
    UOW_ASSIGN_OR_RETURN(note, lookup.FindCommand(writer, sequence));
  }
  if (!note) {
    return MakeError(v1::ERROR_REASON_SEQUENCE_TOO_OLD, absl::StrCat("where command ", sequence, " of writer ", writer,
                                                                     " ended isn't known any more: only for its last ",
                                                                     kRetryWindow, "; name an offset or a checkpoint"));
  }
  // Its own later rollback may have undone it.
  if (truncations.LowestSince(note->epoch).value_or(note->offset) < note->offset) {
    return StalePosition(state, truncations, note->epoch);
  }
  return ResolvedPosition{note->offset, state.epoch};
}

absl::StatusOr<ResolvedPosition> RocksJournal::FindCheckpoint(const SessionId& id, const std::string& name) {
  rocksdb::ManagedSnapshot snapshot(&store_->db());
  UOW_ASSIGN_OR_RETURN(SessionState state, ReadLive(id, snapshot.snapshot()));
  UOW_ASSIGN_OR_RETURN(std::optional<CheckpointPlace> place, RocksLookup(*store_, id, snapshot.snapshot()).FindCheckpoint(name));
  if (!place) {
    return MakeError(v1::ERROR_REASON_CHECKPOINT_NOT_FOUND,
                     absl::StrCat("the session has no checkpoint \"", name, "\": never set, or dropped by a rollback"));
  }
  return ResolvedPosition{place->offset, state.epoch};
}

absl::StatusOr<CheckpointPage> RocksJournal::ListCheckpoints(const SessionId& id, absl::string_view page_token, size_t limit) {
  UOW_ASSIGN_OR_RETURN(auto place, (ParsePageToken<2>(page_token)));
  rocksdb::ManagedSnapshot snapshot(&store_->db());
  UOW_RETURN_IF_ERROR(ReadLive(id, snapshot.snapshot()).status());
  CheckpointPage page;
  RocksRange range(*store_, Family::kCheckpoints, CheckpointKey(id, place[0], place[1]), CheckpointsEnd(id), snapshot.snapshot());
  for (; range.Valid(); range.Next()) {
    absl::string_view key = range.key();
    uint64_t offset = BigEndian64(key.substr(key.size() - 16));
    if (page.checkpoints.size() >= limit) {
      page.next = MakePageToken<2>({offset, BigEndian64(key.substr(key.size() - 8))});
      break;
    }
    CheckpointRecord record;
    if (!DecodeCheckpoint(range.value(), record)) return store_->Corrupt(Family::kCheckpoints, key, "the record is malformed");
    v1::Checkpoint& checkpoint = page.checkpoints.emplace_back();
    checkpoint.set_name(record.name);
    checkpoint.set_offset(offset);
    checkpoint.set_writer(record.writer);
    SetTimestamp(record.time_us, *checkpoint.mutable_time());
  }
  UOW_RETURN_IF_ERROR(range.status());
  return page;
}

absl::Status RocksJournal::ReadEvents(const SessionId& id, uint64_t from, uint64_t to, std::optional<uint64_t> epoch,
                                      const EventVisitor& visit) {
  rocksdb::ManagedSnapshot snapshot(&store_->db());
  UOW_ASSIGN_OR_RETURN(SessionState state, ReadLive(id, snapshot.snapshot()));
  if (epoch && *epoch != state.epoch) {
    UOW_ASSIGN_OR_RETURN(Truncations truncations, ReadTruncations(*store_, id, snapshot.snapshot()));
    return StalePosition(state, truncations, *epoch);
  }
  if (to > state.head) return BeyondHead(to, state.head);
  if (from > to) {
    if (from > state.head) return BeyondHead(from, state.head);
    return MakeError(v1::ERROR_REASON_INVALID_REQUEST, absl::StrCat("the range begins at ", from, ", after its end at ", to));
  }
  return VisitEvents(*store_, id, state, from, to, snapshot.snapshot(), visit);
}

}  // namespace uow
