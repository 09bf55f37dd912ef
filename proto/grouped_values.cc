#include "proto/grouped_values.h"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace uow {
namespace {

bool IsOneHandle(const v1::GeneratedEntity& entity) {
  return entity.key_size() == 1 && entity.generated_key_size() == 1 && entity.key(0).has_handle_value() && entity.fields().empty();
}

// Whether all that was generated is an integer version of a row with an integer key.
bool IsOneVersion(const v1::GeneratedEntity& entity) {
  if (entity.key_size() != 1 || entity.generated_key_size() != 1 || entity.fields_size() != 1) return false;
  const v1::Field& field = entity.fields(0);
  return entity.key(0).has_int64_value() && entity.generated_key(0).has_int64_value() &&
         entity.key(0).int64_value() == entity.generated_key(0).int64_value() && field.value().has_int64_value() &&
         (!field.has_old() || field.old().has_int64_value());
}

// Groups versions by table, and by whether one was checked.
template <typename Grouped>
class VersionGroups {
 public:
  explicit VersionGroups(Grouped& result) : result_(result) {}

  void Add(const v1::GeneratedEntity& entity) {
    const v1::Field& field = entity.fields(0);
    v1::GeneratedVersions& group = GroupOf(entity.table(), field);
    group.add_integer_keys(entity.key(0).int64_value());
    group.add_versions(field.value().int64_value());
    if (field.has_old()) group.add_replaced(field.old().int64_value());
  }

 private:
  v1::GeneratedVersions& GroupOf(uint32_t table, const v1::Field& field) {
    auto [place, added] = groups_.try_emplace(std::tuple(table, field.column(), field.has_old()), nullptr);
    if (added) {
      place->second = result_.add_versions();
      place->second->set_table(table);
      place->second->set_column(field.column());
    }
    return *place->second;
  }

  Grouped& result_;
  std::map<std::tuple<uint32_t, uint32_t, bool>, v1::GeneratedVersions*> groups_;
};

// Groups keys by table and writer.
template <typename Grouped>
class KeyGroups {
 public:
  explicit KeyGroups(Grouped& result) : result_(result) {}

  void Add(uint32_t table, const v1::Handle& handle, const v1::Value& key) {
    v1::GeneratedKeys& group = GroupOf(table, handle.writer());
    if (group.keys().empty() && key.has_int64_value()) {
      group.add_integer_keys(key.int64_value());
    } else {
      // One key that isn't a signed integer makes values of the group's others.
      for (int64_t integer : group.integer_keys()) group.add_keys()->set_int64_value(integer);
      group.clear_integer_keys();
      *group.add_keys() = key;
    }
    group.add_counters(handle.counter());
  }

 private:
  v1::GeneratedKeys& GroupOf(uint32_t table, const std::string& writer) {
    // Entities of one table and writer mostly come in a row.
    if (last_ != nullptr && last_->table() == table && last_->writer() == writer) return *last_;
    auto [place, added] = groups_.try_emplace(std::pair(table, writer), nullptr);
    if (added) {
      place->second = result_.add_keys();
      place->second->set_table(table);
      place->second->set_writer(writer);
    }
    return *(last_ = place->second);
  }

  Grouped& result_;
  std::map<std::pair<uint32_t, std::string>, v1::GeneratedKeys*> groups_;
  v1::GeneratedKeys* last_ = nullptr;
};

bool UngroupKeys(v1::GeneratedKeys& group, std::vector<v1::GeneratedEntity>& entities) {
  const bool integers = group.keys().empty();
  const int keys = integers ? group.integer_keys_size() : group.keys_size();
  if (keys != group.counters_size() || group.writer().empty()) return false;
  for (int i = 0; i < keys; ++i) {
    v1::GeneratedEntity& entity = entities.emplace_back();
    entity.set_table(group.table());
    v1::Handle& handle = *entity.add_key()->mutable_handle_value();
    handle.set_writer(group.writer());
    handle.set_counter(group.counters(i));
    if (integers) {
      entity.add_generated_key()->set_int64_value(group.integer_keys(i));
    } else {
      *entity.add_generated_key() = std::move(*group.mutable_keys(i));
    }
  }
  return true;
}

bool UngroupVersions(const v1::GeneratedVersions& group, std::vector<v1::GeneratedEntity>& entities) {
  if (group.versions_size() != group.integer_keys_size()) return false;
  if (!group.replaced().empty() && group.replaced_size() != group.versions_size()) return false;
  for (int i = 0; i < group.versions_size(); ++i) {
    v1::GeneratedEntity& entity = entities.emplace_back();
    entity.set_table(group.table());
    entity.add_key()->set_int64_value(group.integer_keys(i));
    entity.add_generated_key()->set_int64_value(group.integer_keys(i));
    v1::Field& field = *entity.add_fields();
    field.set_column(group.column());
    field.mutable_value()->set_int64_value(group.versions(i));
    if (!group.replaced().empty()) field.mutable_old()->set_int64_value(group.replaced(i));
  }
  return true;
}

}  // namespace

template <typename Grouped>
void GroupEntities(const v1::GeneratedEntity* begin, const v1::GeneratedEntity* end, Grouped& grouped) {
  KeyGroups keys(grouped);
  VersionGroups versions(grouped);
  for (const v1::GeneratedEntity* entity = begin; entity != end; ++entity) {
    if (IsOneHandle(*entity)) {
      keys.Add(entity->table(), entity->key(0).handle_value(), entity->generated_key(0));
    } else if (IsOneVersion(*entity)) {
      versions.Add(*entity);
    } else {
      *grouped.add_entities() = *entity;
    }
  }
}

template <typename Grouped>
bool UngroupEntities(Grouped& grouped, std::vector<v1::GeneratedEntity>& entities) {
  for (v1::GeneratedKeys& group : *grouped.mutable_keys()) {
    if (!UngroupKeys(group, entities)) return false;
  }
  for (const v1::GeneratedVersions& group : grouped.versions()) {
    if (!UngroupVersions(group, entities)) return false;
  }
  for (v1::GeneratedEntity& entity : *grouped.mutable_entities()) entities.push_back(std::move(entity));
  return true;
}

template void GroupEntities(const v1::GeneratedEntity*, const v1::GeneratedEntity*, v1::GroupedValues&);
template void GroupEntities(const v1::GeneratedEntity*, const v1::GeneratedEntity*, v1::SaveResult&);
template bool UngroupEntities(v1::GroupedValues&, std::vector<v1::GeneratedEntity>&);
template bool UngroupEntities(v1::SaveResult&, std::vector<v1::GeneratedEntity>&);

}  // namespace uow
