#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "journal/entity_identity.h"
#include "journal/paged_index.h"

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
  void Reserve(size_t slots) {
    slots_.reserve(slots);
    expected_ = std::max(expected_, slots);
  }
  // Null where there is none.
  EntitySlot* Find(const EntityIdentity& identity) {
    const uint32_t place = PlaceOf(identity);
    return place == kNone ? nullptr : &slots_[place];
  }
  // The identity's slot; `slot`, and true, where there was none.
  std::pair<EntitySlot*, bool> Add(const EntityIdentity& identity, const EntitySlot& slot) {
    uint32_t& place = PlaceFor(identity);
    const bool added = place == kNone;
    if (added) {
      place = static_cast<uint32_t>(slots_.size());
      slots_.push_back(slot);
    }
    return {&slots_[place], added};
  }

 private:
  static constexpr uint32_t kNone = HandleIndex::kNone;

  uint32_t PlaceOf(const EntityIdentity& identity) const {
    if (const LoneKey* key = identity.lone()) {
      return key->is_handle ? by_handle_.Find(key->group, key->number) : by_number_.Find(key->group, key->number);
    }
    auto found = by_identity_.find(identity.bytes());
    return found == by_identity_.end() ? kNone : found->second;
  }
  // kNone at first.
  uint32_t& PlaceFor(const EntityIdentity& identity) {
    if (const LoneKey* key = identity.lone()) {
      return key->is_handle ? by_handle_.At(key->group, key->number) : by_number_.At(key->group, key->number);
    }
    // Growing moves all of it.
    if (by_identity_.empty()) by_identity_.reserve(expected_);
    return by_identity_.try_emplace(identity.bytes(), kNone).first->second;
  }

  size_t expected_ = 0;
  std::vector<EntitySlot> slots_;
  HandleIndex by_handle_;
  PagedIndex<16> by_number_;                                // small pages, for keys may be far apart
  absl::flat_hash_map<std::string, uint32_t> by_identity_;  // of all other keys
};

}  // namespace uow
