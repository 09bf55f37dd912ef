#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "uow/column.h"

namespace uow {
namespace {

template <typename V>
V RoundTrip(const V& value) {
  absl::StatusOr<V> back = ValueTraits<V>::Decode(ValueTraits<V>::Encode(value));
  EXPECT_TRUE(back.ok()) << back.status();
  return back.value_or(V());
}

v1::Value Text(const std::string& text) { return ValueTraits<std::string>::Encode(text); }

TEST(Values, SurviveTheJournal) {
  EXPECT_EQ(RoundTrip(std::numeric_limits<int64_t>::min()), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(RoundTrip((int64_t{1} << 53) + 1), (int64_t{1} << 53) + 1);
  EXPECT_EQ(RoundTrip(std::numeric_limits<uint64_t>::max()), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(RoundTrip(0.1), 0.1);
  EXPECT_EQ(RoundTrip(std::string("Å\0b", 4)), std::string("Å\0b", 4));
  EXPECT_EQ(RoundTrip(Bytes{std::string("\0\xff", 2)}), (Bytes{std::string("\0\xff", 2)}));
  EXPECT_EQ(RoundTrip(*Decimal::parse("-12.50")).text(), "-12.50");
  EXPECT_EQ(RoundTrip(Date(2026, 2, 28)), Date(2026, 2, 28));
  EXPECT_EQ(RoundTrip(TimeOfDay{absl::Hours(13) + absl::Microseconds(1)}).since_midnight, absl::Hours(13) + absl::Microseconds(1));
  EXPECT_EQ(RoundTrip(absl::FromUnixMicros(-1)), absl::FromUnixMicros(-1));
  EXPECT_EQ(RoundTrip(Json{"{\"a\":null}"}).text, "{\"a\":null}");
  Uuid uuid = Uuid::random();
  EXPECT_EQ(RoundTrip(uuid), uuid);
}

TEST(Values, TimestampsAreReadInEveryFormThatTheJournalHolds) {
  absl::Time noon = absl::FromCivil(absl::CivilSecond(2026, 11, 22, 12), absl::UTCTimeZone());
  v1::Value value;
  for (const char* text : {"2026-11-22T12:00:00Z", "2026-11-22 12:00:00", "2026-11-22T14:00:00.000000+02:00"}) {
    value.set_time_value(text);
    EXPECT_EQ(ValueTraits<Timestamp>::Decode(value).value_or(absl::UnixEpoch()), noon) << text;
  }
  EXPECT_EQ(ValueTraits<Timestamp>::Encode(noon + absl::Nanoseconds(1999)).time_value(), "2026-11-22T12:00:00.000001Z");
}

TEST(Values, AnotherKindIsAnError) {
  EXPECT_FALSE(ValueTraits<int64_t>::Decode(Text("1")).ok());
  EXPECT_FALSE(ValueTraits<int16_t>::Decode(ValueTraits<int64_t>::Encode(70000)).ok());
  EXPECT_FALSE(ValueTraits<Timestamp>::Decode(Text("yesterday")).ok());
  EXPECT_FALSE(ValueTraits<bool>::Decode(v1::Value()).ok());
}

TEST(Values, MalformedTextIsRefused) {
  for (const char* text : {"", "-", ".", "1e5", "1.2.3", " 1"}) EXPECT_FALSE(Decimal::parse(text).ok()) << text;
  for (const char* text : {"0", "+1", "-.5", "5."}) EXPECT_TRUE(Decimal::parse(text).ok()) << text;
  EXPECT_FALSE(Uuid::parse("x").ok());
  EXPECT_EQ(Uuid::parse("AAAAAAAA-0000-4000-8000-00000000000F")->text(), "aaaaaaaa-0000-4000-8000-00000000000f");
}

}  // namespace
}  // namespace uow
