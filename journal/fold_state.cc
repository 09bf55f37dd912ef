#include "journal/fold_state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow {
namespace {

// Sessions of more events may have few entities.
constexpr uint64_t kMostExpected = 64 << 10;

bool IsHandle(const v1::Value& value) { return value.kind_case() == v1::Value::kHandleValue; }

}  // namespace

void FoldState::Expect(uint64_t events) {
  const auto entities = static_cast<size_t>(std::min(events, kMostExpected));
  entities_.Reserve(entities);
  slots_.Reserve(entities);
}

absl::Status FoldState::Add(uint64_t offset, absl::string_view writer, v1::Event& event) {
  if (event.kind() == v1::EVENT_KIND_OBSERVED) return Observe(offset, writer, event);
  UOW_RETURN_IF_ERROR(reader_.ReadKey(offset, writer, event));
  Slot* slot = slots_.Find(reader_.identity());
  if (slot == nullptr) {
    UOW_ASSIGN_OR_RETURN(bool kept, KeepFirst(offset, event));
    if (kept) return absl::OkStatus();
  }
  reader_.TakeKey();
  if (event.kind() == v1::EVENT_KIND_CREATED) return Create(offset, slot);
  return Change(offset, slot, event);
}

absl::StatusOr<bool> FoldState::KeepFirst(uint64_t offset, v1::Event& event) {
  const uint32_t table = event.table();
  if (!observed_.empty() || !event.new_key().empty() || !reader_.CanReadInPlace()) return false;
  v1::ChangeKind kind = v1::CHANGE_KIND_INSERT;
  std::optional<v1::Value> version;
  if (event.kind() != v1::EVENT_KIND_CREATED) {
    kind = event.kind() == v1::EVENT_KIND_DELETED ? v1::CHANGE_KIND_DELETE : v1::CHANGE_KIND_UPDATE;
    // What is refused, or sets off cascades, or has a version that a save may have replaced.
    const auto referred = [&](const v1::Field& field) { return References().is_referred_to(table, field.column()); };
    if (reader_.has_open_handle()) return false;
    if (kind == v1::CHANGE_KIND_DELETE && !References().referring(table).empty()) return false;
    if (kind == v1::CHANGE_KIND_UPDATE && std::any_of(event.fields().begin(), event.fields().end(), referred)) return false;
    if (schema_->version_column(table) >= 0) {
      if (versions_ != nullptr) return false;
      v1::Value given;
      UOW_ASSIGN_OR_RETURN(bool there, reader_.ReadVersion(given));
      if (there) version = std::move(given);
    }
  }
  for (const HandleBook::Id& id : reader_.own_handles()) handles_.Open(id, entities_.next());
  UOW_RETURN_IF_ERROR(reader_.ReadFieldsInPlace());
  const uint32_t index = entities_.Keep(kind, offset, event, std::move(version));
  slots_.Add(reader_.identity(), {offset, index});
  NoteReferences(index);
  return true;
}

absl::Status FoldState::Create(uint64_t offset, Slot* slot) {
  if (slot == nullptr || slot->entity == kNoEntity) {
    for (const HandleBook::Id& id : reader_.own_handles()) handles_.Open(id, entities_.next());
    UOW_RETURN_IF_ERROR(reader_.ReadFields());
    NoteReferences(AddEntity(offset, v1::CHANGE_KIND_INSERT, slot));
    return absl::OkStatus();
  }
  NetEntity& entity = entities_[slot->entity];
  if (entity.kind() != v1::CHANGE_KIND_DELETE) {
    return reader_.Error(v1::ERROR_REASON_ENTITY_EXISTS,
                         absl::StrCat("the event creates an entity that exists: the event at offset ", entity.last_offset(),
                                      " of this session wrote it"));
  }
  UOW_RETURN_IF_ERROR(reader_.ReadFields());
  entity.Create(offset, reader_.fields());
  NoteReferences(slot->entity);
  return absl::OkStatus();
}

