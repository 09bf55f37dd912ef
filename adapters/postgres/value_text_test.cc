#include "adapters/postgres/value_text.h"

#include <limits>

#include "adapters/test_values.h"
#include "gtest/gtest.h"

namespace uow::postgres {
namespace {

using test::Array;
using test::Bool;
using test::Bytes;
using test::Decimal;
using test::Double;
using test::Int;
using test::Null;
using test::Text;
using test::Unsigned;

std::string Element(const v1::Value& value) {
  std::string out;
  return AppendElement(value, out) ? out : "refused";
}

std::string Plain(const v1::Value& value) {
  std::string out;
  return AppendText(value, out) ? out : "refused";
}

TEST(ValueText, ElementsAreQuotedWhereTheyCouldBeMisread) {
  EXPECT_EQ(Element(Null()), "NULL");
  EXPECT_EQ(Element(Text("NULL")), "\"NULL\"");
  EXPECT_EQ(Element(Text("")), "\"\"");
  EXPECT_EQ(Element(Text(R"(a"b\c)")), R"("a\"b\\c")");
  EXPECT_EQ(Element(Bytes("\x01\xff")), R"("\\x01ff")");
  EXPECT_EQ(Element(Int(std::numeric_limits<int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(Element(Unsigned(std::numeric_limits<uint64_t>::max())), "18446744073709551615");
  EXPECT_EQ(Element(Decimal("1.50")), "\"1.50\"");
  EXPECT_EQ(Element(Bool(false)), "f");
}

TEST(ValueText, DoublesAreTheShortestTextThatReadsBack) {
  EXPECT_EQ(Element(Double(0.1)), "0.1");
  EXPECT_EQ(Element(Double(1e300)), "1e+300");
  EXPECT_EQ(Element(Double(std::numeric_limits<double>::quiet_NaN())), "NaN");
  EXPECT_EQ(Element(Double(-std::numeric_limits<double>::infinity())), "-Infinity");
}

TEST(ValueText, ArraysOfARowTravelAsText) {
  EXPECT_EQ(Plain(Array({Int(1), Null(), Int(2)})), "{1,NULL,2}");
  EXPECT_EQ(Plain(Array({Array({Int(1)}), Array({Int(2)})})), "{{1},{2}}");
  EXPECT_EQ(Element(Array({Text("a\"")})), R"("{\"a\\\"\"}")");
  EXPECT_EQ(Plain(Bytes("\\")), "\\x5c");
}

TEST(ValueText, TextWithANulIsRefused) {
  const std::string nul("a\0b", 3);
  EXPECT_EQ(Element(Text(nul)), "refused");
  EXPECT_EQ(Plain(Text(nul)), "refused");
  EXPECT_EQ(Plain(Array({Text(nul)})), "refused");
}

TEST(ValueText, AColumnIsOneLiteral) {
  ArrayLiteral literal(3);
  EXPECT_TRUE(literal.Add(Int(1)));
  EXPECT_TRUE(literal.Add(Null()));
  EXPECT_TRUE(literal.Add(Int(3)));
  EXPECT_EQ(std::move(literal).Finish(), "{1,NULL,3}");
  EXPECT_EQ(ArrayLiteral(0).Finish(), "{}");
}

}  // namespace
}  // namespace uow::postgres
