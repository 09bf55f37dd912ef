#include "journal/fold.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/errors.h"
#include "journal/event_reader.h"
#include "journal/handle_book.h"
#include "journal/net_entity.h"

namespace uow {
namespace {

constexpr uint32_t kNoEntity = std::numeric_limits<uint32_t>::max();

bool IsHandle(const v1::Value& value) { return value.kind_case() == v1::Value::kHandleValue; }

}  // namespace

struct Fold::Impl {
  // Where an entity of the range is. One that came and went keeps its slot, so that later events on it are refused.
  struct Slot {
    uint64_t first_offset = 0;
    uint32_t entity = kNoEntity;
  };

  Impl(SchemaRef schema_ref, HandleResolver resolver, VersionResolver version_resolver)
      : schema(std::move(schema_ref)),
        handles(std::move(resolver)),
        versions(std::move(version_resolver)),
        reader(*schema, handles) {}

  // The event was read as far as its key; `slot` is its entity's, or null where the range doesn't know the entity.
  absl::Status Create(uint64_t offset, Slot* slot);
  absl::Status Change(uint64_t offset, Slot* slot, v1::EventKind kind);
  // Notes which version of the row an update or delete is based on.
  absl::Status NoteVersion(NetEntity& entity);

  uint32_t NextEntity() const { return free_entities.empty() ? entities.size() : free_entities.back(); }
  void AddEntity(uint64_t offset, v1::ChangeKind kind, uint32_t table, Slot* slot);
  void Forget(Slot& slot);
  bool IsDeleted(const Slot& slot) const {
    return slot.entity == kNoEntity || entities[slot.entity]->kind() == v1::CHANGE_KIND_DELETE;
  }
  absl::Status CheckHandles(const NetEntity& entity) const;

