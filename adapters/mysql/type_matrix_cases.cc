#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "adapters/mysql/test_database.h"
#include "adapters/type_matrix.h"

namespace uow::mysql {

std::vector<MatrixCase> TestDatabase::MatrixCases() const {
  using test::Bool, test::Bytes, test::Decimal, test::Double, test::Int, test::Json, test::Null, test::Text, test::Time,
      test::Unsigned;
  const std::string wide = "z\xC3\xA9\xF0\x9F\x98\x80\xF0\xA0\x9C\x8E", large(5 << 20, 'x');
  std::string bytes(5 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  // Only with MariaDB's own catalog a longtext is known to hold JSON.
  const auto json = v1::Type::KIND_JSON;
  return {
      {"2^63-1", "BIGINT", Int(std::numeric_limits<int64_t>::max()), "9223372036854775807"},
      {"-(2^63-1)", "BIGINT", Int(-std::numeric_limits<int64_t>::max()), "-9223372036854775807"},
      {"-2^63", "BIGINT", Int(std::numeric_limits<int64_t>::min()), "-9223372036854775808"},
      {"unsigned 64 bits", "BIGINT UNSIGNED", Unsigned(std::numeric_limits<uint64_t>::max()), "18446744073709551615"},
      {"2^53+1", "BIGINT", Int(9007199254740993), "9007199254740993"},
      {"decimal(38,18)", "DECIMAL(38,18)", Decimal("-12345678901234567890.123456789012345678"),
       "-12345678901234567890.123456789012345678"},
      {"empty text", "TEXT", Text(""), ""},
      {"null text", "TEXT", Null(), "NULL"},
      {"the text NULL", "TEXT", Text("NULL"), "NULL"},
      {"four-byte characters", "TEXT CHARACTER SET utf8mb4", Text(wide), wide},
      {"NUL in text", "TEXT", Text(std::string("a\0b", 3)), "610062", "HEX(v)"},
      {"NUL in a document", "JSON", Json(R"("a\u0000b")"), R"("a\u0000b")", "v", {}, json},
      {"5 MB text", "LONGTEXT", Text(large), large},
      {"5 MB bytes", "LONGBLOB", Bytes(bytes), absl::AsciiStrToUpper(absl::BytesToHexString(bytes)), "HEX(v)"},
      {"empty bytes", "BLOB", Bytes(""), ""},
      {"JSON null", "JSON", Json("null"), "null 0", "CONCAT(v, ' ', v IS NULL)", {}, json},
      {"SQL null in JSON", "JSON", Null(), "NULL", "v", {}, json},
      {"numbers in JSON", "JSON", Json("[9007199254740993,0.1]"), "[9007199254740993,0.1]", "v", {}, json},
      {"arrays, nested and of null, as JSON", "JSON", Json("[[1,null],[null]]"), "[[1,null],[null]]", "v", {}, json},
      {"microseconds", "DATETIME(6)", Time("2026-11-22T13:45:00.000001"), "2026-11-22 13:45:00.000001"},
      {"microseconds of a day", "TIME(6)", Time("23:59:59.999999"), "23:59:59.999999"},
      {"zones", "TIMESTAMP(6) NULL", Time("2026-03-29T02:30:00.123456+05:45"), "2026-03-28 20:45:00.123456",
       "CONVERT_TZ(v, @@session.time_zone, '+00:00')"},
      {"before 1970", "DATETIME(6)", Time("1969-12-31T23:59:59.999999"), "1969-12-31 23:59:59.999999"},
      {"before 1970, zoned", "TIMESTAMP(6) NULL", Time("1969-12-31T23:59:58Z"), "", "v", v1::ERROR_REASON_TARGET_REJECTED},
      {"days before 1970", "DATE", Time("1000-01-01"), "1000-01-01"},
      {"true", "BOOLEAN", Bool(true), "1"},
      {"false", "BOOLEAN", Bool(false), "0"},
      {"true", "BIT(1)", Bool(true), "1", "v + 0"},
      {"doubles", "DOUBLE", Double(0.1 + 0.2), "0.30000000000000004"},
  };
}

}  // namespace uow::mysql
