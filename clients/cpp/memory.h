#pragma once

#include <cstdint>
#include <vector>

#include "clients/cpp/identity_map.h"
#include "clients/cpp/undo_log.h"

namespace uow::inline client::internal {

// A value for one declared column.
struct ColumnValue {
  uint32_t column;
  v1::Value value;
};

// The entities of a session and how to undo what was done to them. Checks nothing: callers validate first, so that nothing here can
// fail. Not thread-safe.
class Memory {
 public:
  explicit Memory(UnitOfWork* unit) : unit_(unit) {}

  const IdentityMap& identities() const { return identities_; }
  // The position after the last change.
  uint64_t position() const { return log_.end(); }
  // The position that can't be rolled back past: what is before it is saved.
  uint64_t saved_position() const { return log_.begin(); }

  // ---- Changes ----

  // Creates a live entity. `revived`, if given, becomes that entity.
  EntityPtr Create(const BoundTable& table, std::vector<v1::Value> key, std::vector<ColumnValue> values,
                   EntityPtr revived = nullptr);
  void Set(const EntityPtr& entity, uint32_t column, v1::Value value);
  void Erase(const EntityPtr& entity);
  // The journal has been told of the row as it was loaded.
  void MarkObserved(const EntityPtr& entity);

  // Undoes all changes after `position`. Costs as much as there are.
  void UndoTo(uint64_t position);
  // Changes before `position` are saved: they can't be undone any more.
  void TrimTo(uint64_t position);

  // ---- Loads: no changes, never undone ----

  // An entity for an existing row.
  EntityPtr Attach(const BoundTable& table, std::vector<v1::Value> key);
  // A value that was read from the database. Ignored where the column has pending changes.
  void Load(const EntityPtr& entity, uint32_t column, v1::Value value);
  // The same for a value that an earlier save generated: one that is known stays.
  void LoadUnknown(const EntityPtr& entity, uint32_t column, v1::Value value);
  // A value that a save has just generated. Where the column has changed since, a rollback of those changes leads back to it.
  void Hydrate(const EntityPtr& entity, uint32_t column, v1::Value value);
  void Resolve(const v1::Handle& handle, const v1::Value& value) { identities_.Resolve(handle, value); }

  // ---- Building anew ----

  // The entities that changes after `position` created, oldest first.
  std::vector<EntityPtr> CreatedSince(uint64_t position) const;
  // Undoes what isn't saved and forgets all entities, but not which keys handles stand for. Positions go on from where they are.
  void Clear();
  // Takes up an entity again as an existing row, with the values that it has.
  void Adopt(const EntityPtr& entity);

 private:
  void Undo(UndoRecord& record);

  UnitOfWork* const unit_;
  IdentityMap identities_;
  UndoLog log_;
  uint64_t next_ordinal_ = 0;
};

}  // namespace uow::inline client::internal
