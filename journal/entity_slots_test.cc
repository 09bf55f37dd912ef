#include "journal/entity_slots.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>

#include "journal/canonical.h"

namespace uow {
namespace {

std::string OfHandle(uint32_t table, HandleBook::Id handle) {
  std::string identity;
  BeginIdentity(table, identity);
  AppendIdentity(handle, identity);
  return identity;
}

std::string OfNumber(uint32_t table, int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  std::string identity;
  BeginIdentity(table, identity);
  AppendValueBytes(value, identity);
  return identity;
}

std::string OfText(uint32_t table, const std::string& text) {
  v1::Value value;
  value.set_text_value(text);
  std::string identity;
  BeginIdentity(table, identity);
  AppendValueBytes(value, identity);
  return identity;
}

TEST(HandleIndex, HandlesFarApartAndOfOtherGroupsHaveNumbersOfTheirOwn) {
  constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();
  HandleIndex index;
  index.At(0, 1) = 10;
  index.At(0, 64) = 11;
  index.At(1, 1) = 12;
  index.At(0, kLargest) = 13;
  EXPECT_EQ(index.Find(0, 1), 10u);
  EXPECT_EQ(index.Find(0, 64), 11u);
  EXPECT_EQ(index.Find(1, 1), 12u);
  EXPECT_EQ(index.Find(0, kLargest), 13u);
  EXPECT_EQ(index.Find(0, 2), HandleIndex::kNone) << "in a page that is there";
  EXPECT_EQ(index.Find(0, 1000), HandleIndex::kNone) << "in one that isn't";
  EXPECT_EQ(index.Find(2, 1), HandleIndex::kNone);
}

TEST(EntityIdentity, OnlyAKeyThatIsOneHandleIsALoneHandle) {
  const std::optional<LoneHandle> lone = LoneHandleOf(OfHandle(7, {3, 42}));
  ASSERT_TRUE(lone.has_value());
  EXPECT_EQ(lone->counter, 42u);
  std::string pair = OfHandle(7, {3, 42});
  AppendIdentity({3, 43}, pair);
  EXPECT_FALSE(LoneHandleOf(pair).has_value());
  EXPECT_FALSE(LoneHandleOf(OfNumber(7, -1)).has_value());
  // As many bytes as a handle takes, and more.
  for (size_t size = 0; size < 20; ++size) EXPECT_FALSE(LoneHandleOf(OfText(7, std::string(size, '\xFF'))).has_value()) << size;
}

TEST(EntityIdentity, TablesAndWritersHaveGroupsOfTheirOwn) {
  const uint64_t group = LoneHandleOf(OfHandle(7, {3, 42}))->group;
  EXPECT_EQ(LoneHandleOf(OfHandle(7, {3, 43}))->group, group);
  EXPECT_NE(LoneHandleOf(OfHandle(8, {3, 42}))->group, group);
  EXPECT_NE(LoneHandleOf(OfHandle(7, {4, 42}))->group, group);
}

TEST(EntitySlots, KeysOfEveryKindKeepTheSlotThatTheyWereGivenFirst) {
  EntitySlots slots;
  const std::string identities[] = {OfHandle(1, {0, 1}), OfHandle(2, {0, 1}), OfHandle(1, {1, 1}), OfNumber(1, 1), OfText(1, "1")};
  for (uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(slots.Find(identities[i]), nullptr);
    auto [slot, added] = slots.Add(identities[i], {.first_offset = i, .entity = i});
    EXPECT_TRUE(added);
    EXPECT_EQ(slot->entity, i);
  }
  for (uint32_t i = 0; i < 5; ++i) {
    auto [slot, added] = slots.Add(identities[i], {.first_offset = 99, .entity = 99});
    EXPECT_FALSE(added);
    EXPECT_EQ(slot->entity, i);
    slot->entity = i + 10;
    EXPECT_EQ(slots.Find(identities[i])->entity, i + 10);
    EXPECT_EQ(slots.Find(identities[i])->first_offset, i);
  }
}

}  // namespace
}  // namespace uow
