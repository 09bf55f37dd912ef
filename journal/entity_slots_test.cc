#include "journal/entity_slots.h"

#include <gtest/gtest.h>

#include <iterator>
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

std::string Of(uint32_t table, const v1::Value& value) {
  std::string identity;
  BeginIdentity(table, identity);
  AppendValueBytes(value, identity);
  return identity;
}

v1::Value Number(int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  return value;
}

std::string OfNumber(uint32_t table, int64_t number) { return Of(table, Number(number)); }

std::string OfText(uint32_t table, const std::string& text) {
  v1::Value value;
  value.set_text_value(text);
  return Of(table, value);
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

TEST(EntityIdentity, OnlyOneHandleOrOneWholeNumberIsALoneKey) {
  const std::optional<LoneKey> handle = LoneKeyOf(OfHandle(7, {3, 42}));
  ASSERT_TRUE(handle.has_value());
  EXPECT_TRUE(handle->is_handle);
  EXPECT_EQ(handle->number, 42u);
  for (int64_t number :
       {int64_t{0}, int64_t{-1}, int64_t{255}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    const std::optional<LoneKey> lone = LoneKeyOf(OfNumber(7, number));
    ASSERT_TRUE(lone.has_value()) << number;
    EXPECT_FALSE(lone->is_handle);
    EXPECT_EQ(static_cast<int64_t>(lone->number), number);
  }
  std::string handles = OfHandle(7, {3, 42});
  AppendIdentity({3, 43}, handles);
  EXPECT_FALSE(LoneKeyOf(handles).has_value());
  std::string numbers = OfNumber(7, 42);
  AppendValueBytes(Number(43), numbers);
  EXPECT_FALSE(LoneKeyOf(numbers).has_value());
  v1::Value large;
  large.set_uint64_value(std::numeric_limits<uint64_t>::max());
  EXPECT_FALSE(LoneKeyOf(Of(7, large)).has_value());
  // As many bytes as those take, fewer and more.
  for (size_t size = 0; size < 20; ++size) {
    for (char fill : {'\xFF', '\0', '\3'}) EXPECT_FALSE(LoneKeyOf(OfText(7, std::string(size, fill))).has_value()) << size;
  }
}

TEST(EntityIdentity, TablesAndWritersHaveGroupsOfTheirOwn) {
  const uint64_t group = LoneKeyOf(OfHandle(7, {3, 42}))->group;
  EXPECT_EQ(LoneKeyOf(OfHandle(7, {3, 43}))->group, group);
  EXPECT_NE(LoneKeyOf(OfHandle(8, {3, 42}))->group, group);
  EXPECT_NE(LoneKeyOf(OfHandle(7, {4, 42}))->group, group);
  EXPECT_NE(LoneKeyOf(OfNumber(7, 42))->group, LoneKeyOf(OfNumber(8, 42))->group);
}

TEST(EntitySlots, KeysOfEveryKindKeepTheSlotThatTheyWereGivenFirst) {
  EntitySlots slots;
  const std::string identities[] = {OfHandle(1, {0, 1}), OfHandle(2, {0, 1}), OfHandle(1, {1, 1}), OfNumber(1, 1),
                                    OfNumber(2, 1),      OfNumber(1, -1),     OfText(1, "1")};
  const auto count = static_cast<uint32_t>(std::size(identities));
  for (uint32_t i = 0; i < count; ++i) {
    EXPECT_EQ(slots.Find(identities[i]), nullptr);
    auto [slot, added] = slots.Add(identities[i], {.first_offset = i, .entity = i});
    EXPECT_TRUE(added);
    EXPECT_EQ(slot->entity, i);
  }
  for (uint32_t i = 0; i < count; ++i) {
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
