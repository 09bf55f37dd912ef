#include "journal/session_cache.h"

#include <utility>

#include "journal/errors.h"
#include "journal/rocks_lookup.h"

namespace uow {

absl::StatusOr<CachedSession*> SessionCache::Load(const SessionId& id) {
  if (auto found = entries_.find(id); found != entries_.end()) {
    Entry& entry = found->second;
    uses_.splice(uses_.begin(), uses_, entry.use);
    size_t bytes = entry.session->session.ApproximateBytes();
    bytes_ += bytes - std::exchange(entry.bytes, bytes);
    return entry.session.get();
  }
  UOW_ASSIGN_OR_RETURN(SessionState state, ReadState(store_, id));
  UOW_ASSIGN_OR_RETURN(Truncations truncations, ReadTruncations(store_, id));
  auto session = std::make_unique<CachedSession>(
      Session(id, std::move(state), std::move(truncations), std::make_unique<RocksLookup>(store_, id)));
  uses_.push_front(id);
  Entry entry{.session = std::move(session), .use = uses_.begin()};
  entry.bytes = entry.session->session.ApproximateBytes();
  bytes_ += entry.bytes;
  return entries_.emplace(id, std::move(entry)).first->second.session.get();
}

CachedSession* SessionCache::Find(const SessionId& id) {
  auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : found->second.session.get();
}

void SessionCache::Erase(const SessionId& id) {
  auto found = entries_.find(id);
  if (found == entries_.end()) return;
  bytes_ -= found->second.bytes;
  uses_.erase(found->second.use);
  entries_.erase(found);
}

void SessionCache::Trim() {
  while (bytes_ > limit_ && !uses_.empty()) Erase(SessionId(uses_.back()));
}

}  // namespace uow
