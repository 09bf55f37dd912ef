#include "clients/cpp/memory.h"

#include <algorithm>
#include <utility>

namespace uow::inline client::internal {

EntityPtr Memory::Create(const BoundTable& table, std::vector<v1::Value> key, std::vector<ColumnValue> values, EntityPtr revived) {
  EntityPtr entity = revived != nullptr ? std::move(revived) : std::make_shared<EntityState>();
  entity->unit = unit_;
  entity->table = &table;
  entity->ordinal = next_ordinal_++;
  entity->key = std::move(key);
  entity->slots.assign(table.columns.size(), Slot());
  for (ColumnValue& value : values) entity->slots[value.column].value = std::move(value.value);
  entity->life = EntityLife::kLive;
  entity->in_journal = true;
  identities_.Insert(entity);
  log_.Push({UndoRecord::kCreated, entity});
  return entity;
}

void Memory::Set(const EntityPtr& entity, uint32_t column, v1::Value value) {
  Slot& slot = entity->slots[column];
  log_.Push({UndoRecord::kSet, entity, column, std::move(slot.value)});
  slot.value = std::move(value);
  ++slot.pending;
}

void Memory::Erase(const EntityPtr& entity) {
  identities_.Erase(entity);
  entity->life = EntityLife::kErased;
  log_.Push({UndoRecord::kErased, entity});
}

void Memory::MarkObserved(const EntityPtr& entity) {
  entity->in_journal = true;
  log_.Push({UndoRecord::kObserved, entity});
}

void Memory::Undo(UndoRecord& record) {
  EntityState& entity = *record.entity;
  switch (record.kind) {
    case UndoRecord::kCreated:
      identities_.Remove(record.entity);
      entity.life = EntityLife::kDetached;
      break;
    case UndoRecord::kSet:
      entity.slots[record.column].value = std::move(record.old);
      --entity.slots[record.column].pending;
      break;
    case UndoRecord::kErased:
      entity.life = EntityLife::kLive;
      identities_.Insert(record.entity);
      break;
    case UndoRecord::kObserved:
      entity.in_journal = false;
      break;
  }
}

void Memory::UndoTo(uint64_t position) {
  log_.UndoTo(position, [this](UndoRecord& record) { Undo(record); });
}

void Memory::TrimTo(uint64_t position) {
  log_.TrimTo(position, [this](UndoRecord& record) {
    if (record.kind == UndoRecord::kSet) --record.entity->slots[record.column].pending;
    if (record.kind == UndoRecord::kErased) identities_.ForgetErased(record.entity);
  });
}

EntityPtr Memory::Attach(const BoundTable& table, std::vector<v1::Value> key) {
  EntityPtr entity = std::make_shared<EntityState>();
  entity->unit = unit_;
  entity->table = &table;
  entity->ordinal = next_ordinal_++;
  entity->key = std::move(key);
  entity->slots.assign(table.columns.size(), Slot());
  identities_.Insert(entity);
  return entity;
}

void Memory::Load(const EntityPtr& entity, uint32_t column, v1::Value value) {
  Slot& slot = entity->slots[column];
  if (slot.pending == 0) slot.value = std::move(value);
}

void Memory::Hydrate(const EntityPtr& entity, uint32_t column, v1::Value value) {
  Slot& slot = entity->slots[column];
  if (slot.pending == 0) {
    slot.value = std::move(value);
    return;
  }
  for (UndoRecord& record : log_.records()) {
    if (record.kind != UndoRecord::kSet || record.entity != entity || record.column != column) continue;
    record.old = std::move(value);
    return;
  }
}

void Memory::LoadUnknown(const EntityPtr& entity, uint32_t column, v1::Value value) {
  if (entity->slots[column].value.kind_case() == v1::Value::KIND_NOT_SET) Load(entity, column, std::move(value));
}

std::vector<EntityPtr> Memory::CreatedSince(uint64_t position) const {
  std::vector<EntityPtr> created;
  for (uint64_t i = std::max(position, log_.begin()); i < log_.end(); ++i) {
    const UndoRecord& record = log_.at(i);
    if (record.kind == UndoRecord::kCreated) created.push_back(record.entity);
  }
  return created;
}

void Memory::Clear() {
  UndoTo(log_.begin());
  identities_.Clear();
}

void Memory::Adopt(const EntityPtr& entity) {
  entity->ordinal = next_ordinal_++;
  entity->in_journal = false;
  identities_.Insert(entity);
}

}  // namespace uow::inline client::internal
