#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace uow {

// XXH3-64 of bytes that come in parts. The result doesn't depend on how they are divided.
class Hasher {
 public:
  explicit Hasher(uint64_t seed = 0);
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void Add(absl::string_view bytes);
  uint64_t Digest() const;

 private:
  static constexpr int kStateBytes = 576;
  alignas(64) unsigned char state_[kStateBytes];
};

uint64_t Hash(absl::string_view bytes, uint64_t seed = 0);

}  // namespace uow
