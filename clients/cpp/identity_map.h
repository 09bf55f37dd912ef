#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "clients/cpp/entity_state.h"

namespace uow::inline client::internal {

// The live entities of a session by table and key, and the keys that saves generated for handles. A key that contains a handle and
// the same key with the generated value are one key.
class IdentityMap {
 public:
  // The live entity of that key; null where there is none.
  EntityPtr Find(const BoundTable& table, const std::vector<v1::Value>& key) const;
  // Whether an entity of that key was erased and the erasure isn't saved.
  bool IsErased(const BoundTable& table, const std::vector<v1::Value>& key) const;

  // Makes an entity live under its key, which no other live entity has.
  void Insert(const EntityPtr& entity);
  // Its creation was undone.
  void Remove(const EntityPtr& entity);
  // It was erased: a rollback may insert it again.
  void Erase(const EntityPtr& entity);
  // Nothing is live or erased any more. Handles stay resolved.
  void Clear();
  // Its erasure is saved.
  void ForgetErased(const EntityPtr& entity);

  // Notes the key value that a save generated for a handle, also in the keys of the entities that contain the handle.
  void Resolve(const v1::Handle& handle, const v1::Value& value);
  // The generated key value in place of a handle that is resolved; any other value as it is.
  const v1::Value& Resolved(const v1::Value& value) const;

  // The live entities of a table in the order of their ordinals.
  std::vector<EntityPtr> List(const BoundTable& table) const;
  // Calls `visit` with every live entity.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [key, entity] : live_) visit(entity);
  }

 private:
  using HandleKey = std::pair<std::string, uint64_t>;
  static HandleKey KeyOf(const v1::Handle& handle) { return {handle.writer(), handle.counter()}; }
  using Map = absl::flat_hash_map<std::string, EntityPtr>;
  std::string Bytes(const BoundTable& table, const std::vector<v1::Value>& key) const;
  // Removes the entity itself; another one of its key stays. Whether it was there.
  bool RemoveFrom(Map& map, const EntityPtr& entity);

  Map live_;
  Map erased_;
  // Entities whose key contains a handle that isn't resolved. Erased ones too: a rollback may bring them back.
  absl::flat_hash_map<HandleKey, std::vector<EntityPtr>> waiting_;
  absl::flat_hash_map<HandleKey, v1::Value> resolved_;
};

}  // namespace uow::inline client::internal