absl::Status FoldState::Change(uint64_t offset, Slot* slot, const v1::Event& event) {
  if (slot == nullptr && reader_.has_open_handle()) {
    return reader_.Error(v1::ERROR_REASON_HANDLE_UNKNOWN,
                         "the event changes an entity that was never created: the handle in its key belongs to another one");
  }
  if (slot != nullptr && IsDeleted(*slot)) {
    return reader_.Error(v1::ERROR_REASON_ENTITY_DELETED,
                         "the event changes an entity that an earlier event of this session deleted, or gave another key");
  }
  UOW_RETURN_IF_ERROR(reader_.ReadFields());
  const bool deletes = event.kind() == v1::EVENT_KIND_DELETED;
  const uint32_t table = reader_.table();
  const bool known = slot != nullptr;
  uint32_t entity = known ? slot->entity : AddEntity(offset, deletes ? v1::CHANGE_KIND_DELETE : v1::CHANGE_KIND_UPDATE, slot);
  if (entities_[entity].kind() != v1::CHANGE_KIND_INSERT) UOW_RETURN_IF_ERROR(NoteVersion(entities_[entity]));
  if (deletes) {
    const Referred before = ReferredBy(entities_[entity]);
    if (known) DeleteEntity(offset, entity, reader_.fields());
    NoteReferences(entity);
    FollowRemoval(offset, table, before);
    return absl::OkStatus();
  }
  const bool referred = !event.new_key().empty() || ChangesReferred(entities_[entity], known);
  const Referred before = referred ? ReferredBy(entities_[entity]) : Referred();
  entities_[entity].Update(offset, reader_.fields());
  if (!event.new_key().empty()) {
    UOW_ASSIGN_OR_RETURN(entity, Move(offset, entity));
  }
  NoteReferences(entity);
  if (referred) FollowChange(offset, entity, before);
  return absl::OkStatus();
}

bool FoldState::ChangesReferred(NetEntity& entity, bool known) {
  const auto referred = [&](const NetField& field) { return References().is_referred_to(entity.table(), field.column); };
  if (std::none_of(reader_.fields().begin(), reader_.fields().end(), referred)) return false;
  if (known) return true;
  // What was there before is what the first update says was `old`.
  NetFields olds;
  for (const NetField& field : reader_.fields()) {
    if (field.old.kind_case() == v1::Value::KIND_NOT_SET || IsHandle(field.old)) continue;
    NetField& old = olds.emplace_back();
    old.column = field.column;
    old.old = field.old;
  }
  entity.Observe(olds);
  return true;
}

absl::StatusOr<uint32_t> FoldState::Move(uint64_t offset, uint32_t entity) {
  NetEntity::Key key;
  EntityIdentity identity;
  UOW_RETURN_IF_ERROR(reader_.ReadNewKey(key, identity));
  const EntityIdentity before = reader_.IdentityOf(reader_.table(), entities_[entity].current_key());
  if (identity == before) return entity;
  const v1::Table& table = schema_->table(reader_.table());
  for (int i = 0; i < table.primary_key_size(); ++i) {
    const v1::Value& value = entities_[entity].current_key()[i];
    const bool generated = table.columns(table.primary_key(i)).generation() == v1::GENERATION_KEY;
    if (generated && IsHandle(value) && !SameValue(value, key[i])) {
      return reader_.Error(v1::ERROR_REASON_NOT_SUPPORTED,
                           "the event changes a key that the database has yet to generate; save the entity first");
    }
  }
  auto [target, added] = slots_.Add(identity, {offset, kNoEntity});
  if (!added && !IsDeleted(*target)) {
    return reader_.Error(
        v1::ERROR_REASON_ENTITY_EXISTS,
        "the event gives the entity the key that another one of this session has; give that one another key first");
  }
  const uint32_t there = target->entity;
  if (entities_[entity].kind() == v1::CHANGE_KIND_INSERT && there != kNoEntity) {
    // A new row takes the place of the deleted one whose key it gets.
    NetFields values = entities_[entity].fields();
    entities_[there].Create(offset, values);
    Forget(entity);
    NoteReferences(entity);
    return there;
  }
  if (entities_[entity].kind() == v1::CHANGE_KIND_REPLACE && References().acts_on_delete(reader_.table())) {
    // The row of the old key stays deleted; the one that took its place is new under its new key.
    const uint32_t moved = there == kNoEntity ? entities_.next() : there;
    NetFields values = entities_[entity].fields();
    if (there != kNoEntity) {
      entities_[moved].Create(offset, values);
    } else {
      entities_.Add({v1::CHANGE_KIND_INSERT, reader_.table(), std::move(key), offset, offset, std::move(values)});
      target->entity = moved;
    }
    NetFields none;
    entities_[entity].Delete(offset, none);
    NoteReferences(entity);
    return moved;
  }
  if (there != kNoEntity) displaced_[identity.bytes()] = there;
  target->entity = entity;
  Vacate(before);
  entities_[entity].ChangeKey(offset, std::move(key));
  return entity;
}