  const SchemaRef schema;
  HandleBook handles;
  const VersionResolver versions;
  EventReader reader;
  absl::flat_hash_map<std::string, Slot> slots;  // by identity
  std::deque<std::optional<NetEntity>> entities;
  std::vector<uint32_t> free_entities;
};

absl::Status Fold::Impl::Create(uint64_t offset, Slot* slot) {
  if (slot == nullptr || slot->entity == kNoEntity) {
    for (const HandleBook::Id& id : reader.own_handles()) handles.Open(id, NextEntity());
    UOW_RETURN_IF_ERROR(reader.ReadFields());
    AddEntity(offset, v1::CHANGE_KIND_INSERT, reader.table(), slot);
    return absl::OkStatus();
  }
  NetEntity& entity = *entities[slot->entity];
  if (entity.kind() != v1::CHANGE_KIND_DELETE) {
    return reader.Error(v1::ERROR_REASON_ENTITY_EXISTS,
                        absl::StrCat("the event creates an entity that exists: the event at offset ", entity.last_offset(),
                                     " of this session wrote it"));
  }
  UOW_RETURN_IF_ERROR(reader.ReadFields());
  entity.Create(offset, reader.fields());
  return absl::OkStatus();
}

absl::Status Fold::Impl::Change(uint64_t offset, Slot* slot, v1::EventKind kind) {
  if (slot == nullptr && reader.has_open_handle()) {
    return reader.Error(v1::ERROR_REASON_HANDLE_UNKNOWN,
                        "the event changes an entity that was never created: the handle in its key belongs to another one");
  }
  if (slot != nullptr && IsDeleted(*slot)) {
    return reader.Error(v1::ERROR_REASON_ENTITY_DELETED,
                        "the event changes an entity that an earlier event of this session deleted");
  }
  UOW_RETURN_IF_ERROR(reader.ReadFields());
  bool deletes = kind == v1::EVENT_KIND_DELETED;
  if (slot == nullptr) {
    const uint32_t added = NextEntity();
    AddEntity(offset, deletes ? v1::CHANGE_KIND_DELETE : v1::CHANGE_KIND_UPDATE, reader.table(), slot);
    return NoteVersion(*entities[added]);
  }
  NetEntity& entity = *entities[slot->entity];
  if (entity.kind() != v1::CHANGE_KIND_INSERT) UOW_RETURN_IF_ERROR(NoteVersion(entity));
  if (!deletes) {
    entity.Update(offset, reader.fields());
  } else if (entity.kind() == v1::CHANGE_KIND_INSERT) {
    Forget(*slot);
  } else {
    entity.Delete(offset, reader.fields());
  }
  return absl::OkStatus();
}

absl::Status Fold::Impl::NoteVersion(NetEntity& entity) {
  if (schema->version_column(reader.table()) < 0 || entity.has_version()) return absl::OkStatus();
  v1::Value version;
  UOW_ASSIGN_OR_RETURN(bool given, reader.ReadVersion(version));
  SavedVersion saved;
  if (versions != nullptr) {
    UOW_ASSIGN_OR_RETURN(bool found, versions(reader.table(), entity.key(), saved));
    auto same = [&version](const v1::Value& replaced) { return SameValue(replaced, version); };
    if (found && (!given || std::any_of(saved.replaced.begin(), saved.replaced.end(), same))) {
      version = std::move(saved.version);
      given = true;
    }
  }
  if (given) entity.SetVersion(std::move(version));
  return absl::OkStatus();
}

void Fold::Impl::AddEntity(uint64_t offset, v1::ChangeKind kind, uint32_t table, Slot* slot) {
  uint32_t index = NextEntity();
  if (free_entities.empty()) {
    entities.emplace_back();
  } else {
    free_entities.pop_back();
  }
  uint64_t first_offset = slot == nullptr ? offset : slot->first_offset;
  entities[index].emplace(kind, table, std::move(reader.key()), first_offset, offset, std::move(reader.fields()));
  if (slot == nullptr) {
    slots.emplace(reader.identity(), Slot{first_offset, index});
  } else {
    slot->entity = index;
  }
}

void Fold::Impl::Forget(Slot& slot) {
  std::optional<NetEntity>& entity = entities[slot.entity];
  for (const v1::Value& value : entity->key()) {
    if (IsHandle(value)) handles.Drop(value.handle_value(), slot.entity);
  }
  entity.reset();
  free_entities.push_back(slot.entity);
  slot.entity = kNoEntity;
}

absl::Status Fold::Impl::CheckHandles(const NetEntity& entity) const {
  auto check = [&](const v1::Value& value, uint64_t offset) {
    if (!IsHandle(value) || handles.IsOpen(value.handle_value())) return absl::OkStatus();
    return FoldError(*schema, v1::ERROR_REASON_HANDLE_UNKNOWN, offset, entity.table(), entity.key(),
                     absl::StrCat("the entity refers to ", DebugString(value), ", whose entity was created and deleted again"));
  };
  for (const v1::Value& value : entity.key()) UOW_RETURN_IF_ERROR(check(value, entity.first_offset()));
  for (const NetField& field : entity.fields()) {
    if (entity.Counts(field)) UOW_RETURN_IF_ERROR(check(field.value, field.offset));
  }
  return absl::OkStatus();
}

Fold::Fold(SchemaRef schema, HandleResolver resolver, VersionResolver versions)
    : impl_(std::make_unique<Impl>(std::move(schema), std::move(resolver), std::move(versions))) {}
Fold::~Fold() = default;

absl::Status Fold::Add(uint64_t offset, absl::string_view writer, const v1::Event& event) {
  if (event.kind() == v1::EVENT_KIND_OBSERVED) return absl::OkStatus();
  UOW_RETURN_IF_ERROR(impl_->reader.ReadKey(offset, writer, event));
  auto found = impl_->slots.find(impl_->reader.identity());
  Impl::Slot* slot = found == impl_->slots.end() ? nullptr : &found->second;
  if (event.kind() == v1::EVENT_KIND_CREATED) return impl_->Create(offset, slot);
  return impl_->Change(offset, slot, event.kind());
}

absl::StatusOr<std::vector<v1::NetChange>> Fold::Finish() {
  std::vector<std::optional<NetEntity>*> order;
  for (std::optional<NetEntity>& entity : impl_->entities) {
    if (entity) order.push_back(&entity);
  }
  // In order already, unless room of entities that went was used again.
  auto earlier = [](auto* a, auto* b) { return (*a)->first_offset() < (*b)->first_offset(); };
  if (!std::is_sorted(order.begin(), order.end(), earlier)) std::sort(order.begin(), order.end(), earlier);
  std::vector<v1::NetChange> changes;
  changes.reserve(order.size());
  for (std::optional<NetEntity>* entity : order) {
    UOW_RETURN_IF_ERROR(impl_->CheckHandles(**entity));
    std::optional<v1::NetChange> change = std::move(**entity).Take();
    entity->reset();
    if (change) changes.push_back(std::move(*change));
  }
  return changes;
}

}  // namespace uow
