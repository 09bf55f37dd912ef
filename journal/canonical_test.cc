#include "journal/canonical.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "journal/errors.h"
#include "journal/test_shop.h"

namespace uow {
namespace {

using shop::Array;
using shop::Decimal;
using shop::Double;
using shop::Int;
using shop::Json;
using shop::Null;
using shop::Text;
using shop::Time;
using v1::Type;
using v1::Value;

Type TypeOf(Type::Kind kind) {
  Type type;
  type.set_kind(kind);
  return type;
}
Type DecimalType(uint32_t precision, uint32_t scale) {
  Type type = TypeOf(Type::KIND_DECIMAL);
  type.set_precision(precision);
  type.set_scale(scale);
  return type;
}
Type ArrayOf(Type::Kind kind) {
  Type type = TypeOf(Type::KIND_ARRAY);
  *type.mutable_element() = TypeOf(kind);
  return type;
}
Value Uint(uint64_t number) {
  Value value;
  value.set_uint64_value(number);
  return value;
}
Value Bool(bool truth) {
  Value value;
  value.set_bool_value(truth);
  return value;
}
Value Bytes(const std::string& bytes) {
  Value value;
  value.set_bytes_value(bytes);
  return value;
}

v1::ErrorReason Check(const Type& type, const Value& value) {
  // Both judge alike.
  Value copy = value;
  v1::ErrorReason canonicalized = ReasonOf(Canonicalize(type, copy));
  EXPECT_EQ(ReasonOf(CheckValue(type, value)), canonicalized) << DebugString(value);
  return canonicalized;
}

constexpr auto kFits = v1::ERROR_REASON_UNSPECIFIED;
constexpr auto kMismatch = v1::ERROR_REASON_VALUE_TYPE_MISMATCH;
constexpr auto kOutOfRange = v1::ERROR_REASON_VALUE_OUT_OF_RANGE;

Value Canonical(const Type& type, Value value) {
  absl::Status status = Canonicalize(type, value);
  EXPECT_TRUE(status.ok()) << status;
  return value;
}

TEST(Canonical, IntegersStayWithinTheirWidth) {
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT16), Int(32767)), kFits);
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT16), Int(32768)), kOutOfRange);
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT16), Int(-32769)), kOutOfRange);
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT32), Int(-2147483648ll)), kFits);
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT32), Int(2147483648ll)), kOutOfRange);
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT64), Int(std::numeric_limits<int64_t>::min())), kFits);
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT64), Uint(1)), kMismatch);
  EXPECT_EQ(Check(TypeOf(Type::KIND_INT64), Text("1")), kMismatch);
  EXPECT_EQ(Check(TypeOf(Type::KIND_UINT64), Uint(std::numeric_limits<uint64_t>::max())), kFits);
  EXPECT_EQ(Check(TypeOf(Type::KIND_UINT64), Int(-1)), kOutOfRange);
  EXPECT_EQ(Canonical(TypeOf(Type::KIND_UINT64), Int(5)).uint64_value(), 5u);
}

TEST(Canonical, EveryKindRefusesTheOthers) {
  const std::pair<Type, Value> kinds[] = {{TypeOf(Type::KIND_BOOL), Bool(true)},  {TypeOf(Type::KIND_INT64), Int(1)},
                                          {TypeOf(Type::KIND_DOUBLE), Double(1)}, {TypeOf(Type::KIND_TEXT), Text("x")},
                                          {TypeOf(Type::KIND_BYTES), Bytes("x")}, {TypeOf(Type::KIND_DATE), Time("2026-11-22")},
                                          {TypeOf(Type::KIND_JSON), Json("1")},   {ArrayOf(Type::KIND_INT64), Array({Int(1)})}};
  for (const auto& [type, own] : kinds) {
    for (const auto& [other, value] : kinds) {
      EXPECT_EQ(Check(type, value), &own == &value || SameValue(own, value) ? kFits : kMismatch) << DebugString(value);
    }
    EXPECT_EQ(Check(type, Value()), kMismatch);
    EXPECT_EQ(Check(type, Null()), kFits);
  }
}

TEST(Canonical, AMessageSaysWhatWasExpected) {
  absl::Status status = CheckValue(TypeOf(Type::KIND_INT16), Int(40000));
  EXPECT_EQ(status.message(), "expected an int64_value from -32768 to 32767, got 40000");
}