absl::Status FoldState::NoteVersion(NetEntity& entity) {
  if (schema_->version_column(reader_.table()) < 0 || entity.has_version()) return absl::OkStatus();
  v1::Value version;
  UOW_ASSIGN_OR_RETURN(bool given, reader_.ReadVersion(version));
  SavedVersion saved;
  if (versions_ != nullptr) {
    UOW_ASSIGN_OR_RETURN(bool found, versions_(reader_.table(), entity.key(), saved));
    auto same = [&version](const v1::Value& replaced) { return SameValue(replaced, version); };
    if (found && (!given || std::any_of(saved.replaced.begin(), saved.replaced.end(), same))) {
      version = std::move(saved.version);
      given = true;
    }
  }
  if (given) entity.SetVersion(std::move(version));
  return absl::OkStatus();
}

const std::vector<bool>& FoldState::ToldColumns(uint32_t table) {
  if (told_.empty()) told_.resize(schema_->table_count());
  std::optional<std::vector<bool>>& told = told_[table];
  if (told) return *told;
  const v1::Table& definition = schema_->table(table);
  told.emplace(definition.columns_size(), definition.concurrency() == v1::CONCURRENCY_CHANGED_COLUMNS);
  for (const v1::UniqueConstraint& unique : definition.uniques()) {
    for (uint32_t column : unique.columns()) (*told)[column] = true;
  }
  for (const v1::ForeignKey& key : definition.foreign_keys()) {
    for (uint32_t column : key.columns()) (*told)[column] = true;
  }
  for (const v1::Table& other : schema_->proto().tables()) {
    for (const v1::ForeignKey& key : other.foreign_keys()) {
      if (key.referenced_table() != table) continue;
      for (uint32_t column : key.referenced_columns()) (*told)[column] = true;
    }
  }
  return *told;
}

absl::Status FoldState::Observe(uint64_t offset, absl::string_view writer, v1::Event& event) {
  const std::vector<bool>& told = ToldColumns(event.table());
  if (std::none_of(event.fields().begin(), event.fields().end(), [&](const v1::Field& field) { return told[field.column()]; })) {
    return absl::OkStatus();
  }
  absl::Status read = reader_.ReadKey(offset, writer, event);
  if (read.ok()) {
    reader_.TakeKey();
    read = reader_.ReadFields();
  }
  // What nobody can have loaded says nothing.
  if (ReasonOf(read) == v1::ERROR_REASON_HANDLE_UNKNOWN) return absl::OkStatus();
  UOW_RETURN_IF_ERROR(read);
  NetFields fields;
  for (NetField& field : reader_.fields()) {
    if (!told[field.column] || IsHandle(field.value)) continue;
    std::swap(field.old, field.value);
    field.value.Clear();
    fields.push_back(std::move(field));
  }
  const Slot* slot = slots_.Find(reader_.identity());
  if (slot == nullptr) {
    observed_[reader_.identity().bytes()] = std::move(fields);
  } else if (slot->entity != kNoEntity && entities_[slot->entity].kind() == v1::CHANGE_KIND_UPDATE) {
    entities_[slot->entity].Observe(fields);
    NoteReferences(slot->entity);
  }
  return absl::OkStatus();
}

