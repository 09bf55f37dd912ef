#include "clients/cpp/identity_map.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace uow::inline client::internal {

std::string IdentityMap::Bytes(const BoundTable& table, const std::vector<v1::Value>& key) const {
  std::string bytes = absl::StrCat(table.position, "/");
  for (const v1::Value& part : key) {
    std::string value = Resolved(part).SerializeAsString();
    absl::StrAppend(&bytes, value.size(), ":", value);
  }
  return bytes;
}

EntityPtr IdentityMap::Find(const BoundTable& table, const std::vector<v1::Value>& key) const {
  auto it = live_.find(Bytes(table, key));
  return it == live_.end() ? nullptr : it->second;
}

bool IdentityMap::IsErased(const BoundTable& table, const std::vector<v1::Value>& key) const {
  return erased_.contains(Bytes(table, key));
}

bool IdentityMap::RemoveFrom(Map& map, const EntityPtr& entity) {
  auto it = map.find(Bytes(*entity->table, entity->key));
  if (it == map.end() || it->second != entity) return false;
  map.erase(it);
  return true;
}

void IdentityMap::Insert(const EntityPtr& entity) {
  for (v1::Value& part : entity->key) {
    part = v1::Value(Resolved(part));
    if (part.kind_case() != v1::Value::kHandleValue) continue;
    std::vector<EntityPtr>& waiting = waiting_[KeyOf(part.handle_value())];
    // Changes are undone newest first, so that an entity that comes back is most often the last one.
    if (std::find(waiting.rbegin(), waiting.rend(), entity) == waiting.rend()) waiting.push_back(entity);
  }
  RemoveFrom(erased_, entity);
  live_[Bytes(*entity->table, entity->key)] = entity;
}

void IdentityMap::Remove(const EntityPtr& entity) {
  RemoveFrom(live_, entity);
  for (const v1::Value& part : entity->key) {
    if (part.kind_case() != v1::Value::kHandleValue) continue;
    auto waiting = waiting_.find(KeyOf(part.handle_value()));
    if (waiting == waiting_.end()) continue;
    auto last = std::find(waiting->second.rbegin(), waiting->second.rend(), entity);
    if (last != waiting->second.rend()) waiting->second.erase(std::next(last).base());
    if (waiting->second.empty()) waiting_.erase(waiting);
  }
}

void IdentityMap::Erase(const EntityPtr& entity) {
  RemoveFrom(live_, entity);
  erased_[Bytes(*entity->table, entity->key)] = entity;
}

void IdentityMap::Clear() {
  live_.clear();
  erased_.clear();
  waiting_.clear();
}

void IdentityMap::ForgetErased(const EntityPtr& entity) { RemoveFrom(erased_, entity); }

void IdentityMap::Resolve(const v1::Handle& handle, const v1::Value& value) {
  auto waiting = waiting_.find(KeyOf(handle));
  if (waiting == waiting_.end()) {
    resolved_[KeyOf(handle)] = value;
    return;
  }
  std::vector<EntityPtr> entities = std::move(waiting->second);
  waiting_.erase(waiting);
  std::vector<Map*> homes;
  for (const EntityPtr& entity : entities) {
    homes.push_back(RemoveFrom(live_, entity) ? &live_ : RemoveFrom(erased_, entity) ? &erased_ : nullptr);
  }
  resolved_[KeyOf(handle)] = value;
  for (size_t i = 0; i < entities.size(); ++i) {
    for (v1::Value& part : entities[i]->key) part = v1::Value(Resolved(part));
    if (homes[i] != nullptr) (*homes[i])[Bytes(*entities[i]->table, entities[i]->key)] = entities[i];
  }
}

const v1::Value& IdentityMap::Resolved(const v1::Value& value) const {
  if (value.kind_case() != v1::Value::kHandleValue) return value;
  auto it = resolved_.find(KeyOf(value.handle_value()));
  return it == resolved_.end() ? value : it->second;
}

std::vector<EntityPtr> IdentityMap::List(const BoundTable& table) const {
  std::vector<EntityPtr> result;
  ForEach([&](const EntityPtr& entity) {
    if (entity->table == &table) result.push_back(entity);
  });
  std::sort(result.begin(), result.end(), [](const EntityPtr& a, const EntityPtr& b) { return a->ordinal < b->ordinal; });
  return result;
}

}  // namespace uow::inline client::internal
