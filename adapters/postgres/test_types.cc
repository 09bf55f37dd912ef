#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/test_database.h"

namespace uow::postgres {
namespace {

using test::Array;
using test::Bool;
using test::Bytes;
using test::Decimal;
using test::Double;
using test::Int;
using test::Json;
using test::Null;
using test::Text;
using test::Time;

v1::Type Kind(v1::Type::Kind kind) {
  v1::Type type;
  type.set_kind(kind);
  return type;
}

v1::Type Named(v1::Type type, const std::string& schema, const std::string& name) {
  type.set_namespace_(schema);
  type.set_name(name);
  return type;
}

v1::Type Numeric(uint32_t precision, uint32_t scale) {
  v1::Type type = Kind(v1::Type::KIND_DECIMAL);
  type.set_precision(precision);
  type.set_scale(scale);
  return type;
}

v1::Type Mood() {
  v1::Type type = Named(Kind(v1::Type::KIND_ENUM), "Odd \"Schema", "Mood");
  for (const char* label : {"sad", "so, so", "it's \"ok\" \\"}) type.add_enum_values(label);
  return type;
}

v1::Type ArrayOf(const v1::Type& element) {
  v1::Type type = Kind(v1::Type::KIND_ARRAY);
  *type.mutable_element() = element;
  return type;
}

v1::Type Other(const std::string& name) { return Named(Kind(v1::Type::KIND_OTHER), "pg_catalog", name); }

std::vector<TypeCase> Scalars() {
  const double infinity = std::numeric_limits<double>::infinity();
  return {
      {"boolean", Kind(v1::Type::KIND_BOOL), Bool(true), "t"},
      {"smallint", Kind(v1::Type::KIND_INT16), Int(-32768), "-32768"},
      {"integer", Kind(v1::Type::KIND_INT32), Int(2147483647), "2147483647"},
      {"bigint", Kind(v1::Type::KIND_INT64), Int(std::numeric_limits<int64_t>::min()), "-9223372036854775808"},
      {"real", Kind(v1::Type::KIND_FLOAT), Double(0.1), "0.1"},
      {"double precision", Kind(v1::Type::KIND_DOUBLE), Double(0.1 + 0.2), "0.30000000000000004"},
      {"double precision", Kind(v1::Type::KIND_DOUBLE), Double(std::numeric_limits<double>::denorm_min()), "5e-324"},
      {"double precision", Kind(v1::Type::KIND_DOUBLE), Double(std::numeric_limits<double>::quiet_NaN()), "NaN"},
      {"double precision", Kind(v1::Type::KIND_DOUBLE), Double(-infinity), "-Infinity"},
      {"numeric(20,4)", Numeric(20, 4), Decimal("-1234567890123456.7891"), "-1234567890123456.7891"},
      {"numeric", Kind(v1::Type::KIND_DECIMAL), Decimal("123456789012345678901234567890.123456789"),
       "123456789012345678901234567890.123456789"},
      {"text", Kind(v1::Type::KIND_TEXT), Text("a\"b'c\\d{e},f\n\t%$1 NULL é😀"), "a\"b'c\\d{e},f\n\t%$1 NULL é😀"},
      {"text", Kind(v1::Type::KIND_TEXT), Text("NULL"), "NULL"},
      {"text", Kind(v1::Type::KIND_TEXT), Text(""), ""},
      {"varchar(10)", Kind(v1::Type::KIND_TEXT), Text(" x "), " x "},
      {"char(4)", Other("bpchar"), Text("ab"), "ab  "},
      {"bytea", Kind(v1::Type::KIND_BYTES), Bytes(std::string("\x00\xff\\\"x", 5)), "\\x00ff5c2278"},
      {"date", Kind(v1::Type::KIND_DATE), Time("0044-03-15"), "0044-03-15"},
      {"time", Kind(v1::Type::KIND_TIME), Time("23:59:59.000001"), "23:59:59.000001"},
      {"timestamp", Kind(v1::Type::KIND_TIMESTAMP), Time("2026-11-22T13:45:00.123456"), "2026-11-22 13:45:00.123456"},
      {"uuid", Kind(v1::Type::KIND_UUID), Text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
      {"json", Kind(v1::Type::KIND_JSON), Json(R"({"b":[1,"x\"y\\"],"a":null})"), R"({"a":null,"b":[1,"x\"y\\"]})", false},
      {"jsonb", Kind(v1::Type::KIND_JSON), Json(R"({"b":[1,"x\"y\\"],"a":null})"), R"({"a": null, "b": [1, "x\"y\\"]})", false},
      {"jsonb", Kind(v1::Type::KIND_JSON), Json("null"), "null", false},
      {"interval", Other("interval"), Text("1 day 02:00:00.5"), "1 day 02:00:00.5"},
      {"inet", Other("inet"), Text("10.0.0.0/8"), "10.0.0.0/8"},
      {"int4range", Other("int4range"), Text("[1,5)"), "[1,5)"},
      {"bit varying", Other("varbit"), Text("10110"), "10110"},
      {"timetz", Other("timetz"), Text("12:00:00+02"), "12:00:00+02"},
      {"point", Other("point"), Text("(1,2)"), "(1,2)", false},
  };
}

std::vector<TypeCase> ArraysAndNamedTypes() {
  const std::string mood = R"(CREATE SCHEMA IF NOT EXISTS "Odd ""Schema"; DROP TYPE IF EXISTS "Odd ""Schema"."Mood" CASCADE; )"
                           R"(CREATE TYPE "Odd ""Schema"."Mood" AS ENUM ('sad', 'so, so', 'it''s "ok" \'))";
  const std::string positive = "DROP DOMAIN IF EXISTS positive CASCADE; CREATE DOMAIN positive AS numeric(6,2) CHECK (VALUE > 0)";
  const v1::Type integers = ArrayOf(Kind(v1::Type::KIND_INT32));
  const v1::Type texts = ArrayOf(Kind(v1::Type::KIND_TEXT));
  return {
      {"integer ARRAY", integers, Array({Int(1), Null(), Int(-3)}), "{1,NULL,-3}"},
      {"integer ARRAY", integers, Array({}), "{}"},
      {"integer ARRAY", integers, Array({Array({Int(1), Int(2)}), Array({Int(3), Int(4)})}), "{{1,2},{3,4}}"},
      {"text ARRAY", texts, Array({Text("a\"b\\"), Text("NULL"), Null(), Text(""), Text("{x,y}")}),
       R"({"a\"b\\","NULL",NULL,"","{x,y}"})"},
      {"bytea ARRAY", ArrayOf(Kind(v1::Type::KIND_BYTES)), Array({Bytes(std::string("\0\\", 2))}), R"({"\\x005c"})"},
      {"boolean ARRAY", ArrayOf(Kind(v1::Type::KIND_BOOL)), Array({Bool(true), Bool(false)}), "{t,f}"},
      {"double precision ARRAY", ArrayOf(Kind(v1::Type::KIND_DOUBLE)), Array({Double(1.5)}), "{1.5}"},
      {"timestamp ARRAY", ArrayOf(Kind(v1::Type::KIND_TIMESTAMP)), Array({Time("2026-11-22T13:45:00")}),
       "{\"2026-11-22 13:45:00\"}"},
      {"jsonb ARRAY", ArrayOf(Kind(v1::Type::KIND_JSON)), Array({Json(R"({"a":"\""})")}), R"({"{\"a\": \"\\\"\"}"})", false},
      {R"("Odd ""Schema"."Mood")", Mood(), Text("it's \"ok\" \\"), "it's \"ok\" \\", true, mood},
      {R"("Odd ""Schema"."Mood" ARRAY)", ArrayOf(Mood()), Array({Text("so, so"), Null(), Text("sad")}), R"({"so, so",NULL,sad})",
       true, mood},
      {"positive", Named(Numeric(6, 2), "public", "positive"), Decimal("12.5"), "12.50", true, positive},
  };
}

}  // namespace

std::vector<TypeCase> TestDatabase::TypeCases() const {
  std::vector<TypeCase> cases = Scalars();
  for (TypeCase& type : ArraysAndNamedTypes()) cases.push_back(std::move(type));
  return cases;
}

}  // namespace uow::postgres
