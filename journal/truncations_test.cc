#include "journal/truncations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace uow {
namespace {

TEST(Truncations, NobodyMissedAnythingBeforeTheFirstRollback) {
  Truncations truncations;
  EXPECT_EQ(truncations.LowestSince(0), std::nullopt);
}

TEST(Truncations, TheLowestSinceAnEpochIsAsIfAllWereKept) {
  std::mt19937 random(7);
  Truncations truncations;
  std::vector<uint64_t> offsets;  // of epoch i + 1
  for (uint64_t epoch = 1; epoch <= 500; ++epoch) {
    offsets.push_back(random() % 100000);
    truncations.Add(epoch, offsets.back());
    for (uint64_t since = 0; since < epoch; ++since) {
      ASSERT_EQ(truncations.LowestSince(since), *std::min_element(offsets.begin() + since, offsets.end()));
    }
    ASSERT_EQ(truncations.LowestSince(epoch), std::nullopt);
  }
}

TEST(Truncations, BeyondItsBoundTheOldestAnswerIsAtMostTooLow) {
  Truncations truncations;
  uint64_t count = 3 * Truncations::kMaxEntries;
  for (uint64_t epoch = 1; epoch <= count; ++epoch) truncations.Add(epoch, 10 * epoch);
  EXPECT_EQ(truncations.entries().size(), Truncations::kMaxEntries);
  EXPECT_EQ(truncations.LowestSince(0), 10);
  EXPECT_EQ(truncations.LowestSince(count - 1), 10 * count);
  EXPECT_EQ(truncations.LowestSince(count - 100), 10 * (count - 99));
  for (uint64_t since = 0; since < count; ++since) EXPECT_LE(*truncations.LowestSince(since), 10 * (since + 1));
}

}  // namespace
}  // namespace uow
