#include <algorithm>
#include <utility>
#include <vector>

#include "journal/coding.h"
#include "journal/errors.h"
#include "journal/rocks_journal_impl.h"
#include "journal/rocks_lookup.h"

namespace uow {
namespace {

// Sessions in one group commit: the committer has others to serve.
constexpr size_t kBatch = 256;

constexpr Family kSessionFamilies[] = {Family::kSessions, Family::kChunks, Family::kCheckpoints,
                                       Family::kWriters,  Family::kSaves,  Family::kHandles};

}  // namespace

absl::StatusOr<std::vector<RocksJournal::Due>> RocksJournal::FindDue(DeadlineKind kind, int64_t until_us, size_t limit) {
  std::vector<Due> due;
  if (until_us < 0) return due;
  RocksRange range(*store_, Family::kDeadlines, DeadlineKey(kind, 0, SessionId{}), DeadlinesAfter(kind, until_us));
  for (; range.Valid() && due.size() < limit; range.Next()) {
    absl::string_view key = range.key();
    due.push_back({kind, static_cast<int64_t>(BigEndian64(key.substr(1))), SessionOfKey(key.substr(9))});
  }
  UOW_RETURN_IF_ERROR(range.status());
  return due;
}

absl::Status RocksJournal::CloseExpired(size_t limit) {
  for (size_t closed = 0; closed < limit;) {
    // An entry is due a millisecond late rather than while its session still counts as alive.
    UOW_ASSIGN_OR_RETURN(std::vector<Due> due, FindDue(DeadlineKind::kExpires, NowMicros() - 1, std::min(kBatch, limit - closed)));
    if (due.empty()) break;
    size_t moved = 0;
    UOW_RETURN_IF_ERROR(committer_.Run(SessionId{}, [&](GroupCommit& group) -> absl::Status {
      UOW_RETURN_IF_ERROR(group.CheckSpace(GroupCommit::Urgency::kMustWrite));
      for (const Due& entry : due) {
        absl::StatusOr<CachedSession*> cached = group.Load(entry.id);
        // Whoever uses a damaged session gets its error; it isn't removed unseen.
        if (!cached.ok() || (*cached)->staged) continue;
        SessionState& state = (*cached)->session.state();
        if (!state.open || state.deadline_us != entry.time_us) continue;
        ++moved;
        if (!state.ExpiredAt(group.now_us())) {
          int64_t next = std::max(state.ExpiresAt(), group.now_us() + std::max<int64_t>(state.idle_ttl_us, 1));
          StageDeadline(*store_, entry.id, DeadlineKind::kExpires, DeadlineKind::kExpires, next, state, group.batch());
        } else {
          ++closed;
          state.open = false;
          state.closed_us = group.now_us();
          StageDeadline(*store_, entry.id, DeadlineKind::kExpires, DeadlineKind::kClosed, group.now_us(), state, group.batch());
        }
        group.Stage(**cached, false);
      }
      return absl::OkStatus();
    }));
    if (moved == 0) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> RocksJournal::RemoveClosed(DeadlineKind kind, int64_t until_us, size_t limit) {
  size_t removed = 0;
  while (removed < limit) {
    UOW_ASSIGN_OR_RETURN(std::vector<Due> due, FindDue(kind, until_us, std::min(kBatch, limit - removed)));
    // Found here and not on the committer's thread: nothing is added to a closed session.
    std::vector<std::vector<Deletion>> deletions(due.size());
    for (size_t i = 0; i < due.size(); ++i) {
      const SessionId& id = due[i].id;
      for (Family family : kSessionFamilies) {
        UOW_RETURN_IF_ERROR(store_->PlanDeletion(family, std::string(id.AsBytes()), SessionEnd(id), deletions[i]));
      }
      deletions[i].push_back({Family::kDeadlines, DeadlineKey(kind, due[i].time_us, id), ""});
    }
    size_t done = 0;
    UOW_RETURN_IF_ERROR(committer_.Run(SessionId{}, [&](GroupCommit& group) -> absl::Status {
      UOW_RETURN_IF_ERROR(group.CheckSpace(GroupCommit::Urgency::kMustWrite));
      for (size_t i = 0; i < due.size(); ++i) {
        absl::StatusOr<CachedSession*> cached = group.Load(due[i].id);
        if (!cached.ok() || (*cached)->staged || (*cached)->session.state().open) continue;
        store_->Stage(deletions[i], group.batch());
        group.Forget(due[i].id);
        ++done;
      }
      return absl::OkStatus();
    }));
    if (done == 0) break;
    removed += done;
  }
  return removed;
}

absl::StatusOr<size_t> RocksJournal::Purge(absl::Duration history_retention, size_t limit) {
  UOW_RETURN_IF_ERROR(CloseExpired(limit));
  UOW_ASSIGN_OR_RETURN(size_t removed, RemoveClosed(DeadlineKind::kClosed, NowMicros(), limit));
  if (removed == limit) return removed;
  UOW_ASSIGN_OR_RETURN(size_t history,
                       RemoveClosed(DeadlineKind::kClosedWithHistory, NowMicros() - ToMicros(history_retention), limit - removed));
  return removed + history;
}

}  // namespace uow
