#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace uow {

// A number for each handle, by the handle's counter and the group that it is of, such as its writer. Writers count their handles
// up, so that neighbours lie in one page: finding one costs less, and touches less memory, than finding it in a map of them all.
class HandleIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Room for so many handles that were counted up.
  void Reserve(size_t handles) {
    pages_.reserve(handles / kPageHandles + 1);
    places_.reserve(handles / kPageHandles + 1);
  }
  // kNone for a handle without a number.
  uint32_t Find(uint64_t group, uint64_t counter) const {
    auto place = places_.find({group, counter / kPageHandles});
    return place == places_.end() ? kNone : pages_[place->second][counter % kPageHandles];
  }
  // The handle's number, to be read and written; kNone at first. Holds until the next call.
  uint32_t& At(uint64_t group, uint64_t counter) {
    auto [place, added] = places_.try_emplace({group, counter / kPageHandles}, static_cast<uint32_t>(pages_.size()));
    if (added) pages_.emplace_back().fill(kNone);
    return pages_[place->second][counter % kPageHandles];
  }

 private:
  static constexpr uint64_t kPageHandles = 64;

  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, uint32_t> places_;  // of pages, by group and page
  std::vector<std::array<uint32_t, kPageHandles>> pages_;
};

}  // namespace uow
