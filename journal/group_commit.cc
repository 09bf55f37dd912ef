#include "journal/group_commit.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "journal/coding.h"
#include "journal/crash_point.h"
#include "journal/errors.h"
#include "journal/keys.h"
#include "journal/records.h"
#include "journal/rocks_chunks.h"

namespace uow {
namespace {

// Above this a chunk is closed, so that reading or cutting one stays cheap.
constexpr size_t kChunkBytes = 1 << 20;
// A batch's memory is given back above this.
constexpr size_t kKeptBatchBytes = 16 << 20;

}  // namespace

GroupCommit::GroupCommit(RocksStore& store, const RocksJournalOptions& options, Clock& clock)
    : store_(store),
      clock_(clock),
      sync_(options.sync),
      cache_(store, options.cache_bytes),
      space_(options.directory, options.free_space_reserve) {}

int64_t GroupCommit::now_us() {
  if (now_us_ == 0) now_us_ = absl::ToUnixMicros(clock_.Now());
  return now_us_;
}

bool GroupCommit::IsStaged(const SessionId& id) {
  CachedSession* cached = cache_.Find(id);
  return cached != nullptr && cached->staged;
}

void GroupCommit::Stage(CachedSession& cached, bool active) {
  cached.active |= active;
  if (cached.staged) return;
  cached.staged = true;
  staged_.push_back(&cached);
}

absl::Status GroupCommit::CheckSpace(Urgency urgency) {
  if (urgency == Urgency::kMustWrite ? space_.HasHalf() : space_.HasReserve()) return absl::OkStatus();
  return MakeError(v1::ERROR_REASON_DISK_FULL, absl::StrCat("the disk of the journal in ", store_.directory(),
                                                            " has less free space than its reserve; free some"));
}

absl::Status GroupCommit::StageCommand(CachedSession& cached, WriterState& writer, const Command& command, uint64_t hash,
                                       const Effect& effect) {
  UOW_RETURN_IF_ERROR(CheckSpace());
  if (const auto* append = std::get_if<AppendAction>(&command.action)) {
    StageRun(cached, writer, *append, command.sequence);
  } else if (const auto* checkpoint = std::get_if<CheckpointAction>(&command.action)) {
    rocksdb::ColumnFamilyHandle* family = store_.handle(Family::kCheckpoints);
    batch_.Put(family, CheckpointKey(cached.session.id(), effect.offset, effect.ordinal),
               EncodeCheckpoint({checkpoint->name, writer.name, now_us()}));
    batch_.Put(family, CheckpointNameKey(cached.session.id(), checkpoint->name),
               EncodeCheckpointPlace({effect.offset, effect.ordinal}));
  } else {
    UOW_RETURN_IF_ERROR(StageRollback(cached, effect));
  }
  cached.session.Apply(writer, command, hash, effect);
  if (effect.kind == Effect::Kind::kRollback) {
    batch_.Put(store_.handle(Family::kSessions), TruncationsKey(cached.session.id()),
               EncodeTruncations(cached.session.truncations()));
  }
  Stage(cached);
  return absl::OkStatus();
}

void GroupCommit::StageRun(CachedSession& cached, const WriterState& writer, const AppendAction& append, uint64_t sequence) {
  if (cached.runs.empty()) cached.first_offset = cached.session.state().head;
  auto known = std::find(cached.writers.rbegin(), cached.writers.rend(), &writer);
  size_t index = cached.writers.rend() - known;
  if (index == 0) {
    cached.writers.push_back(&writer);
    index = cached.writers.size();
  }
  cached.runs.push_back(
      {.writer = static_cast<uint32_t>(index - 1), .sequence = sequence, .events = append.events, .bytes = append.bytes});
  Note(kAppends);
}

absl::Status GroupCommit::StageRollback(CachedSession& cached, const Effect& effect) {
  batch_.SetSavePoint();
  uint64_t tail = cached.session.state().tail;
  absl::Status status = StageTruncation(store_, cached.session, effect, batch_, tail);
  if (!status.ok()) {
    batch_.RollbackToSavePoint();
    return status;
  }
  batch_.PopSavePoint();
  cached.session.state().tail = tail;
  Note(kTruncates);
  return absl::OkStatus();
}

void GroupCommit::Seal(CachedSession& cached) {
  Session& session = cached.session;
  SealChunks(cached);
  for (WriterState* writer : session.pending_writers()) SealWriter(session, *writer);
  if (cached.active) session.state().active_us = std::max(session.state().active_us, now_us());
  batch_.Put(store_.handle(Family::kSessions), StateKey(session.id()), EncodeState(session.state()));
}

void GroupCommit::SealChunks(CachedSession& cached) {
  Chunk chunk;
  chunk.time_us = now_us();
  chunk.previous = cached.session.state().tail;
  chunk.first_offset = cached.first_offset;
  for (const WriterState* writer : cached.writers) chunk.writers.emplace_back(writer->name);
  for (auto run = cached.runs.begin(); run != cached.runs.end();) {
    size_t bytes = 0;
    for (; run != cached.runs.end() && (bytes == 0 || bytes + run->bytes.size() <= kChunkBytes); ++run) {
      bytes += run->bytes.size();
      chunk.runs.push_back(*run);
    }
    PutChunk(store_, cached.session.id(), chunk, batch_);
    cached.session.state().tail = chunk.checksum;
    chunk.previous = chunk.checksum;
    chunk.first_offset = chunk.end_offset();
    chunk.runs.clear();
  }
}

void GroupCommit::SealWriter(const Session& session, WriterState& writer) {
  PruneWriter(session, writer);
  // Of a huge group only what a retry can still be compared with.
  size_t count = std::min<size_t>(writer.pending.size(), kRetryWindow);
  uint64_t first = writer.last_sequence - count + 1;
  batch_.Put(store_.handle(Family::kWriters), WriterKey(session.id(), writer.name, first),
             EncodeWriterRecord(writer.last_handle, writer.window, &*writer.pending.end() - count, count));
}

void GroupCommit::PruneWriter(const Session& session, WriterState& writer) {
  if (writer.last_sequence + 1 - writer.window <= 2 * kRetryWindow) return;
  std::string begin = WriterKey(session.id(), writer.name, writer.window);
  absl::StatusOr<RocksEntry> keep =
      FindLast(store_, Family::kWriters, begin, WriterKey(session.id(), writer.name, writer.last_sequence - kRetryWindow + 1));
  // What can't be read is left where it is; the reader of it has the error.
  if (!keep.ok() || keep->key.empty()) return;
  std::vector<Deletion> deletions;
  if (!store_.PlanDeletion(Family::kWriters, begin, keep->key, deletions).ok()) return;
  store_.Stage(deletions, batch_);
  writer.window = BigEndian64(absl::string_view(keep->key).substr(keep->key.size() - 8));
}

void GroupCommit::ReachCrashPoints(bool written) const {
  auto reach = [this, written](Step step, absl::string_view before, absl::string_view after) {
    if (steps_ & step) CrashPoint(written ? after : before);
  };
  reach(kAppends, "append.before_write", "append.written");
  reach(kTruncates, "truncate.before_write", "truncate.written");
  reach(kBeginsSave, "intent.before_write", "intent.written");
  reach(kEndsSave, "outcome.before_write", "outcome.written");
}

bool GroupCommit::Write() {
  for (CachedSession* cached : staged_) Seal(*cached);
  bool any = batch_.Count() > 0;
  if (any) {
    ReachCrashPoints(false);
    rocksdb::WriteOptions options;
    options.sync = sync_;
    rocksdb::Status status = store_.db().Write(options, &batch_);
    if (!status.ok()) {
      std::fprintf(stderr, "uow: the journal in %s can't be written, and what is durable is unknown: %s. Stopping.\n",
                   store_.directory().c_str(), status.ToString().c_str());
      std::abort();
    }
    space_.Written(batch_.GetDataSize());
    ReachCrashPoints(true);
    if (batch_.GetDataSize() > kKeptBatchBytes) {
      batch_ = rocksdb::WriteBatch();
    } else {
      batch_.Clear();
    }
  }
  for (CachedSession* cached : staged_) {
    cached->session.ForgetPending();
    cached->staged = cached->active = false;
    cached->runs.clear();
    cached->writers.clear();
  }
  staged_.clear();
  cache_.Trim();
  steps_ = 0;
  now_us_ = 0;
  ++number_;
  return any;
}

}  // namespace uow
