#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace uow {

// A place for each number, by the number and the group that it is of. Numbers that are counted up, as handles and most keys are,
// lie in one page with their neighbours: finding one costs less, and touches less memory, than finding it in a map of them all, and
// the map of pages grows seldom. A number without neighbours takes a page of kPageNumbers places.
template <uint64_t kPageNumbers>
class PagedIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Room for so many numbers that were counted up.
  void Reserve(size_t numbers) {
    pages_.reserve(numbers / kPageNumbers + 1);
    places_.reserve(numbers / kPageNumbers + 1);
  }
  // kNone for a number without a place.
  uint32_t Find(uint64_t group, uint64_t number) const {
    const Page page(group, number / kPageNumbers);
    if (last_place_ != kNone && page == last_page_) return pages_[last_place_][number % kPageNumbers];
    auto place = places_.find(page);
    return place == places_.end() ? kNone : pages_[place->second][number % kPageNumbers];
  }
  // The number's place, to be read and written; kNone at first. Holds until the next call.
  uint32_t& At(uint64_t group, uint64_t number) {
    const Page page(group, number / kPageNumbers);
    if (last_place_ == kNone || page != last_page_) {
      auto [place, added] = places_.try_emplace(page, static_cast<uint32_t>(pages_.size()));
      if (added) pages_.emplace_back().fill(kNone);
      last_page_ = page;
      last_place_ = place->second;
    }
    return pages_[last_place_][number % kPageNumbers];
  }

 private:
  using Page = std::pair<uint64_t, uint64_t>;  // group, and the first number by the page's size

  absl::flat_hash_map<Page, uint32_t> places_;  // in pages_
  std::vector<std::array<uint32_t, kPageNumbers>> pages_;
  // What At went to last: the next number is mostly there, too.
  Page last_page_;
  uint32_t last_place_ = kNone;
};

// By a handle's counter and, mostly, its writer.
using HandleIndex = PagedIndex<64>;

}  // namespace uow