uint32_t FoldState::AddEntity(uint64_t offset, v1::ChangeKind kind, Slot* slot) {
  uint64_t first_offset = slot == nullptr ? offset : slot->first_offset;
  // An update's fields are merged in by the caller.
  NetFields fields = kind == v1::CHANGE_KIND_UPDATE ? NetFields() : std::move(reader_.fields());
  const uint32_t index = entities_.Add({kind, reader_.table(), std::move(reader_.key()), first_offset, offset, std::move(fields)});
  if (!observed_.empty() && kind != v1::CHANGE_KIND_INSERT) {
    if (auto observed = observed_.find(reader_.identity().bytes()); observed != observed_.end()) {
      entities_[index].Observe(observed->second);
      observed_.erase(observed);
    }
  }
  if (slot == nullptr) {
    slots_.Add(reader_.identity(), {first_offset, index});
  } else {
    slot->entity = index;
  }
  return index;
}

void FoldState::DeleteEntity(uint64_t offset, uint32_t index, NetFields& fields) {
  NetEntity& entity = entities_[index];
  if (entity.kind() == v1::CHANGE_KIND_INSERT) return Forget(index);
  const bool moved = !entity.new_key().empty();
  if (moved) Vacate(reader_.IdentityOf(entity.table(), entity.current_key()));
  entity.Delete(offset, fields);
  if (!moved) return;
  // Back to the slot of its key in the database, which may have been taken meanwhile.
  const EntityIdentity identity = reader_.IdentityOf(entity.table(), entity.key());
  Slot& slot = *slots_.Add(identity, {}).first;
  if (slot.entity == kNoEntity) {
    slot.entity = index;
  } else if (entities_[slot.entity].kind() == v1::CHANGE_KIND_INSERT) {
    const uint32_t newcomer = slot.entity;
    NetFields values = entities_[newcomer].fields();
    entity.Create(offset, values);
    slot.entity = index;
    entities_.Remove(newcomer);
    NoteReferences(newcomer);
  } else {
    displaced_[identity.bytes()] = index;
  }
}

void FoldState::Forget(uint32_t index) {
  const NetEntity& entity = entities_[index];
  for (const v1::Value& value : entity.key()) {
    if (IsHandle(value)) handles_.Drop(value.handle_value(), index);
  }
  Vacate(reader_.IdentityOf(entity.table(), entity.key()));
  entities_.Remove(index);
}

void FoldState::Vacate(const EntityIdentity& identity) {
  Slot& slot = *slots_.Add(identity, {}).first;
  auto displaced = displaced_.find(identity.bytes());
  slot.entity = displaced == displaced_.end() ? kNoEntity : displaced->second;
  if (displaced != displaced_.end()) displaced_.erase(displaced);
}

absl::Status FoldState::CheckHandles(const NetEntity& entity) const {
  auto check = [&](const v1::Value& value, uint64_t offset) {
    if (!IsHandle(value) || handles_.IsOpen(value.handle_value())) return absl::OkStatus();
    return FoldError(*schema_, v1::ERROR_REASON_HANDLE_UNKNOWN, offset, entity.table(), entity.key(),
                     absl::StrCat("the entity refers to ", DebugString(value), ", whose entity was created and deleted again"));
  };
  for (const v1::Value& value : entity.key()) UOW_RETURN_IF_ERROR(check(value, entity.first_offset()));
  for (const v1::Value& value : entity.new_key()) UOW_RETURN_IF_ERROR(check(value, entity.last_offset()));
  for (const NetField& field : entity.fields()) {
    if (entity.Counts(field)) UOW_RETURN_IF_ERROR(check(field.value, field.offset));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::NetChange>> FoldState::Finish() {
  if (entities_.all_kept()) return entities_.TakeAllKept();
  const std::vector<uint32_t> order = entities_.InOrder();
  KeepReferencesToReplaced(order);
  if (handles_.any_dropped()) {
    for (uint32_t entity : order) UOW_RETURN_IF_ERROR(CheckHandles(entities_[entity]));
  }
  return entities_.Take(order);
}

}  // namespace uow
