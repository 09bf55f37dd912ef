#pragma once

#include <cstdint>
#include <vector>

#include "clients/cpp/binding.h"
#include "uow/entity.h"

namespace uow::inline client::internal {

class UnitOfWork;

// One column of an entity.
struct Slot {
  v1::Value value;       // no kind: not known
  uint32_t pending = 0;  // how many changes of it the undo log holds
};

// A row in memory. The identity map and the undo log keep it, and whoever holds an Entity.
struct EntityState {
  UnitOfWork* unit = nullptr;
  const BoundTable* table = nullptr;
  uint64_t ordinal = 0;        // in the order in which the session came to know its entities
  std::vector<v1::Value> key;  // in key order; handles have their writer filled in
  std::vector<Slot> slots;     // by declared column; those of key columns are unused
  EntityLife life = EntityLife::kLive;
  bool in_journal = false;  // created or observed there: changes need no further word about the row as it was
};

}  // namespace uow::inline client::internal
