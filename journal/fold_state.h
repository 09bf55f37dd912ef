#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal/entity_slots.h"
#include "journal/event_reader.h"
#include "journal/fold.h"
#include "journal/fold_entities.h"
#include "journal/handle_book.h"
#include "journal/net_entity.h"
#include "journal/reference_index.h"
#include "journal/schema_index.h"

namespace uow {

// The entities of a fold. Events are applied one by one, and so are the cascades that they set off among the entities of the range;
// what a cascade does to other rows is the database's affair.
class FoldState {
 public:
  FoldState(SchemaRef schema, HandleResolver resolver, VersionResolver versions)
      : schema_(std::move(schema)), handles_(std::move(resolver)), versions_(std::move(versions)), reader_(*schema_, handles_) {}

  void Expect(uint64_t events);
  // Takes the event apart.
  absl::Status Add(uint64_t offset, absl::string_view writer, v1::Event& event);
  absl::StatusOr<std::vector<v1::NetChange>> Finish();

 private:
  using Slot = EntitySlot;
  static constexpr uint32_t kNoEntity = EntitySlot::kNoEntity;
  // What a row is referred to by: one tuple for each of the foreign keys with actions that refer to its table.
  using Referred = std::vector<std::string>;

  // Keeps the event, which was read as far as its key and is the first of its entity, where that is all there is to it. False where
  // it isn't, and nothing was done.
  absl::StatusOr<bool> KeepFirst(uint64_t offset, v1::Event& event);
  // The event was read as far as its key; `slot` is its entity's, or null where the range doesn't know the entity.
  absl::Status Create(uint64_t offset, Slot* slot);
  absl::Status Change(uint64_t offset, Slot* slot, const v1::Event& event);
  absl::Status Observe(uint64_t offset, absl::string_view writer, v1::Event& event);
  // Whether the update that was read writes what acting foreign keys refer to. `known`: it isn't the entity's first event.
  bool ChangesReferred(NetEntity& entity, bool known);
  // Gives the event's entity its new key, and returns its number, which may be another one then.
  absl::StatusOr<uint32_t> Move(uint64_t offset, uint32_t entity);
  // Notes which version of the row an update or delete is based on.
  absl::Status NoteVersion(NetEntity& entity);

  uint32_t AddEntity(uint64_t offset, v1::ChangeKind kind, Slot* slot);
  // The entity is deleted: by the event, whose fields are given, or by a cascade. No cascade of its own.
  void DeleteEntity(uint64_t offset, uint32_t entity, NetFields& fields);
  void Forget(uint32_t entity);
  // The key is free, or that of the deleted row that had it in the database.
  void Vacate(const EntityIdentity& identity);
  bool IsDeleted(const Slot& slot) const {
    return slot.entity == kNoEntity || entities_[slot.entity].kind() == v1::CHANGE_KIND_DELETE;
  }
  absl::Status CheckHandles(const NetEntity& entity) const;
  // Which of a table's columns are kept where they are observed.
  const std::vector<bool>& ToldColumns(uint32_t table);

  // Cascades, in fold_cascades.cc.
  ReferenceIndex& References();
  Referred ReferredBy(const NetEntity& entity);
  // What refers to a row that is gone, or whose columns were `before`, follows; and what refers to that, in turn.
  void FollowRemoval(uint64_t offset, uint32_t table, const Referred& before);
  void FollowChange(uint64_t offset, uint32_t entity, const Referred& before);
  void FollowKey(uint64_t offset, uint32_t child, const v1::ForeignKey& key, uint32_t parent,
                 std::vector<std::pair<uint32_t, Referred>>& changed);
  void SetNull(uint64_t offset, uint32_t child, const v1::ForeignKey& key);
  // A reference that was taken away and given back counts where the row that it refers to is replaced: its removal acts on what the
  // database has.
  void KeepReferencesToReplaced(const std::vector<uint32_t>& order);
  void NoteReferences(uint32_t entity) {
    if (references_ && references_->used()) references_->Note(entity, entities_.has(entity) ? &entities_[entity] : nullptr);
  }

  const SchemaRef schema_;
  HandleBook handles_;
  const VersionResolver versions_;
  EventReader reader_;
  EntitySlots slots_;
  FoldEntities entities_;
  // Deleted entities to whose key in the database another one has moved.
  absl::flat_hash_map<std::string, uint32_t> displaced_;
  absl::flat_hash_map<std::string, NetFields> observed_;  // of rows that the range hasn't changed yet, by identity
  std::vector<std::optional<std::vector<bool>>> told_;    // by table
  std::optional<ReferenceIndex> references_;              // made when first asked for
};

}  // namespace uow
