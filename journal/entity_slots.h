#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "journal/entity_identity.h"
#include "journal/handle_index.h"

namespace uow {

// Which entity has a key. A key whose entity came and went, or has another key now, keeps its slot, so that later events are
// refused.
struct EntitySlot {
  static constexpr uint32_t kNoEntity = std::numeric_limits<uint32_t>::max();

  uint64_t first_offset = 0;
  uint32_t entity = kNoEntity;
};

// The slots of a fold, by identity (see entity_identity.h). References hold until the next Add.
class EntitySlots {
 public:
  // Room for so many.
  void Reserve(size_t slots) { slots_.reserve(slots); }
  // Null where there is none.
  EntitySlot* Find(const std::string& identity) {
    const uint32_t place = PlaceOf(identity);
    return place == HandleIndex::kNone ? nullptr : &slots_[place];
  }
  // The identity's slot; `slot`, and true, where there was none.
  std::pair<EntitySlot*, bool> Add(const std::string& identity, const EntitySlot& slot) {
    const std::optional<LoneHandle> handle = LoneHandleOf(identity);
    uint32_t& place = handle ? by_handle_.At(handle->group, handle->counter)
                             : by_identity_.try_emplace(identity, HandleIndex::kNone).first->second;
    const bool added = place == HandleIndex::kNone;
    if (added) {
      place = static_cast<uint32_t>(slots_.size());
      slots_.push_back(slot);
    }
    return {&slots_[place], added};
  }

 private:
  uint32_t PlaceOf(const std::string& identity) const {
    if (const std::optional<LoneHandle> handle = LoneHandleOf(identity)) return by_handle_.Find(handle->group, handle->counter);
    auto found = by_identity_.find(identity);
    return found == by_identity_.end() ? HandleIndex::kNone : found->second;
  }

  std::vector<EntitySlot> slots_;
  HandleIndex by_handle_;                                   // of keys that are a handle
  absl::flat_hash_map<std::string, uint32_t> by_identity_;  // of all others
};

}  // namespace uow
