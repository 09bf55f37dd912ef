#include "adapters/mysql/expressions.h"

#include "absl/strings/str_cat.h"
#include "adapters/mysql/quote.h"

namespace uow::mysql {
namespace {

std::string DecimalType(const v1::Type& type) {
  // Without a declared precision: room for any, most of it before the point.
  if (type.precision() == 0) return "DECIMAL(65,30)";
  return absl::StrCat("DECIMAL(", type.precision(), ",", type.scale(), ")");
}

}  // namespace

bool IsGeometry(const v1::Type& type) {
  if (type.kind() != v1::Type::KIND_OTHER) return false;
  for (absl::string_view name : {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
                                 "geometrycollection", "geomcollection"}) {
    if (type.name() == name) return true;
  }
  return false;
}

std::string StoredValue(const v1::Type& type, absl::string_view value) {
  return IsGeometry(type) ? absl::StrCat("ST_GeomFromText(", value, ")") : std::string(value);
}

std::string KeyOperand(const v1::Type& type, absl::string_view value) {
  switch (type.kind()) {
    case v1::Type::KIND_BOOL:
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
      return absl::StrCat("CAST(", value, " AS SIGNED)");
    case v1::Type::KIND_UINT64:
      return absl::StrCat("CAST(", value, " AS UNSIGNED)");
    case v1::Type::KIND_DECIMAL:
      return absl::StrCat("CAST(", value, " AS ", DecimalType(type), ")");
    case v1::Type::KIND_DATE:
      return absl::StrCat("CAST(", value, " AS DATE)");
    case v1::Type::KIND_TIME:
      return absl::StrCat("CAST(", value, " AS TIME(6))");
    case v1::Type::KIND_TIMESTAMP:
    case v1::Type::KIND_TIMESTAMPTZ:
      return absl::StrCat("CAST(", value, " AS DATETIME(6))");
    default:
      return std::string(value);
  }
}

std::string SampleOf(const v1::Column& column) {
  switch (column.type().kind()) {
    case v1::Type::KIND_BOOL:
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
      return "9223372036854775807";
    case v1::Type::KIND_UINT64:
      return "18446744073709551615";
    default:
      // Geometries are made of text.
      return IsGeometry(column.type()) ? "CAST('' AS CHAR(16384))" : absl::StrCat("s.", Quote(column.name()));
  }
}

std::string SameAs(const v1::Type& type, Product product, absl::string_view column, absl::string_view value) {
  switch (type.kind()) {
    case v1::Type::KIND_FLOAT:
      return absl::StrCat(column, " <=> CAST(", value, " AS FLOAT)");
    case v1::Type::KIND_TEXT:
    case v1::Type::KIND_ENUM:
    case v1::Type::KIND_OTHER:
      // The value may have the column's character set, or the connection's.
      return absl::StrCat("CAST(CONVERT(", column, " USING utf8mb4) AS BINARY) <=> CAST(CONVERT(", value,
                          " USING utf8mb4) AS BINARY)");
    case v1::Type::KIND_JSON:
      if (product == Product::kMariaDb) return absl::StrCat("JSON_NORMALIZE(", column, ") <=> JSON_NORMALIZE(", value, ")");
      return absl::StrCat("JSON_EXTRACT(", column, ", '$') <=> JSON_EXTRACT(", value, ", '$')");
    default:
      return absl::StrCat(column, " <=> ", KeyOperand(type, value));
  }
}

std::string ComparableBytes(const v1::Type& type, absl::string_view column) {
  const bool collated = type.kind() == v1::Type::KIND_TEXT || type.kind() == v1::Type::KIND_ENUM;
  return collated ? absl::StrCat("WEIGHT_STRING(", column, ")") : std::string(column);
}

std::string MovedVersion(VersionMove move, absl::string_view old) {
  if (move == VersionMove::kIncrement) return old.empty() ? "1" : absl::StrCat("COALESCE(", old, ", 0) + 1");
  if (old.empty()) return "UTC_TIMESTAMP(3)";
  // The old one plus a millisecond, without what is less than one.
  return absl::StrCat("GREATEST(UTC_TIMESTAMP(3), COALESCE(", old, " + INTERVAL (1000 - MICROSECOND(", old,
                      ") % 1000) MICROSECOND, UTC_TIMESTAMP(3)))");
}

}  // namespace uow::mysql
