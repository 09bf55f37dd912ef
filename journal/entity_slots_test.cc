#include "journal/entity_slots.h"

#include <gtest/gtest.h>

#include <iterator>
#include <limits>
#include <string>

namespace uow {
namespace {

EntityIdentity OfHandle(uint32_t table, HandleBook::Id handle) {
  EntityIdentity identity;
  identity.Begin(table);
  identity.Append(handle);
  return identity;
}

EntityIdentity Of(uint32_t table, const v1::Value& value) {
  EntityIdentity identity;
  identity.Begin(table);
  identity.Append(value);
  return identity;
}

v1::Value Number(int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  return value;
}

EntityIdentity OfNumber(uint32_t table, int64_t number) { return Of(table, Number(number)); }

EntityIdentity OfText(uint32_t table, const std::string& text) {
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

TEST(HandleIndex, FindsWhatIsBesideTheLastPlaceAndElsewhere) {
  HandleIndex index;
  for (uint64_t number = 0; number < 200; ++number) {
    EXPECT_EQ(index.Find(0, number), HandleIndex::kNone) << number;
    index.At(0, number) = static_cast<uint32_t>(number);
    EXPECT_EQ(index.Find(0, number), number);
    EXPECT_EQ(index.Find(1, number), HandleIndex::kNone) << "of another group";
    EXPECT_EQ(index.Find(0, number / 2), number / 2);
  }
}

TEST(EntityIdentity, OnlyOneHandleOrOneWholeNumberIsALoneKey) {
  const EntityIdentity handle = OfHandle(7, {3, 42});
  ASSERT_NE(handle.lone(), nullptr);
  EXPECT_TRUE(handle.lone()->is_handle);
  EXPECT_EQ(handle.lone()->number, 42u);
  for (int64_t number : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    const EntityIdentity lone = OfNumber(7, number);
    ASSERT_NE(lone.lone(), nullptr) << number;
    EXPECT_FALSE(lone.lone()->is_handle);
    EXPECT_EQ(static_cast<int64_t>(lone.lone()->number), number);
  }
  EntityIdentity handles = OfHandle(7, {3, 42});
  handles.Append(HandleBook::Id(3, 43));
  EXPECT_EQ(handles.lone(), nullptr);
  EntityIdentity numbers = OfNumber(7, 42);
  numbers.Append(Number(43));
  EXPECT_EQ(numbers.lone(), nullptr);
  numbers.Begin(7);
  EXPECT_EQ(numbers.lone(), nullptr) << "without a part";
  numbers.Append(Number(43));
  EXPECT_NE(numbers.lone(), nullptr) << "begun anew";
  v1::Value large;
  large.set_uint64_value(std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Of(7, large).lone(), nullptr);
  // As many bytes as numbers take, fewer and more.
  for (size_t size = 0; size < 20; ++size) {
    for (char fill : {'\xFF', '\0', '\3'}) EXPECT_EQ(OfText(7, std::string(size, fill)).lone(), nullptr) << size;
  }
}

TEST(EntityIdentity, EqualNumbersAreTheSameKeyWhateverTheirKind) {
  v1::Value whole, decimal;
  whole.set_uint64_value(42);
  decimal.set_decimal_value("42");
  for (const v1::Value& value : {whole, decimal}) {
    EXPECT_EQ(Of(7, value).bytes(), OfNumber(7, 42).bytes());
    ASSERT_NE(Of(7, value).lone(), nullptr);
    EXPECT_EQ(Of(7, value).lone()->number, 42u);
  }
}

TEST(EntityIdentity, TablesAndWritersHaveGroupsOfTheirOwn) {
  const auto group = [](const EntityIdentity& identity) { return identity.lone()->group; };
  EXPECT_EQ(group(OfHandle(7, {3, 43})), group(OfHandle(7, {3, 42})));
  EXPECT_NE(group(OfHandle(8, {3, 42})), group(OfHandle(7, {3, 42})));
  EXPECT_NE(group(OfHandle(7, {4, 42})), group(OfHandle(7, {3, 42})));
  EXPECT_NE(group(OfNumber(7, 42)), group(OfNumber(8, 42)));
}

TEST(EntitySlots, KeysOfEveryKindKeepTheSlotThatTheyWereGivenFirst) {
  EntitySlots slots;
  const EntityIdentity identities[] = {OfHandle(1, {0, 1}), OfHandle(2, {0, 1}), OfHandle(1, {1, 1}), OfNumber(1, 1),
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
