#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal/clock.h"
#include "journal/free_space.h"
#include "journal/rocks_store.h"
#include "journal/session_cache.h"

namespace uow {

// The group commit under way: what commands and calls have staged, written at once with one sync. Then the next one begins. The
// committer's; not thread-safe.
class GroupCommit {
 public:
  GroupCommit(RocksStore& store, const RocksJournalOptions& options, Clock& clock);

  RocksStore& store() { return store_; }
  rocksdb::WriteBatch& batch() { return batch_; }
  // The time of this group.
  int64_t now_us();
  // Counts the groups, from 1.
  uint64_t number() const { return number_; }

  // SESSION_NOT_FOUND, JOURNAL_CORRUPT.
  absl::StatusOr<CachedSession*> Load(const SessionId& id) { return cache_.Load(id); }
  bool IsStaged(const SessionId& id);
  // The session's state is written with this group; `active`: and its idle time begins anew.
  void Stage(CachedSession& cached, bool active = true);
  // The session's records are deleted by this group.
  void Forget(const SessionId& id) { cache_.Erase(id); }

  // DISK_FULL. What frees space, or settles what has happened elsewhere, may go deeper into the reserve.
  enum class Urgency { kNormal, kMustWrite };
  absl::Status CheckSpace(Urgency urgency = Urgency::kNormal);

  // Stages an effect and applies it. JOURNAL_CORRUPT for a rollback into a damaged chunk. `command` stays until Write.
  absl::Status StageCommand(CachedSession& cached, WriterState& writer, const Command& command, uint64_t hash,
                            const Effect& effect);

  // What the group does, for the crash tests.
  enum Step { kAppends = 1, kTruncates = 2, kBeginsSave = 4, kEndsSave = 8 };
  void Note(Step step) { steps_ |= step; }

  // Writes and syncs what is staged; false where that is nothing. Stops the process where it fails, since nobody knows then what is
  // durable.
  bool Write();

 private:
  void StageRun(CachedSession& cached, const WriterState& writer, const AppendAction& append, uint64_t sequence);
  absl::Status StageRollback(CachedSession& cached, const Effect& effect);
  void Seal(CachedSession& cached);
  void SealChunks(CachedSession& cached);
  void SealWriter(const Session& session, WriterState& writer);
  void PruneWriter(const Session& session, WriterState& writer);
  void ReachCrashPoints(bool written) const;

  RocksStore& store_;
  Clock& clock_;
  const bool sync_;
  SessionCache cache_;
  FreeSpace space_;
  rocksdb::WriteBatch batch_;
  std::vector<CachedSession*> staged_;
  int64_t now_us_ = 0;
  uint64_t number_ = 1;
  unsigned steps_ = 0;
};

}  // namespace uow
