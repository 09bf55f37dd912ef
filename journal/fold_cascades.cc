// What ON DELETE and ON UPDATE actions do to the entities of a fold.
#include <algorithm>
#include <utility>

#include "journal/canonical.h"
#include "journal/fold_state.h"

namespace uow {

ReferenceIndex& FoldState::References() {
  if (!references_) references_.emplace(*schema_);
  return *references_;
}

FoldState::Referred FoldState::ReferredBy(const NetEntity& entity) {
  const std::vector<ForeignKeyRef>& referring = References().referring(entity.table());
  if (referring.empty()) return {};
  if (!references_->used()) {
    references_->Use();
    for (uint32_t index = 0; index < entities_.size(); ++index) NoteReferences(index);
  }
  Referred referred;
  referred.reserve(referring.size());
  for (const ForeignKeyRef& key : referring) {
    const v1::ForeignKey& definition = schema_->table(key.table).foreign_keys(static_cast<int>(key.position));
    referred.push_back(references_->TupleOf(entity, definition.referenced_columns()));
  }
  return referred;
}

void FoldState::FollowRemoval(uint64_t offset, uint32_t table, const Referred& before) {
  std::vector<std::pair<uint32_t, Referred>> removed = {{table, before}};
  while (!removed.empty()) {
    const auto [parent_table, tuples] = std::move(removed.back());
    removed.pop_back();
    const std::vector<ForeignKeyRef>& referring = references_->referring(parent_table);
    for (size_t i = 0; i < tuples.size(); ++i) {
      const v1::ForeignKey& key = schema_->table(referring[i].table).foreign_keys(static_cast<int>(referring[i].position));
      for (uint32_t child : references_->Find(referring[i], tuples[i])) {
        if (key.on_delete() == v1::REFERENTIAL_ACTION_SET_NULL) {
          SetNull(offset, child, key);
        } else if (key.on_delete() == v1::REFERENTIAL_ACTION_CASCADE && entities_.has(child)) {
          removed.emplace_back(referring[i].table, ReferredBy(entities_[child]));
          NetFields none;
          DeleteEntity(offset, child, none);
          NoteReferences(child);
        }
      }
    }
  }
}

void FoldState::FollowChange(uint64_t offset, uint32_t entity, const Referred& before) {
  std::vector<std::pair<uint32_t, Referred>> changed = {{entity, before}};
  while (!changed.empty()) {
    const auto [parent, tuples] = std::move(changed.back());
    changed.pop_back();
    if (tuples.empty()) continue;
    const std::vector<ForeignKeyRef>& referring = references_->referring(entities_[parent].table());
    for (size_t i = 0; i < tuples.size(); ++i) {
      const v1::ForeignKey& key = schema_->table(referring[i].table).foreign_keys(static_cast<int>(referring[i].position));
      if (references_->TupleOf(entities_[parent], key.referenced_columns()) == tuples[i]) continue;
      for (uint32_t child : references_->Find(referring[i], tuples[i])) {
        if (key.on_update() == v1::REFERENTIAL_ACTION_SET_NULL) SetNull(offset, child, key);
        if (key.on_update() == v1::REFERENTIAL_ACTION_CASCADE) FollowKey(offset, child, key, parent, changed);
      }
    }
  }
}

void FoldState::FollowKey(uint64_t offset, uint32_t index, const v1::ForeignKey& key, uint32_t parent,
                          std::vector<std::pair<uint32_t, Referred>>& changed) {
  NetEntity& child = entities_[index];
  changed.emplace_back(index, ReferredBy(child));
  const NetEntity& row = entities_[parent];
  NetEntity::Key child_key = child.key(), new_key = child.new_key();
  NetFields fields;
  for (int i = 0; i < key.columns_size(); ++i) {
    const uint32_t referenced = key.referenced_columns(i);
    const int parent_place = schema_->key_position(row.table(), referenced);
    const v1::Value* value = parent_place >= 0 ? &row.current_key()[parent_place] : row.Current(referenced);
    v1::Value next;
    if (value == nullptr) {
      next.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
    } else {
      next = *value;
    }
    const int place = schema_->key_position(child.table(), key.columns(i));
    if (place >= 0) {
      // The database does it to the row's own key.
      if (SameValue(child_key[place], child.current_key()[place])) child_key[place] = next;
      if (!new_key.empty()) new_key[place] = next;
      continue;
    }
    NetField& field = fields.emplace_back();
    field.column = key.columns(i);
    field.offset = offset;
    if (const v1::Value* now = child.Current(field.column)) field.old = *now;
    field.value = std::move(next);
  }
  std::sort(fields.begin(), fields.end(), [](const NetField& a, const NetField& b) { return a.column < b.column; });
  const EntityIdentity before = reader_.IdentityOf(child.table(), child.current_key());
  child.RewriteKey(std::move(child_key), std::move(new_key));
  const EntityIdentity after = reader_.IdentityOf(child.table(), child.current_key());
  if (after != before) {
    Vacate(before);
    slots_.Add(after, {child.first_offset(), kNoEntity}).first->entity = index;
  }
  if (!fields.empty()) child.Cascade(offset, fields);
  NoteReferences(index);
}

void FoldState::SetNull(uint64_t offset, uint32_t index, const v1::ForeignKey& key) {
  NetEntity& child = entities_[index];
  NetFields fields;
  for (uint32_t column : key.columns()) {
    if (schema_->is_key(child.table(), column)) continue;
    NetField& field = fields.emplace_back();
    field.column = column;
    field.offset = offset;
    if (const v1::Value* now = child.Current(column)) field.old = *now;
    field.value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  }
  std::sort(fields.begin(), fields.end(), [](const NetField& a, const NetField& b) { return a.column < b.column; });
  if (!fields.empty()) child.Cascade(offset, fields);
  NoteReferences(index);
}

void FoldState::KeepReferencesToReplaced(const std::vector<uint32_t>& order) {
  auto is_replaced = [&](uint32_t entity) {
    return !entities_.kept(entity) && entities_[entity].kind() == v1::CHANGE_KIND_REPLACE &&
           References().acts_on_delete(entities_[entity].table());
  };
  if (std::none_of(order.begin(), order.end(), is_replaced)) return;
  for (uint32_t number : order) {
    if (entities_.kept(number) || entities_[number].kind() != v1::CHANGE_KIND_UPDATE) continue;
    NetEntity& entity = entities_[number];
    for (const v1::ForeignKey& key : schema_->table(entity.table()).foreign_keys()) {
      if (!References().acts_on_delete(key.referenced_table())) continue;
      for (uint32_t column : key.columns()) entity.KeepWritten(column);
    }
  }
}

}  // namespace uow
