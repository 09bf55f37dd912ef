#include "service/range_fold.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "journal/errors.h"
#include "journal/fold.h"

namespace uow {
namespace {

// Asks the journal once per handle: a parent's handle stands in each of its children.
HandleResolver CachedResolver(Journal& journal, const SessionId& session) {
  using Key = std::pair<std::string, uint64_t>;
  auto cache = std::make_shared<absl::flat_hash_map<Key, std::optional<v1::Value>>>();
  return [&journal, session, cache](const v1::Handle& handle, v1::Value& value) -> absl::StatusOr<bool> {
    auto [it, added] = cache->try_emplace(Key(handle.writer(), handle.counter()));
    if (added) {
      v1::Value found;
      absl::StatusOr<bool> resolved = journal.ResolveHandle(session, handle, found);
      if (!resolved.ok()) {
        cache->erase(it);
        return resolved.status();
      }
      if (*resolved) it->second = std::move(found);
    }
    if (!it->second) return false;
    value = *it->second;
    return true;
  };
}

}  // namespace

absl::StatusOr<std::vector<v1::NetChange>> FoldRange(Journal& journal, const SessionId& session, const SchemaRef& schema,
                                                     uint64_t from, uint64_t to, std::optional<uint64_t> epoch) {
  Fold fold(schema, CachedResolver(journal, session));
  UOW_RETURN_IF_ERROR(journal.ReadEvents(session, from, to, epoch,
                                         [&](uint64_t offset, absl::string_view writer, uint64_t sequence, absl::Time time,
                                             const v1::Event& event) { return fold.Add(offset, writer, event); }));
  return fold.Finish();
}

}  // namespace uow
