#include "adapters/mssql/expressions.h"

#include "absl/strings/str_cat.h"
#include "adapters/mssql/quote.h"

namespace uow::mssql {
namespace {

// The type datetime has three ticks in 10 ms: two versions that are less apart may be the same.
constexpr int kLeastStep = 4;

// Compares by code points, and not as people of some country would.
constexpr char kByCharacters[] = " COLLATE Latin1_General_100_BIN2";

// What a text in a column of 8-bit characters is cast to, so that its index can be used; else empty.
std::string NarrowType(const v1::Column& column) {
  if (column.type().name() != "varchar" && column.type().name() != "char") return "";
  return column.max_length() > 0 && column.max_length() <= 8000 ? "varchar(8000)" : "varchar(max)";
}

std::string DecimalType(const v1::Type& type) {
  return type.precision() == 0 ? "" : absl::StrCat("decimal(", type.precision(), ", ", type.scale(), ")");
}

std::string OwnType(const v1::Type& type) {
  return type.namespace_().empty() ? Quote(type.name()) : absl::StrCat(Quote(type.namespace_()), ".", Quote(type.name()));
}

// Empty where the text needs no cast.
std::string TypeOf(const v1::Column& column) {
  switch (column.type().kind()) {
    case v1::Type::KIND_BOOL:
      return "bit";
    case v1::Type::KIND_INT16:
      return "smallint";
    case v1::Type::KIND_INT32:
      return "int";
    case v1::Type::KIND_INT64:
      return "bigint";
    case v1::Type::KIND_UINT64:
      return "decimal(20, 0)";
    case v1::Type::KIND_FLOAT:
      return "real";
    case v1::Type::KIND_DOUBLE:
      return "float(53)";
    case v1::Type::KIND_DECIMAL:
      return DecimalType(column.type());
    case v1::Type::KIND_TEXT:
      return NarrowType(column);
    case v1::Type::KIND_UUID:
      return "uniqueidentifier";
    case v1::Type::KIND_DATE:
      return "date";
    case v1::Type::KIND_TIME:
      return "time(7)";
    case v1::Type::KIND_TIMESTAMP:
      return "datetime2(7)";
    case v1::Type::KIND_TIMESTAMPTZ:
      return "datetimeoffset(7)";
    case v1::Type::KIND_OTHER:
      return OwnType(column.type());
    default:
      return "";
  }
}

std::string SameInstant(absl::string_view type, absl::string_view column, absl::string_view value) {
  return absl::StrCat("(DATEDIFF_BIG(microsecond, CAST(", value, " AS ", type, "), CAST(", column, " AS ", type,
                      ")) BETWEEN -500 AND 999 OR (", column, " IS NULL AND ", value, " IS NULL))");
}

}  // namespace

std::string Typed(const v1::Column& column, absl::string_view value) {
  const std::string type = TypeOf(column);
  return type.empty() ? std::string(value) : absl::StrCat("CAST(", value, " AS ", type, ")");
}

std::string SameAs(const v1::Type& type, absl::string_view column, absl::string_view value) {
  switch (type.kind()) {
    case v1::Type::KIND_TIME:
      return SameInstant("time(7)", column, value);
    case v1::Type::KIND_TIMESTAMP:
      return SameInstant("datetime2(7)", column, value);
    case v1::Type::KIND_TIMESTAMPTZ:
      return SameInstant("datetimeoffset(7)", column, value);
    case v1::Type::KIND_TEXT:
    case v1::Type::KIND_ENUM:
    case v1::Type::KIND_OTHER:
      return absl::StrCat("EXISTS (SELECT CAST(", column, " AS nvarchar(max))", kByCharacters, " INTERSECT SELECT ", value,
                          kByCharacters, ")");
    case v1::Type::KIND_BYTES:
      return absl::StrCat("EXISTS (SELECT CAST(", column, " AS varbinary(max)) INTERSECT SELECT ", value, ")");
    default: {
      v1::Column typed;
      *typed.mutable_type() = type;
      return absl::StrCat("EXISTS (SELECT ", column, " INTERSECT SELECT ", Typed(typed, value), ")");
    }
  }
}

std::string MovedVersion(const v1::Type& type, VersionMove move, absl::string_view old) {
  if (move == VersionMove::kIncrement) return old.empty() ? "1" : absl::StrCat("COALESCE(", old, ", 0) + 1");
  const bool zoned = type.kind() == v1::Type::KIND_TIMESTAMPTZ;
  const absl::string_view now =
      zoned ? "TODATETIMEOFFSET(CAST(SYSUTCDATETIME() AS datetime2(3)), 0)" : "CAST(SYSUTCDATETIME() AS datetime2(3))";
  if (old.empty()) return std::string(now);
  const std::string next =
      absl::StrCat("DATEADD(millisecond, ", kLeastStep, ", CAST(", old, " AS ", zoned ? "datetimeoffset(3)" : "datetime2(3)", "))");
  return absl::StrCat("CASE WHEN ", next, " > ", now, " THEN ", next, " ELSE ", now, " END");
}

std::string KeyType(const v1::Type& type) {
  switch (type.kind()) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
      return "bigint";
    case v1::Type::KIND_UINT64:
      return "decimal(38, 0)";
    case v1::Type::KIND_DECIMAL:
      return type.precision() == 0 ? "decimal(38, 0)" : DecimalType(type);
    case v1::Type::KIND_UUID:
      return "uniqueidentifier";
    case v1::Type::KIND_BYTES:
      return "varbinary(max)";
    case v1::Type::KIND_DATE:
      return "date";
    case v1::Type::KIND_TIMESTAMP:
      return "datetime2(7)";
    case v1::Type::KIND_TIMESTAMPTZ:
      return "datetimeoffset(7)";
    default:
      return "nvarchar(max)";
  }
}

std::string AsText(const v1::Type& type, absl::string_view value) {
  switch (type.kind()) {
    case v1::Type::KIND_BYTES:
      return absl::StrCat("CONVERT(varchar(max), CAST(", value, " AS varbinary(max)), 2)");
    case v1::Type::KIND_UUID:
      return absl::StrCat("LOWER(CAST(", value, " AS nvarchar(36)))");
    case v1::Type::KIND_TIMESTAMP:
      return absl::StrCat("CONVERT(nvarchar(40), CAST(", value, " AS datetime2(6)), 126)");
    case v1::Type::KIND_TIMESTAMPTZ:
      return absl::StrCat("CONVERT(nvarchar(40), CAST(SWITCHOFFSET(", value, ", 0) AS datetime2(6)), 126) + N'Z'");
    case v1::Type::KIND_DATE:
      return absl::StrCat("CONVERT(nvarchar(40), ", value, ", 23)");
    default:
      return absl::StrCat("CAST(", value, " AS nvarchar(max))");
  }
}

}  // namespace uow::mssql