TEST(Canonical, FloatsAreRoundedToSinglePrecision) {
  EXPECT_EQ(Canonical(TypeOf(Type::KIND_FLOAT), Double(0.1)).double_value(), static_cast<double>(0.1f));
  EXPECT_EQ(Canonical(TypeOf(Type::KIND_DOUBLE), Double(0.1)).double_value(), 0.1);
  EXPECT_EQ(Check(TypeOf(Type::KIND_FLOAT), Double(1e300)), kOutOfRange);
  EXPECT_EQ(Check(TypeOf(Type::KIND_FLOAT), Double(std::numeric_limits<double>::infinity())), kFits);
}

TEST(Canonical, ThereIsOneZeroAndOneNaN) {
  EXPECT_FALSE(std::signbit(Canonical(TypeOf(Type::KIND_DOUBLE), Double(-0.0)).double_value()));
  Value a = Canonical(TypeOf(Type::KIND_DOUBLE), Double(std::nan("1")));
  Value b = Canonical(TypeOf(Type::KIND_DOUBLE), Double(-std::nan("2")));
  EXPECT_TRUE(SameValue(a, b));
  EXPECT_EQ(a.SerializeAsString(), b.SerializeAsString());
}

TEST(Canonical, DecimalsHaveTheirScale) {
  EXPECT_EQ(Canonical(DecimalType(10, 2), Decimal("1.5")).decimal_value(), "1.50");
  EXPECT_EQ(Canonical(DecimalType(10, 2), Int(-7)).decimal_value(), "-7.00");
  EXPECT_EQ(Canonical(DecimalType(0, 0), Decimal("1.50")).decimal_value(), "1.5");
  EXPECT_EQ(Check(DecimalType(3, 1), Int(100)), kOutOfRange);
  EXPECT_EQ(Check(DecimalType(3, 1), Decimal("1.25")), kOutOfRange);
  EXPECT_EQ(Check(DecimalType(3, 1), Decimal("1e1")), kMismatch);
  EXPECT_EQ(Check(DecimalType(3, 1), Decimal("NaN")), kFits);
  EXPECT_EQ(Check(DecimalType(3, 1), Double(1)), kMismatch);
}

TEST(Canonical, UuidsAreLowerCase) {
  Type uuid = TypeOf(Type::KIND_UUID);
  EXPECT_EQ(Canonical(uuid, Text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11")).text_value(), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  for (const char* bad : {"", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                          "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc99-9c0b-4ef8-bb6d6-bb9bd380a11"}) {
    EXPECT_EQ(Check(uuid, Text(bad)), kMismatch) << bad;
  }
}

TEST(Canonical, EnumsTakeTheirLabels) {
  Type color = shop::Schema().tables(shop::kTags).columns(shop::kColor).type();
  EXPECT_EQ(Check(color, Text("red")), kFits);
  EXPECT_EQ(Check(color, Text("Red")), kOutOfRange);
  EXPECT_EQ(CheckValue(color, Text("blue")).message(), "expected one of \"red\", \"green\", got 'blue'");
  EXPECT_EQ(Check(TypeOf(Type::KIND_ENUM), Text("anything")), kFits);
}

TEST(Canonical, JsonIsComparedByValue) {
  Type json = TypeOf(Type::KIND_JSON);
  EXPECT_TRUE(SameValue(Canonical(json, Json(R"({"a":1.0,"b":2})")), Canonical(json, Json(R"({ "b":2, "a":1 })"))));
  EXPECT_EQ(Canonical(json, Json("null")).kind_case(), Value::kJsonValue);
  EXPECT_EQ(Check(json, Json("{")), kMismatch);
  EXPECT_EQ(Check(json, Json("1e400")), kOutOfRange);
}

TEST(Canonical, TimesAreCheckedByTheirType) {
  EXPECT_EQ(Canonical(TypeOf(Type::KIND_TIMESTAMPTZ), Time("2026-11-22 01:00:00+02:00")).time_value(), "2026-11-21T23:00:00Z");
  EXPECT_EQ(Check(TypeOf(Type::KIND_DATE), Time("2023-02-29")), kOutOfRange);
  EXPECT_EQ(Check(TypeOf(Type::KIND_DATE), Time("yesterday")), kMismatch);
  EXPECT_EQ(Check(TypeOf(Type::KIND_TIME), Time("24:00:00")), kOutOfRange);
}

TEST(Canonical, ArraysAreRectangularAndTheirElementsCanonical) {
  Type numbers = ArrayOf(Type::KIND_DECIMAL);
  Value canonical = Canonical(numbers, Array({Decimal("1.50"), Null(), Int(2)}));
  EXPECT_EQ(canonical.array_value().elements(0).decimal_value(), "1.5");
  EXPECT_EQ(canonical.array_value().elements(2).decimal_value(), "2");
  Value nested = Canonical(numbers, Array({Array({Decimal("01")}), Array({Decimal("2.0")})}));
  EXPECT_EQ(nested.array_value().elements(1).array_value().elements(0).decimal_value(), "2");
  EXPECT_EQ(Check(numbers, Array({})), kFits);
  EXPECT_EQ(Check(numbers, Array({Array({Int(1)}), Array({Int(1), Int(2)})})), kMismatch);
  EXPECT_EQ(Check(numbers, Array({Int(1), Array({Int(1)})})), kMismatch);
  EXPECT_EQ(Check(numbers, Array({Array({Int(1)}), Int(1)})), kMismatch);
  EXPECT_EQ(Check(numbers, Array({Text("1")})), kMismatch);
  EXPECT_EQ(Check(numbers, Array({Value()})), kMismatch);
  EXPECT_EQ(Check(numbers, Array({shop::Handle(1)})), kMismatch);
  EXPECT_EQ(Check(ArrayOf(Type::KIND_INT16), Array({Int(40000)})), kOutOfRange);
  Value deep = Int(1);
  for (int i = 0; i < 7; ++i) deep = Array({deep});
  EXPECT_EQ(Check(numbers, deep), kOutOfRange);
}

TEST(Canonical, ValuesHaveATotalOrder) {
  const Value ascending[] = {Value(),
                             Null(),
                             Bool(false),
                             Bool(true),
                             Int(-5),
                             Decimal("-0.5"),
                             Int(3),
                             Decimal("3.5"),
                             Uint(std::numeric_limits<uint64_t>::max()),
                             Double(-std::numeric_limits<double>::infinity()),
                             Double(1),
                             Double(std::nan("")),
                             Text("a"),
                             Text("ab"),
                             Text("b"),
                             Bytes("a"),
                             Time("-infinity"),
                             Time("2026-11-22"),
                             Time("infinity"),
                             Json("1"),
                             Array({}),
                             Array({Int(1)}),
                             Array({Int(1), Int(0)}),
                             Array({Int(2)}),
                             shop::Handle(2, "a"),
                             shop::Handle(10, "a"),
                             shop::Handle(1, "b")};
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(CompareValues(ascending[i], ascending[j]), (i > j) - (i < j))
          << DebugString(ascending[i]) << " " << DebugString(ascending[j]);
      std::string a, b;
      AppendValueBytes(ascending[i], a);
      AppendValueBytes(ascending[j], b);
      EXPECT_EQ(a == b, i == j) << DebugString(ascending[i]) << " " << DebugString(ascending[j]);
    }
  }
}

