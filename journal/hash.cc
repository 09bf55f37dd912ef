#include "journal/hash.h"

// The state's size is not part of the shared library's interface: what is compiled in can't change under us.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <new>

namespace uow {

Hasher::Hasher(uint64_t seed) {
  static_assert(sizeof(XXH3_state_t) <= kStateBytes && alignof(XXH3_state_t) <= 64);
  auto* state = new (state_) XXH3_state_t;
  // Without this the reset reads the seed that the memory happens to hold.
  XXH3_INITSTATE(state);
  XXH3_64bits_reset_withSeed(state, seed);
}

void Hasher::Add(absl::string_view bytes) {
  XXH3_64bits_update(std::launder(reinterpret_cast<XXH3_state_t*>(state_)), bytes.data(), bytes.size());
}

uint64_t Hasher::Digest() const { return XXH3_64bits_digest(std::launder(reinterpret_cast<const XXH3_state_t*>(state_))); }

uint64_t Hash(absl::string_view bytes, uint64_t seed) { return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed); }

}  // namespace uow
