#include "adapters/sqlite/types.h"

#include "gtest/gtest.h"

namespace uow::sqlite {
namespace {

TEST(SqliteTypesTest, AffinityFollowsTheDeclaredType) {
  EXPECT_EQ(AffinityOf("INTEGER"), Affinity::kInteger);
  EXPECT_EQ(AffinityOf("unsigned big int"), Affinity::kInteger);
  EXPECT_EQ(AffinityOf("POINT"), Affinity::kInteger);
  EXPECT_EQ(AffinityOf("VARCHAR(255)"), Affinity::kText);
  EXPECT_EQ(AffinityOf("DECIMAL TEXT"), Affinity::kText);
  EXPECT_EQ(AffinityOf("BLOB"), Affinity::kBlob);
  EXPECT_EQ(AffinityOf(""), Affinity::kBlob);
  EXPECT_EQ(AffinityOf("Double Precision"), Affinity::kReal);
  EXPECT_EQ(AffinityOf("STRING"), Affinity::kNumeric);
  EXPECT_EQ(AffinityOf("TIMESTAMP"), Affinity::kNumeric);
}

TEST(SqliteTypesTest, KindsFollowWhatUsersMean) {
  EXPECT_EQ(TypeOf("tinyint(1)").kind(), v1::Type::KIND_INT64);
  EXPECT_EQ(TypeOf("Boolean").kind(), v1::Type::KIND_BOOL);
  EXPECT_EQ(TypeOf("NVARCHAR(100)").kind(), v1::Type::KIND_TEXT);
  EXPECT_EQ(TypeOf("VARBINARY(16)").kind(), v1::Type::KIND_BYTES);
  EXPECT_EQ(TypeOf("timestamp without time zone").kind(), v1::Type::KIND_TIMESTAMP);
  EXPECT_EQ(TypeOf("timestamp(3) with time zone").kind(), v1::Type::KIND_TIMESTAMPTZ);
  EXPECT_EQ(TypeOf("DATE").kind(), v1::Type::KIND_DATE);
  EXPECT_EQ(TypeOf("").kind(), v1::Type::KIND_TEXT);
  EXPECT_EQ(TypeOf("whatever").kind(), v1::Type::KIND_OTHER);
  EXPECT_EQ(TypeOf("whatever").name(), "whatever");
  v1::Type decimal = TypeOf("numeric( 12 , 3 )");
  EXPECT_EQ(decimal.kind(), v1::Type::KIND_DECIMAL);
  EXPECT_EQ(decimal.precision(), 12u);
  EXPECT_EQ(decimal.scale(), 3u);
}

TEST(SqliteTypesTest, ADecimalKeepsFifteenDigitsInANumericColumn) {
  auto survives = [](absl::string_view text, Affinity affinity = Affinity::kNumeric) {
    return SurvivesAsText(v1::Type::KIND_DECIMAL, affinity, text);
  };
  EXPECT_TRUE(survives("12.50"));
  EXPECT_TRUE(survives("-0.000000000000000000123456789012345"));
  EXPECT_TRUE(survives("12345678901234.5"));
  EXPECT_FALSE(survives("123456789012345.6"));
  EXPECT_TRUE(survives("123456789012345.600", Affinity::kText));
  EXPECT_TRUE(survives("9223372036854775807")) << "an integer";
  EXPECT_FALSE(survives("9223372036854775807", Affinity::kReal));
  EXPECT_FALSE(survives("9223372036854775808"));
  EXPECT_TRUE(survives("1000000000000000000000000"));
  EXPECT_FALSE(survives(std::string(400, '9').replace(1, 399, 399, '0'))) << "no double is as large";
}

TEST(SqliteTypesTest, TextThatLooksLikeANumberIsLostInANumericColumn) {
  auto survives = [](absl::string_view text, Affinity affinity = Affinity::kNumeric) {
    return SurvivesAsText(v1::Type::KIND_TEXT, affinity, text);
  };
  EXPECT_TRUE(survives("hello"));
  EXPECT_TRUE(survives("42"));
  EXPECT_FALSE(survives("42", Affinity::kReal));
  EXPECT_FALSE(survives("042"));
  EXPECT_FALSE(survives("4.20"));
  EXPECT_FALSE(survives(" 42"));
  EXPECT_FALSE(survives("1e5"));
  EXPECT_TRUE(survives("1e5x"));
  EXPECT_TRUE(survives("042", Affinity::kText));
  EXPECT_TRUE(survives("042", Affinity::kBlob));
  EXPECT_TRUE(survives("2026-11-22"));
}

}  // namespace
}  // namespace uow::sqlite
