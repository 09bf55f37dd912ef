#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/sqlite/test_database.h"
#include "adapters/type_matrix.h"

namespace uow {

std::vector<MatrixCase> SqliteDatabase::MatrixCases() const {
  using test::Bool, test::Bytes, test::Decimal, test::Double, test::Int, test::Json, test::Null, test::Text, test::Time,
      test::Unsigned;
  constexpr v1::ErrorReason kOutOfRange = v1::ERROR_REASON_VALUE_OUT_OF_RANGE;
  const std::string wide = "z\xC3\xA9\xF0\x9F\x98\x80\xF0\xA0\x9C\x8E", large(5 << 20, 'x');
  std::string bytes(5 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  return {
      {"2^63-1", "BIGINT", Int(std::numeric_limits<int64_t>::max()), "9223372036854775807 integer", "v || ' ' || typeof(v)"},
      {"-(2^63-1)", "BIGINT", Int(-std::numeric_limits<int64_t>::max()), "-9223372036854775807"},
      {"-2^63", "BIGINT", Int(std::numeric_limits<int64_t>::min()), "-9223372036854775808"},
      {"unsigned 64 bits, up to 2^63-1",
       "BIGINT",
       Unsigned(std::numeric_limits<int64_t>::max()),
       "9223372036854775807",
       "v",
       {},
       v1::Type::KIND_UINT64},
      {"unsigned 64 bits", "BIGINT", Unsigned(std::numeric_limits<uint64_t>::max()), "", "v", kOutOfRange, v1::Type::KIND_UINT64},
      {"2^53+1", "BIGINT", Int(9007199254740993), "9007199254740993"},
      {"decimal(38,18)", "DECIMAL TEXT(38,18)", Decimal("-12345678901234567890.123456789012345678"),
       "-12345678901234567890.123456789012345678"},
      {"decimal(38,18), as a number", "DECIMAL(38,18)", Decimal("-12345678901234567890.123456789012345678"), "", "v", kOutOfRange},
      {"empty text", "TEXT", Text(""), ""},
      {"null text", "TEXT", Null(), "NULL"},
      {"the text NULL", "TEXT", Text("NULL"), "NULL"},
      {"four-byte characters", "TEXT", Text(wide), wide},
      {"NUL in text", "TEXT", Text(std::string("a\0b", 3)), "610062 text", "hex(v) || ' ' || typeof(v)"},
      {"NUL in a document", "JSON", Json(R"("a\u0000b")"), R"("a\u0000b")"},
      {"5 MB text", "TEXT", Text(large), large},
      {"5 MB bytes", "BLOB", Bytes(bytes), absl::AsciiStrToUpper(absl::BytesToHexString(bytes)), "hex(v)"},
      {"empty bytes", "BLOB", Bytes(""), "blob 0", "typeof(v) || ' ' || length(v)"},
      {"JSON null", "JSON", Json("null"), "null 0", "v || ' ' || (v IS NULL)"},
      {"SQL null in JSON", "JSON", Null(), "NULL"},
      {"numbers in JSON", "JSON", Json("[9007199254740993,0.1]"), "[9007199254740993,0.1]"},
      {"arrays, nested and of null, as JSON", "JSON", Json("[[1,null],[null]]"), "[[1,null],[null]]"},
      {"microseconds", "DATETIME", Time("2026-11-22T13:45:00.000001"), "2026-11-22T13:45:00.000001"},
      {"microseconds of a day", "TIME", Time("23:59:59.999999"), "23:59:59.999999"},
      {"zones", "TIMESTAMPTZ", Time("2026-03-29T02:30:00.123456+05:45"), "2026-03-28T20:45:00.123456Z"},
      {"before 1970", "DATETIME", Time("1969-12-31T23:59:59.999999"), "1969-12-31T23:59:59.999999"},
      {"before 1970, zoned", "TIMESTAMPTZ", Time("1901-12-13T20:45:52Z"), "1901-12-13T20:45:52Z"},
      {"days before 1970", "DATE", Time("0001-01-01"), "0001-01-01"},
      {"true", "BOOLEAN", Bool(true), "1 integer", "v || ' ' || typeof(v)"},
      {"false", "BOOLEAN", Bool(false), "0 integer", "v || ' ' || typeof(v)"},
      {"doubles", "DOUBLE", Double(0.1 + 0.2), "0.30000000000000004", "printf('%!.17g', v)"},
  };
}

std::vector<MatrixCase> SqliteClientDatabase::MatrixCases() const {
  std::vector<MatrixCase> cases = SqliteDatabase::MatrixCases();
  std::erase_if(cases, [](const MatrixCase& test) { return test.item == "decimal(38,18), as a number"; });
  return cases;
}

}  // namespace uow
