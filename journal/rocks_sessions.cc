#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "journal/rocks_journal_impl.h"
#include "journal/rocks_lookup.h"

namespace uow {
namespace {

// A page of a list is cut short rather than read through more sessions than this.
constexpr size_t kMaxVisited = 20000;

absl::Status SessionExists(const SessionId& id) {
  return MakeError(v1::ERROR_REASON_SESSION_EXISTS,
                   absl::StrCat("session ", id.ToString(), " exists already, or did a short while ago: choose another id"));
}

bool Matches(const SessionFilter& filter, const SessionMeta& meta, const SessionState& state) {
  if (filter.open && *filter.open != state.open) return false;
  return std::all_of(filter.labels.begin(), filter.labels.end(), [&meta](const auto& label) {
    auto found = meta.labels.find(label.first);
    return found != meta.labels.end() && found->second == label.second;
  });
}

}  // namespace

void StageDeadline(RocksStore& store, const SessionId& id, DeadlineKind from, DeadlineKind to, int64_t time_us, SessionState& state,
                   rocksdb::WriteBatch& batch) {
  batch.Delete(store.handle(Family::kDeadlines), DeadlineKey(from, state.deadline_us, id));
  batch.Put(store.handle(Family::kDeadlines), DeadlineKey(to, time_us, id), EncodeVersioned(""));
  state.deadline_us = time_us;
}

absl::StatusOr<SessionState> RocksJournal::ReadLive(const SessionId& id, const rocksdb::Snapshot* snapshot) {
  UOW_ASSIGN_OR_RETURN(SessionState state, ReadState(*store_, id, snapshot));
  if (state.ExpiredAt(NowMicros())) return SessionNotFound(id);
  return state;
}

absl::StatusOr<SessionInfo> RocksJournal::Describe(const SessionId& id, const SessionState& state) {
  UOW_ASSIGN_OR_RETURN(SessionMeta meta, ReadMeta(*store_, id));
  return MakeSessionInfo(id, meta, state);
}

absl::StatusOr<SessionInfo> RocksJournal::CreateSession(const NewSession& session) {
  if (!session.id) return CreateSessionAs(SessionId::Random(), session);
  // Two of one id in one group commit would not see each other.
  {
    MutexLock lock(creating_mutex_);
    while (!creating_.insert(*session.id).second) created_.Wait(creating_mutex_);
  }
  absl::StatusOr<SessionInfo> info = CreateSessionAs(*session.id, session);
  MutexLock lock(creating_mutex_);
  creating_.erase(*session.id);
  created_.NotifyAll();
  return info;
}

absl::StatusOr<SessionInfo> RocksJournal::CreateSessionAs(const SessionId& id, const NewSession& session) {
  SessionMeta meta;
  SessionState state;
  UOW_RETURN_IF_ERROR(committer_.Run(id, [&](GroupCommit& group) -> absl::Status {
    if (session.id) {
      absl::Status known = group.Load(id).status();
      if (known.ok()) return SessionExists(id);
      if (ReasonOf(known) != v1::ERROR_REASON_SESSION_NOT_FOUND) return known;
    }
    UOW_RETURN_IF_ERROR(group.CheckSpace());
    meta = {absl::FromUnixMicros(group.now_us()), session.target, session.schema_id, session.labels, session.dialect};
    state.tail = ChainSeed(id);
    state.active_us = group.now_us();
    state.idle_ttl_us = ToMicros(session.idle_ttl);
    state.deadline_us = state.ExpiresAt();
    rocksdb::WriteBatch& batch = group.batch();
    batch.Put(store_->handle(Family::kSessions), MetaKey(id), EncodeMeta(meta));
    batch.Put(store_->handle(Family::kSessions), StateKey(id), EncodeState(state));
    batch.Put(store_->handle(Family::kDeadlines), DeadlineKey(DeadlineKind::kExpires, state.deadline_us, id), EncodeVersioned(""));
    return absl::OkStatus();
  }));
  return MakeSessionInfo(id, meta, state);
}

absl::StatusOr<SessionInfo> RocksJournal::GetSession(const SessionId& id) {
  UOW_ASSIGN_OR_RETURN(SessionState state, ReadLive(id));
  return Describe(id, state);
}

absl::StatusOr<SessionPage> RocksJournal::ListSessions(const SessionFilter& filter, const SessionId& from, size_t limit) {
  SessionPage page;
  int64_t now = NowMicros();
  size_t visited = 0;
  SessionMeta meta;
  RocksRange range(*store_, Family::kSessions, std::string(from.AsBytes()), "");
  for (; range.Valid(); range.Next()) {
    absl::string_view key = range.key();
    SessionId id = SessionOfKey(key);
    if (key.back() == 'm') {
      if (page.sessions.size() >= limit || visited++ >= kMaxVisited) {
        page.next = id;
        break;
      }
      meta = SessionMeta();
      // One damaged session must not hide the others; whoever uses it gets the error.
      if (!DecodeMeta(range.value(), meta)) continue;
    } else if (key.back() == 's') {
      SessionState state;
      if (!DecodeState(range.value(), state) || state.ExpiredAt(now) || !Matches(filter, meta, state)) continue;
      page.sessions.push_back(MakeSessionInfo(id, meta, state));
    }
  }
  UOW_RETURN_IF_ERROR(range.status());
  return page;
}

absl::StatusOr<SessionInfo> RocksJournal::RenewSession(const SessionId& id, absl::Duration idle_ttl) {
  SessionState renewed;
  UOW_RETURN_IF_ERROR(committer_.Run(id, [&](GroupCommit& group) -> absl::Status {
    UOW_ASSIGN_OR_RETURN(CachedSession * cached, group.Load(id));
    UOW_RETURN_IF_ERROR(cached->session.CheckOpen(group.now_us()));
    UOW_RETURN_IF_ERROR(group.CheckSpace());
    SessionState& state = cached->session.state();
    state.active_us = group.now_us();
    if (idle_ttl > absl::ZeroDuration()) state.idle_ttl_us = ToMicros(idle_ttl);
    // Later is left to the purge; earlier it would not find.
    if (state.ExpiresAt() < state.deadline_us) {
      StageDeadline(*store_, id, DeadlineKind::kExpires, DeadlineKind::kExpires, state.ExpiresAt(), state, group.batch());
    }
    group.Stage(*cached);
    renewed = state;
    return absl::OkStatus();
  }));
  return Describe(id, renewed);
}

absl::StatusOr<SessionInfo> RocksJournal::CloseSession(const SessionId& id, bool keep_history) {
  SessionState closed;
  UOW_RETURN_IF_ERROR(committer_.Run(id, [&](GroupCommit& group) -> absl::Status {
    UOW_ASSIGN_OR_RETURN(CachedSession * cached, group.Load(id));
    SessionState& state = cached->session.state();
    if (state.ExpiredAt(group.now_us())) return SessionNotFound(id);
    if (state.save_stands) {
      return MakeError(v1::ERROR_REASON_SAVE_IN_PROGRESS,
                       absl::StrCat("save \"", state.pending_save_id, "\" of the session is running or in doubt; wait for it"));
    }
    if (state.open) {
      UOW_RETURN_IF_ERROR(group.CheckSpace(GroupCommit::Urgency::kMustWrite));
      state.open = false;
      state.keep_history = keep_history;
      state.closed_us = group.now_us();
      DeadlineKind kind = keep_history ? DeadlineKind::kClosedWithHistory : DeadlineKind::kClosed;
      StageDeadline(*store_, id, DeadlineKind::kExpires, kind, group.now_us(), state, group.batch());
      group.Stage(*cached, false);
    }
    closed = state;
    return absl::OkStatus();
  }));
  return Describe(id, closed);
}

}  // namespace uow
