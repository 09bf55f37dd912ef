#include "journal/time_text.h"

#include <gtest/gtest.h>

namespace uow {
namespace {

constexpr auto kDate = v1::Type::KIND_DATE;
constexpr auto kTime = v1::Type::KIND_TIME;
constexpr auto kTimestamp = v1::Type::KIND_TIMESTAMP;
constexpr auto kZoned = v1::Type::KIND_TIMESTAMPTZ;

TEST(TimeText, DatesExistInTheCalendar) {
  for (const char* good : {"2026-11-22", "0001-01-01", "9999-12-31", "1969-12-31", "2024-02-29", "2000-02-29", "1600-02-29"}) {
    EXPECT_EQ(CheckTimeText(kDate, good), TextFit::kFits) << good;
  }
  for (const char* bad : {"2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00", "0000-01-01"}) {
    EXPECT_EQ(CheckTimeText(kDate, bad), TextFit::kOutOfRange) << bad;
  }
  for (const char* bad : {"", "2026-1-01", "26-01-01", "2026/01/01", "2026-01-01T00:00:00", "12026-01-01", "-2026-01-01",
                          " 2026-01-01", "2026-01-01 ", "Infinity", "today", "2026-01-0a"}) {
    EXPECT_EQ(CheckTimeText(kDate, bad), TextFit::kWrongForm) << bad;
  }
}

TEST(TimeText, TimesOfDayEndBeforeMidnight) {
  for (const char* good : {"00:00:00", "23:59:59.999999", "13:45:00.5"})
    EXPECT_EQ(CheckTimeText(kTime, good), TextFit::kFits) << good;
  for (const char* bad : {"24:00:00", "23:60:00", "23:59:60", "00:00:00.1234567"}) {
    EXPECT_EQ(CheckTimeText(kTime, bad), TextFit::kOutOfRange) << bad;
  }
  for (const char* bad : {"13:45", "1:00:00", "13:45:00.", "13:45:00,5", "13:45:00Z", "13:45:00+01:00", "infinity", "2026-01-01"}) {
    EXPECT_EQ(CheckTimeText(kTime, bad), TextFit::kWrongForm) << bad;
  }
}

TEST(TimeText, OnlyZonedTimestampsHaveAZone) {
  EXPECT_EQ(CheckTimeText(kTimestamp, "2026-11-22T13:45:00.000001"), TextFit::kFits);
  EXPECT_EQ(CheckTimeText(kTimestamp, "2026-11-22 13:45:00"), TextFit::kFits);
  EXPECT_EQ(CheckTimeText(kTimestamp, "2026-11-22T13:45:00Z"), TextFit::kWrongForm);
  EXPECT_EQ(CheckTimeText(kTimestamp, "2026-11-22"), TextFit::kWrongForm);
  EXPECT_EQ(CheckTimeText(kZoned, "2026-11-22T13:45:00"), TextFit::kWrongForm);
  for (const char* good :
       {"2026-11-22T13:45:00Z", "2026-11-22 13:45:00+00", "2026-11-22T13:45:00.1-15:59", "2026-11-22T13:45:00+02:00"}) {
    EXPECT_EQ(CheckTimeText(kZoned, good), TextFit::kFits) << good;
  }
  for (const char* bad : {"2026-11-22T13:45:00+2", "2026-11-22T13:45:00z", "2026-11-22T13:45:00+02:00:00",
                          "2026-11-22T13:45:00+02:", "2026-11-22T13:45:00 Z", "2026-11-22t13:45:00Z", "2026-11-22T13:45:00 UTC"}) {
    EXPECT_EQ(CheckTimeText(kZoned, bad), TextFit::kWrongForm) << bad;
  }
  EXPECT_EQ(CheckTimeText(kZoned, "2026-11-22T13:45:00+16:00"), TextFit::kOutOfRange);
  EXPECT_EQ(CheckTimeText(kZoned, "2026-11-22T13:45:00+01:60"), TextFit::kOutOfRange);
}

TEST(TimeText, InfinityIsATimeThatNeverComes) {
  for (auto kind : {kDate, kTimestamp, kZoned}) {
    EXPECT_EQ(CheckTimeText(kind, "infinity"), TextFit::kFits);
    EXPECT_EQ(CanonicalTimeText(kind, "-infinity"), "-infinity");
  }
}

TEST(TimeText, CanonicalFormDropsZerosAndSpaces) {
  EXPECT_EQ(CanonicalTimeText(kDate, "0987-06-05"), "0987-06-05");
  EXPECT_EQ(CanonicalTimeText(kTime, "13:45:00.500"), "13:45:00.5");
  EXPECT_EQ(CanonicalTimeText(kTime, "13:45:00.000000"), "13:45:00");
  EXPECT_EQ(CanonicalTimeText(kTimestamp, "2026-11-22 13:45:00.100"), "2026-11-22T13:45:00.1");
}

TEST(TimeText, ZonedTimesAreInUtc) {
  EXPECT_EQ(CanonicalTimeText(kZoned, "2026-11-22T13:45:00.25+02:00"), "2026-11-22T11:45:00.25Z");
  EXPECT_EQ(CanonicalTimeText(kZoned, "2024-02-28 23:30:00-05:30"), "2024-02-29T05:00:00Z");
  EXPECT_EQ(CanonicalTimeText(kZoned, "1970-01-01T00:00:00+00:01"), "1969-12-31T23:59:00Z");
  EXPECT_EQ(CanonicalTimeText(kZoned, "2026-11-22 13:45:00+02"), CanonicalTimeText(kZoned, "2026-11-22T11:45:00.000Z"));
}

TEST(TimeText, AZonedTimeOutsideOfTheYearsInUtcIsOutOfRange) {
  EXPECT_EQ(CheckTimeText(kZoned, "0001-01-01T00:00:00+00:01"), TextFit::kOutOfRange);
  EXPECT_EQ(CheckTimeText(kZoned, "0001-01-01T00:01:00+00:01"), TextFit::kFits);
  EXPECT_EQ(CheckTimeText(kZoned, "9999-12-31T23:59:00-00:01"), TextFit::kOutOfRange);
}

}  // namespace
}  // namespace uow
