#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/postgres/test_database.h"
#include "adapters/type_matrix.h"

namespace uow::postgres {

std::vector<MatrixCase> TestDatabase::MatrixCases() const {
  using test::Array, test::Bool, test::Bytes, test::Decimal, test::Double, test::Int, test::Json, test::Null, test::Text,
      test::Time, test::Unsigned;
  constexpr v1::ErrorReason kOutOfRange = v1::ERROR_REASON_VALUE_OUT_OF_RANGE;
  const std::string wide = "z\xC3\xA9\xF0\x9F\x98\x80\xF0\xA0\x9C\x8E", large(5 << 20, 'x');
  std::string bytes(5 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  const v1::Value nested = Array({Array({Int(1), Null()}), Array({Null(), Int(4)})});
  return {
      {"2^63-1", "BIGINT", Int(std::numeric_limits<int64_t>::max()), "9223372036854775807"},
      {"-(2^63-1)", "BIGINT", Int(-std::numeric_limits<int64_t>::max()), "-9223372036854775807"},
      {"-2^63", "BIGINT", Int(std::numeric_limits<int64_t>::min()), "-9223372036854775808"},
      {"unsigned 64 bits",
       "NUMERIC(20)",
       Unsigned(std::numeric_limits<uint64_t>::max()),
       "18446744073709551615",
       "v",
       {},
       v1::Type::KIND_UINT64},
      {"2^53+1", "BIGINT", Int(9007199254740993), "9007199254740993"},
      {"decimal(38,18)", "NUMERIC(38,18)", Decimal("-12345678901234567890.123456789012345678"),
       "-12345678901234567890.123456789012345678"},
      {"empty text", "TEXT", Text(""), "", "v"},
      {"null text", "TEXT", Null(), "NULL"},
      {"the text NULL", "TEXT", Text("NULL"), "NULL", "v"},
      {"four-byte characters", "TEXT", Text(wide), wide},
      {"NUL in text", "TEXT", Text(std::string("a\0b", 3)), "", "v", kOutOfRange},
      {"NUL in a document", "JSON", Json(R"("a\u0000b")"), R"("a\u0000b")"},
      {"5 MB text", "TEXT", Text(large), large},
      {"5 MB bytes", "BYTEA", Bytes(bytes), absl::BytesToHexString(bytes), "encode(v, 'hex')"},
      {"empty bytes", "BYTEA", Bytes(""), "", "encode(v, 'hex')"},
      {"JSON null", "JSONB", Json("null"), "null false", "v::text || ' ' || (v IS NULL)"},
      {"SQL null in JSON", "JSONB", Null(), "NULL"},
      {"numbers in JSON", "JSONB", Json("[9007199254740993, 0.1]"), "[9007199254740993, 0.1]"},
      {"arrays", "BIGINT ARRAY", Array({Int(9007199254740993), Int(-1)}), "{9007199254740993,-1}"},
      {"arrays of null", "TEXT ARRAY", Array({Null(), Text("NULL"), Null(), Text("")}), "{NULL,\"NULL\",NULL,\"\"}"},
      {"empty arrays", "TEXT ARRAY", Array({}), "{}"},
      {"nested arrays", "INTEGER ARRAY", nested, "{{1,NULL},{NULL,4}}"},
      {"microseconds", "TIMESTAMP", Time("2026-11-22T13:45:00.000001"), "2026-11-22 13:45:00.000001"},
      {"microseconds of a day", "TIME", Time("23:59:59.999999"), "23:59:59.999999"},
      {"zones", "TIMESTAMPTZ", Time("2026-03-29T02:30:00.123456+05:45"), "2026-03-28 20:45:00.123456",
       "to_char(v AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"},
      {"before 1970", "TIMESTAMP", Time("1969-12-31T23:59:59.999999"), "1969-12-31 23:59:59.999999"},
      {"before 1970, zoned", "TIMESTAMPTZ", Time("1901-12-13T20:45:52Z"), "1901-12-13 20:45:52",
       "to_char(v AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"},
      {"days before 1970", "DATE", Time("0001-01-01"), "0001-01-01"},
      {"true", "BOOLEAN", Bool(true), "true", "v::text"},
      {"false", "BOOLEAN", Bool(false), "false", "v::text"},
      {"doubles", "DOUBLE PRECISION", Double(0.1 + 0.2), "0.30000000000000004"},
  };
}

}  // namespace uow::postgres
