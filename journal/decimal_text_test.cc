#include "journal/decimal_text.h"

#include <gtest/gtest.h>

namespace uow {
namespace {

TEST(DecimalText, TakesDigitsWithSignAndPointAndNothingElse) {
  for (const char* good : {"0", "-12.50", "+1", "007", "NaN", "123456789012345678901234567890.123456789012345678901234567890"}) {
    EXPECT_EQ(CheckDecimalText(good, 0, 0), TextFit::kFits) << good;
  }
  for (const char* bad : {"", "-", ".5", "5.", "1e5", "1,5", " 1", "1 ", "--1", "0x1", "nan", "Infinity", "1.2.3", "١"}) {
    EXPECT_EQ(CheckDecimalText(bad, 0, 0), TextFit::kWrongForm) << bad;
  }
}

TEST(DecimalText, NothingIsEverRounded) {
  EXPECT_EQ(CheckDecimalText("99999999.99", 10, 2), TextFit::kFits);
  EXPECT_EQ(CheckDecimalText("0099999999.9900", 10, 2), TextFit::kFits);
  EXPECT_EQ(CheckDecimalText("100000000", 10, 2), TextFit::kOutOfRange);
  EXPECT_EQ(CheckDecimalText("1.001", 10, 2), TextFit::kOutOfRange);
  EXPECT_EQ(CheckDecimalText("1.000", 10, 2), TextFit::kFits);
  EXPECT_EQ(CheckDecimalText("0.99", 2, 2), TextFit::kFits);
  EXPECT_EQ(CheckDecimalText("1", 2, 2), TextFit::kOutOfRange);
}

TEST(DecimalText, CanonicalFormHasTheScaleOfTheColumn) {
  EXPECT_EQ(CanonicalDecimalText("1", 10, 2), "1.00");
  EXPECT_EQ(CanonicalDecimalText("-001.5000", 10, 2), "-1.50");
  EXPECT_EQ(CanonicalDecimalText("-0", 10, 2), "0.00");
  EXPECT_EQ(CanonicalDecimalText("7.000", 10, 0), "7");
}

TEST(DecimalText, WithoutAScaleSuperfluousZerosGo) {
  EXPECT_EQ(CanonicalDecimalText("1.50", 0, 0), "1.5");
  EXPECT_EQ(CanonicalDecimalText("+0100.00", 0, 0), "100");
  EXPECT_EQ(CanonicalDecimalText("-0.000", 0, 0), "0");
  EXPECT_EQ(CanonicalDecimalText("-.0", 0, 0), "-.0");  // doesn't fit, stays
  EXPECT_EQ(CanonicalDecimalText("NaN", 0, 0), "NaN");
}

TEST(DecimalText, OrderIsByValue) {
  const char* ascending[] = {"-100", "-99.5", "-1", "-0.5", "0", "0.05", "0.5", "0.51", "1", "9", "10", "99999999999999999999",
                             "NaN"};
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(CompareDecimalText(ascending[i], ascending[j]), (i > j) - (i < j)) << ascending[i] << " " << ascending[j];
    }
  }
  EXPECT_EQ(CompareDecimalText("1.50", "1.5"), 0);
}

}  // namespace
}  // namespace uow