std::string BytesOf(const Value& value) {
  std::string bytes;
  AppendValueBytes(value, bytes);
  return bytes;
}

TEST(Canonical, AForeignKeyFindsItsKeyAcrossIntegerTypes) {
  EXPECT_EQ(BytesOf(Int(5)), BytesOf(Uint(5)));
  EXPECT_EQ(BytesOf(Int(5)), BytesOf(Decimal("5.00")));
  EXPECT_EQ(BytesOf(Uint(1ull << 63)), BytesOf(Decimal("9223372036854775808")));
  EXPECT_NE(BytesOf(Int(5)), BytesOf(Decimal("5.01")));
  EXPECT_TRUE(SameValue(Int(5), Decimal("5.00")));
  EXPECT_NE(BytesOf(Int(5)), BytesOf(Text("5")));
}

TEST(Canonical, BytesOfSeveralValuesDontRunTogether) {
  EXPECT_NE(BytesOf(Text("a")) + BytesOf(Text("bc")), BytesOf(Text("ab")) + BytesOf(Text("c")));
}

TEST(Canonical, DebugStringsAreForPeopleAndShort) {
  EXPECT_EQ(DebugString(Text("x")), "'x'");
  EXPECT_EQ(DebugString(Int(42)), "42");
  EXPECT_EQ(DebugString(Null()), "NULL");
  EXPECT_EQ(DebugString(shop::Handle(1, "writer")), "handle writer/1");
  EXPECT_EQ(DebugString(shop::Handle(7)), "handle 7");
  EXPECT_EQ(DebugString(Bytes("\x01\xff")), "x'01ff'");
  EXPECT_EQ(DebugString(Array({Int(1), Null()})), "[1, NULL]");
  Value wide = Text(std::string(64, 'x') + "€€€€");
  std::vector<Value> many(1000, wide);
  for (const Value& value : {wide, Array(many), Json(std::string(1000, '1')), Bytes(std::string(1000, 'x'))}) {
    EXPECT_LE(DebugString(value).size(), 90u) << DebugString(value);
  }
}

}  // namespace
}  // namespace uow
