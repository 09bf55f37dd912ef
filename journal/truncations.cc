#include "journal/truncations.h"

#include <algorithm>

namespace uow {

void Truncations::Add(uint64_t epoch, uint64_t offset) {
  while (!entries_.empty() && entries_.back().offset >= offset) entries_.pop_back();
  entries_.push_back({epoch, offset});
  if (entries_.size() <= kMaxEntries) return;
  entries_[1].offset = entries_[0].offset;
  entries_.erase(entries_.begin());
}

std::optional<uint64_t> Truncations::LowestSince(uint64_t epoch) const {
  auto entry = std::upper_bound(entries_.begin(), entries_.end(), epoch,
                                [](uint64_t epoch, const Entry& entry) { return epoch < entry.epoch; });
  if (entry == entries_.end()) return std::nullopt;
  return entry->offset;
}

}  // namespace uow
