#include <limits>
#include <string>
#include <vector>

#include "adapters/mysql/test_database.h"

namespace uow::mysql {
namespace {

using test::Bool;
using test::Bytes;
using test::Decimal;
using test::Double;
using test::Int;
using test::Json;
using test::Text;
using test::Time;
using test::Unsigned;

v1::Type Kind(v1::Type::Kind kind) {
  v1::Type type;
  type.set_kind(kind);
  return type;
}

v1::Type Numeric(uint32_t precision, uint32_t scale) {
  v1::Type type = Kind(v1::Type::KIND_DECIMAL);
  type.set_precision(precision);
  type.set_scale(scale);
  return type;
}

v1::Type Other(const std::string& name) {
  v1::Type type = Kind(v1::Type::KIND_OTHER);
  type.set_name(name);
  return type;
}

v1::Type Mood() {
  v1::Type type = Kind(v1::Type::KIND_ENUM);
  for (const char* label : {"sad", "so, so", "it's \"ok\""}) type.add_enum_values(label);
  return type;
}

std::vector<TypeCase> Numbers() {
  using Kinds = v1::Type;
  return {
      {"BOOLEAN", Kind(Kinds::KIND_BOOL), Bool(true), "1"},
      {"BOOLEAN", Kind(Kinds::KIND_BOOL), Bool(false), "0"},
      {"BIT(1)", Kind(Kinds::KIND_BOOL), Bool(true), "\x01"},
      {"BIT(12)", Kind(Kinds::KIND_UINT64), Unsigned(0xABC), "\x0A\xBC"},
      {"TINYINT", Kind(Kinds::KIND_INT16), Int(-128), "-128"},
      {"TINYINT UNSIGNED", Kind(Kinds::KIND_INT16), Int(255), "255"},
      {"SMALLINT", Kind(Kinds::KIND_INT16), Int(-32768), "-32768"},
      {"MEDIUMINT UNSIGNED", Kind(Kinds::KIND_INT32), Int(16777215), "16777215"},
      {"INTEGER", Kind(Kinds::KIND_INT32), Int(2147483647), "2147483647"},
      {"INTEGER UNSIGNED", Kind(Kinds::KIND_INT64), Int(4294967295), "4294967295"},
      {"BIGINT", Kind(Kinds::KIND_INT64), Int(std::numeric_limits<int64_t>::min()), "-9223372036854775808"},
      {"BIGINT", Kind(Kinds::KIND_INT64), Int(std::numeric_limits<int64_t>::max()), "9223372036854775807"},
      {"BIGINT", Kind(Kinds::KIND_INT64), Int((int64_t{1} << 53) + 1), "9007199254740993"},
      {"BIGINT UNSIGNED", Kind(Kinds::KIND_UINT64), Unsigned(std::numeric_limits<uint64_t>::max()), "18446744073709551615"},
      {"BIGINT UNSIGNED", Kind(Kinds::KIND_UINT64), Unsigned(std::numeric_limits<uint64_t>::max() - 1), "18446744073709551614"},
      {"YEAR", Kind(Kinds::KIND_INT16), Int(2026), "2026"},
      {"FLOAT", Kind(Kinds::KIND_FLOAT), Double(0.1), "0.1", false},
      {"DOUBLE", Kind(Kinds::KIND_DOUBLE), Double(0.1 + 0.2), "0.30000000000000004"},
      {"DOUBLE", Kind(Kinds::KIND_DOUBLE), Double(-1.7976931348623157e308), "-1.7976931348623157e308"},
      {"DOUBLE", Kind(Kinds::KIND_DOUBLE), Double(2.2250738585072014e-308), "2.2250738585072014e-308"},
      {"DECIMAL(38,18)", Numeric(38, 18), Decimal("-12345678901234567890.123456789012345678"),
       "-12345678901234567890.123456789012345678"},
      {"DECIMAL(65,30)", Numeric(65, 30), Decimal("12345678901234567890123456789012345.123456789012345678901234567891"),
       "12345678901234567890123456789012345.123456789012345678901234567891"},
      {"DECIMAL(20,4)", Numeric(20, 4), Decimal("7.5"), "7.5000"},
      {"DECIMAL", Numeric(10, 0), Decimal("-42"), "-42"},
  };
}

std::vector<TypeCase> TextsAndTimes() {
  using Kinds = v1::Type;
  const std::string odd = "a\"b'c\\d{e},f\n\t%$1 NULL ?é😀";
  const std::string mood = "ENUM('sad','so, so','it''s \"ok\"')";
  return {
      {"VARCHAR(100)", Kind(Kinds::KIND_TEXT), Text(odd), odd},
      {"VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", Kind(Kinds::KIND_TEXT), Text(odd), odd},
      {"VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", Kind(Kinds::KIND_TEXT), Text(odd), odd},
      {"VARCHAR(100) CHARACTER SET latin1", Kind(Kinds::KIND_TEXT), Text("Größe"), "Größe"},
      {"VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin", Kind(Kinds::KIND_TEXT), Text("plain"), "plain"},
      {"VARCHAR(10)", Kind(Kinds::KIND_TEXT), Text(""), ""},
      {"VARCHAR(10)", Kind(Kinds::KIND_TEXT), Text(std::string("a\0b", 3)), std::string("a\0b", 3)},
      {"CHAR(4)", Kind(Kinds::KIND_TEXT), Text("ab"), "ab"},
      {"TEXT", Kind(Kinds::KIND_TEXT), Text("NULL"), "NULL", false},
      {"LONGTEXT", Kind(Kinds::KIND_TEXT), Text(odd), odd, false},
      {mood, Mood(), Text("it's \"ok\""), "it's \"ok\""},
      {"SET('a','b','c')", Other("set"), Text("a,c"), "a,c"},
      {"VARBINARY(10)", Kind(Kinds::KIND_BYTES), Bytes(std::string("\x00\xff\\\"x", 5)), std::string("\x00\xff\\\"x", 5)},
      {"BINARY(3)", Kind(Kinds::KIND_BYTES), Bytes(std::string("\x00\xff ", 3)), std::string("\x00\xff ", 3)},
      {"BLOB", Kind(Kinds::KIND_BYTES), Bytes(""), "", false},
      {"DATE", Kind(Kinds::KIND_DATE), Time("1000-03-15"), "1000-03-15"},
      {"TIME(6)", Kind(Kinds::KIND_TIME), Time("23:59:59.000001"), "23:59:59.000001"},
      {"DATETIME(6)", Kind(Kinds::KIND_TIMESTAMP), Time("1969-12-31T23:59:59.123456"), "1969-12-31 23:59:59.123456"},
      {"DATETIME", Kind(Kinds::KIND_TIMESTAMP), Time("2026-11-22T13:45:00"), "2026-11-22 13:45:00"},
      {"TIMESTAMP(6) NULL", Kind(Kinds::KIND_TIMESTAMPTZ), Time("2026-11-22T13:45:00.123456+02:00"), "2026-11-22 11:45:00.123456",
       false},
      {"UUID", Kind(Kinds::KIND_UUID), Text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
      {"INET6", Other("inet6"), Text("2001:db8::1"), "2001:db8::1"},
      {"JSON", Kind(Kinds::KIND_JSON), Json(R"({"b":[1,"x\"y\\é😀"],"a":null})"), R"({"a":null,"b":[1,"x\"y\\é😀"]})", false},
      {"JSON", Kind(Kinds::KIND_JSON), Json("null"), "null", false},
  };
}

}  // namespace

std::vector<TypeCase> TestDatabase::TypeCases() const {
  std::vector<TypeCase> cases = Numbers();
  for (TypeCase& type : TextsAndTimes()) {
    // Only with MariaDB's own catalog a longtext is known to hold JSON.
    if (type.declared == "JSON" && product_ == Product::kMySql) continue;
    cases.push_back(std::move(type));
  }
  return cases;
}

}  // namespace uow::mysql
