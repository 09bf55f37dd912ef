#include "adapters/postgres/binary_array.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "adapters/test_values.h"
#include "gtest/gtest.h"

namespace uow::postgres {
namespace {

using test::Bool;
using test::Bytes;
using test::Decimal;
using test::Double;
using test::Int;
using test::Null;
using test::Text;
using test::Unsigned;

constexpr char kRefused[] = "refused";

// What the server gets, in hexadecimal digits; kRefused where one of the values was.
std::string Binary(v1::Type::Kind kind, const std::vector<v1::Value>& values) {
  std::optional<BinaryArray> array = BinaryArray::Of(kind, values.size());
  if (!array) return "as text";
  for (const v1::Value& value : values) {
    if (!array->Add(value)) return kRefused;
  }
  return absl::BytesToHexString((*std::move(array)).Finish());
}

// One dimension, without NULLs, of the type, so many from 1 on.
TEST(BinaryArrayTest, IntegersHaveTheWidthOfTheirType) {
  EXPECT_EQ(Binary(v1::Type::KIND_INT16, {Int(1), Int(-2)}),
            "00000001"
            "00000000"
            "00000015"
            "00000002"
            "00000001"
            "00000002"
            "0001"
            "00000002"
            "fffe");
  EXPECT_EQ(Binary(v1::Type::KIND_INT32, {Int(258)}),
            "00000001"
            "00000000"
            "00000017"
            "00000001"
            "00000001"
            "00000004"
            "00000102");
  EXPECT_EQ(Binary(v1::Type::KIND_INT64, {Int(std::numeric_limits<int64_t>::min())}),
            "00000001"
            "00000000"
            "00000014"
            "00000001"
            "00000001"
            "00000008"
            "8000000000000000");
}

TEST(BinaryArrayTest, TextBytesTruthAndDoubles) {
  EXPECT_EQ(Binary(v1::Type::KIND_TEXT, {Text(""), Null(), Text("a\"")}),
            "00000001"
            "00000001"
            "00000019"
            "00000003"
            "00000001"
            "00000000"
            "ffffffff"
            "00000002"
            "6122");
  EXPECT_EQ(Binary(v1::Type::KIND_BYTES, {Bytes(std::string("\0\xff", 2))}),
            "00000001"
            "00000000"
            "00000011"
            "00000001"
            "00000001"
            "00000002"
            "00ff");
  EXPECT_EQ(Binary(v1::Type::KIND_BOOL, {Bool(true), Bool(false)}),
            "00000001"
            "00000000"
            "00000010"
            "00000002"
            "00000001"
            "00000001"
            "01"
            "00000001"
            "00");
  EXPECT_EQ(Binary(v1::Type::KIND_DOUBLE, {Double(-1)}),
            "00000001"
            "00000000"
            "000002bd"
            "00000001"
            "00000001"
            "00000008"
            "bff0000000000000");
}

TEST(BinaryArrayTest, WhatIsNoneOfTheKindIsRefused) {
  EXPECT_EQ(Binary(v1::Type::KIND_INT16, {Int(32767), Int(-32768)}).size(), 2u * (20 + 12));
  EXPECT_EQ(Binary(v1::Type::KIND_INT16, {Int(32768)}), kRefused);
  EXPECT_EQ(Binary(v1::Type::KIND_INT32, {Int(-2147483649)}), kRefused);
  EXPECT_EQ(Binary(v1::Type::KIND_INT64, {Unsigned(1)}), kRefused);
  EXPECT_EQ(Binary(v1::Type::KIND_TEXT, {Text(std::string("a\0b", 3))}), kRefused);
  EXPECT_EQ(Binary(v1::Type::KIND_TEXT, {Int(1)}), kRefused);
  EXPECT_EQ(Binary(v1::Type::KIND_BYTES, {Text("a")}), kRefused);
  EXPECT_EQ(Binary(v1::Type::KIND_BOOL, {Int(1)}), kRefused);
  EXPECT_EQ(Binary(v1::Type::KIND_DOUBLE, {Int(1)}), kRefused);
}

TEST(BinaryArrayTest, OtherKindsTravelAsText) {
  EXPECT_EQ(Binary(v1::Type::KIND_DECIMAL, {Decimal("1.5")}), "as text");
  EXPECT_EQ(Binary(v1::Type::KIND_ENUM, {Text("a")}), "as text");
  EXPECT_EQ(Binary(v1::Type::KIND_OTHER, {Text("a")}), "as text");
}

}  // namespace
}  // namespace uow::postgres
