#include "journal/reference_index.h"

#include <algorithm>
#include <utility>

#include "journal/canonical.h"

namespace uow {
namespace {

bool Acts(v1::ReferentialAction action) {
  return action != v1::REFERENTIAL_ACTION_UNSPECIFIED && action != v1::REFERENTIAL_ACTION_RESTRICT;
}

uint64_t IdOf(const ForeignKeyRef& key) { return uint64_t{key.table} << 32 | key.position; }

}  // namespace

bool ActsOnDelete(const v1::ForeignKey& key) { return Acts(key.on_delete()); }

bool ActsOnUpdate(const v1::ForeignKey& key) { return Acts(key.on_update()); }

ReferenceIndex::ReferenceIndex(const SchemaIndex& schema)
    : schema_(schema),
      referring_(schema.table_count()),
      acting_(schema.table_count()),
      referred_to_(schema.table_count()),
      acts_on_delete_(schema.table_count(), false) {
  for (uint32_t table = 0; table < schema.table_count(); ++table) {
    referred_to_[table].resize(schema.table(table).columns_size());
  }
  for (uint32_t table = 0; table < schema.table_count(); ++table) {
    const auto& keys = schema.table(table).foreign_keys();
    for (int position = 0; position < keys.size(); ++position) {
      if (!ActsOnDelete(keys[position]) && !ActsOnUpdate(keys[position])) continue;
      acting_[table].push_back(position);
      const uint32_t parent = keys[position].referenced_table();
      if (ActsOnDelete(keys[position])) acts_on_delete_[parent] = true;
      referring_[parent].push_back({table, static_cast<uint32_t>(position)});
      for (uint32_t column : keys[position].referenced_columns()) referred_to_[parent][column] = true;
    }
  }
}

std::string ReferenceIndex::TupleOf(const NetEntity& entity, const google::protobuf::RepeatedField<uint32_t>& columns) const {
  std::string tuple;
  for (uint32_t column : columns) {
    const int place = schema_.key_position(entity.table(), column);
    const v1::Value* value = place >= 0 ? &entity.current_key()[place] : entity.Current(column);
    if (value == nullptr || value->has_null_value()) return "";
    AppendValueBytes(*value, tuple);
  }
  return tuple;
}

void ReferenceIndex::Note(uint32_t entity, const NetEntity* state) {
  if (!used_) return;
  if (auto before = noted_.find(entity); before != noted_.end()) {
    for (const auto& [key, tuple] : before->second) {
      Referrers& referrers = referrers_[key];
      auto entities = referrers.find(tuple);
      entities->second.erase(entity);
      if (entities->second.empty()) referrers.erase(entities);
    }
    noted_.erase(before);
  }
  if (state == nullptr || state->kind() == v1::CHANGE_KIND_DELETE || acting_[state->table()].empty()) return;
  std::vector<std::pair<uint64_t, std::string>>& noted = noted_[entity];
  for (uint32_t position : acting_[state->table()]) {
    const ForeignKeyRef key{state->table(), position};
    std::string tuple = TupleOf(*state, Definition(key).columns());
    if (tuple.empty()) continue;
    referrers_[IdOf(key)][tuple].insert(entity);
    noted.emplace_back(IdOf(key), std::move(tuple));
  }
}

std::vector<uint32_t> ReferenceIndex::Find(const ForeignKeyRef& key, const std::string& tuple) const {
  std::vector<uint32_t> found;
  auto referrers = referrers_.find(IdOf(key));
  if (tuple.empty() || referrers == referrers_.end()) return found;
  if (auto entities = referrers->second.find(tuple); entities != referrers->second.end()) {
    found.assign(entities->second.begin(), entities->second.end());
    std::sort(found.begin(), found.end());
  }
  return found;
}

}  // namespace uow
