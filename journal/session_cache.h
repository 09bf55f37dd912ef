#pragma once

#include <list>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "journal/chunk.h"
#include "journal/rocks_store.h"
#include "journal/session.h"

namespace uow {

// A session in use, with what the group commit under way has staged of it.
struct CachedSession {
  explicit CachedSession(Session session) : session(std::move(session)) {}

  Session session;
  bool staged = false;
  bool active = false;        // the staged changes are the session's own, and start its idle time anew
  uint64_t first_offset = 0;  // of `runs`
  std::vector<ChunkRun> runs;
  std::vector<const WriterState*> writers;  // of `runs`
};

// The states of the sessions in use: loaded from the store at first use, dropped in order of last use beyond a number of bytes. The
// committer's; not thread-safe.
class SessionCache {
 public:
  SessionCache(RocksStore& store, size_t limit_bytes) : store_(store), limit_(limit_bytes) {}

  // SESSION_NOT_FOUND. Stays where it is until Trim or Erase.
  absl::StatusOr<CachedSession*> Load(const SessionId& id);
  // The session if it is in memory, or null.
  CachedSession* Find(const SessionId& id);
  void Erase(const SessionId& id);
  // Drops sessions beyond the limit. None is staged.
  void Trim();

 private:
  struct Entry {
    std::unique_ptr<CachedSession> session;
    std::list<SessionId>::iterator use;
    size_t bytes = 0;
  };

  RocksStore& store_;
  const size_t limit_;
  size_t bytes_ = 0;
  std::list<SessionId> uses_;  // the last used first
  absl::flat_hash_map<SessionId, Entry> entries_;
};

}  // namespace uow
