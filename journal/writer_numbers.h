#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"

namespace uow {

// Small numbers for the writers of handles: cheaper to look up than their names. Most sessions have one writer.
class WriterNumbers {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // kNone for a writer without a number.
  uint32_t Find(const std::string& writer) const {
    if (numbers_.empty()) return kNone;
    if (writer == first_) return 0;
    auto it = numbers_.find(writer);
    return it == numbers_.end() ? kNone : it->second;
  }
  // Gives the writer a number where it has none.
  uint32_t Add(const std::string& writer) {
    const uint32_t number = Find(writer);
    if (number != kNone) return number;
    if (numbers_.empty()) first_ = writer;
    return numbers_.emplace(writer, static_cast<uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::string first_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
};

}  // namespace uow
