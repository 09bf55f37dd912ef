#include "journal/hash.h"

#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "gtest/gtest.h"

namespace uow {
namespace {

TEST(HasherTest, TheResultDoesNotDependOnHowBytesAreDivided) {
  const std::string bytes(1000, 'x');
  for (uint64_t seed : {0, 7}) {
    for (size_t part : {1, 64, 999}) {
      Hasher hasher(seed);
      for (size_t i = 0; i < bytes.size(); i += part) hasher.Add(bytes.substr(i, part));
      EXPECT_EQ(hasher.Digest(), Hash(bytes, seed)) << part;
    }
  }
}

TEST(HasherTest, WhatWasInItsMemoryDoesNotMatter) {
  const std::string bytes(1000, 'x');
  alignas(Hasher) unsigned char memory[sizeof(Hasher)];
  std::destroy_at(new (memory) Hasher(7));
  // What follows the eight accumulators was derived from the seed, which still is in there.
  std::memset(memory + 64, 0x55, 192);
  auto* hasher = new (memory) Hasher(7);
  hasher->Add(bytes);
  EXPECT_EQ(hasher->Digest(), Hash(bytes, 7));
  std::destroy_at(hasher);
}

}  // namespace
}  // namespace uow
