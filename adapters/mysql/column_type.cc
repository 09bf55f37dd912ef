#include "adapters/mysql/column_type.h"

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace uow::mysql {
namespace {

struct Known {
  absl::string_view name;
  v1::Type::Kind kind;
  v1::Type::Kind unsigned_kind;
};

constexpr Known kKnown[] = {
    {"tinyint", v1::Type::KIND_INT16, v1::Type::KIND_INT16},
    {"smallint", v1::Type::KIND_INT16, v1::Type::KIND_INT32},
    {"mediumint", v1::Type::KIND_INT32, v1::Type::KIND_INT32},
    {"int", v1::Type::KIND_INT32, v1::Type::KIND_INT64},
    {"bigint", v1::Type::KIND_INT64, v1::Type::KIND_UINT64},
    {"year", v1::Type::KIND_INT16, v1::Type::KIND_INT16},
    {"bit", v1::Type::KIND_UINT64, v1::Type::KIND_UINT64},
    {"float", v1::Type::KIND_FLOAT, v1::Type::KIND_FLOAT},
    {"double", v1::Type::KIND_DOUBLE, v1::Type::KIND_DOUBLE},
    {"decimal", v1::Type::KIND_DECIMAL, v1::Type::KIND_DECIMAL},
    {"char", v1::Type::KIND_TEXT, v1::Type::KIND_TEXT},
    {"varchar", v1::Type::KIND_TEXT, v1::Type::KIND_TEXT},
    {"tinytext", v1::Type::KIND_TEXT, v1::Type::KIND_TEXT},
    {"text", v1::Type::KIND_TEXT, v1::Type::KIND_TEXT},
    {"mediumtext", v1::Type::KIND_TEXT, v1::Type::KIND_TEXT},
    {"longtext", v1::Type::KIND_TEXT, v1::Type::KIND_TEXT},
    {"binary", v1::Type::KIND_BYTES, v1::Type::KIND_BYTES},
    {"varbinary", v1::Type::KIND_BYTES, v1::Type::KIND_BYTES},
    {"tinyblob", v1::Type::KIND_BYTES, v1::Type::KIND_BYTES},
    {"blob", v1::Type::KIND_BYTES, v1::Type::KIND_BYTES},
    {"mediumblob", v1::Type::KIND_BYTES, v1::Type::KIND_BYTES},
    {"longblob", v1::Type::KIND_BYTES, v1::Type::KIND_BYTES},
    {"date", v1::Type::KIND_DATE, v1::Type::KIND_DATE},
    {"time", v1::Type::KIND_TIME, v1::Type::KIND_TIME},
    {"datetime", v1::Type::KIND_TIMESTAMP, v1::Type::KIND_TIMESTAMP},
    {"timestamp", v1::Type::KIND_TIMESTAMPTZ, v1::Type::KIND_TIMESTAMPTZ},
    {"uuid", v1::Type::KIND_UUID, v1::Type::KIND_UUID},
    {"json", v1::Type::KIND_JSON, v1::Type::KIND_JSON},
    {"enum", v1::Type::KIND_ENUM, v1::Type::KIND_ENUM},
};

// The labels of "enum('a','it''s')".
void AddLabels(absl::string_view column_type, v1::Type& type) {
  size_t at = column_type.find('(');
  while (at != absl::string_view::npos) {
    at = column_type.find('\'', at);
    if (at == absl::string_view::npos) return;
    std::string label;
    for (++at; at < column_type.size(); ++at) {
      if (column_type[at] == '\'') {
        if (at + 1 == column_type.size() || column_type[at + 1] != '\'') break;
        ++at;
      }
      label += column_type[at];
    }
    type.add_enum_values(std::move(label));
    ++at;
  }
}

// "decimal(20,4)".
void SetPrecision(absl::string_view column_type, v1::Type& type) {
  const size_t open = column_type.find('('), close = column_type.find(')');
  if (open == absl::string_view::npos || close == absl::string_view::npos) return;
  const std::pair<absl::string_view, absl::string_view> sizes = absl::StrSplit(column_type.substr(open + 1, close - open - 1), ',');
  uint32_t precision = 0, scale = 0;
  if (!absl::SimpleAtoi(sizes.first, &precision) || (!sizes.second.empty() && !absl::SimpleAtoi(sizes.second, &scale))) return;
  type.set_precision(precision);
  type.set_scale(scale);
}

v1::Type::Kind KindOf(absl::string_view name, absl::string_view column_type) {
  if (absl::StartsWith(column_type, "tinyint(1)") || column_type == "bit(1)") return v1::Type::KIND_BOOL;
  for (const Known& known : kKnown) {
    if (known.name == name) return absl::StrContains(column_type, " unsigned") ? known.unsigned_kind : known.kind;
  }
  return v1::Type::KIND_OTHER;
}

}  // namespace

v1::Type TypeOf(absl::string_view data_type, absl::string_view column_type, bool is_json) {
  const std::string name = absl::AsciiStrToLower(data_type);
  v1::Type type;
  type.set_kind(is_json ? v1::Type::KIND_JSON : KindOf(name, column_type));
  if (type.kind() == v1::Type::KIND_DECIMAL) SetPrecision(column_type, type);
  if (type.kind() == v1::Type::KIND_ENUM) AddLabels(column_type, type);
  if (type.kind() == v1::Type::KIND_OTHER) type.set_name(name);
  return type;
}

void SetLimits(absl::string_view data_type, absl::string_view column_type, v1::Column& column) {
  struct Range {
    absl::string_view name;
    int bits;
  };
  constexpr Range kIntegers[] = {{"tinyint", 8}, {"smallint", 16}, {"mediumint", 24}, {"int", 32}};
  const std::string name = absl::AsciiStrToLower(data_type);
  uint32_t length = 0;
  const size_t open = column_type.find('('), close = column_type.find(')');
  const bool sized = open != absl::string_view::npos && close != absl::string_view::npos && close > open &&
                     absl::SimpleAtoi(column_type.substr(open + 1, close - open - 1), &length);
  auto set_range = [&](int64_t least, int64_t greatest) {
    column.set_least(least);
    column.set_greatest(greatest);
  };
  switch (column.type().kind()) {
    case v1::Type::KIND_TEXT:
    case v1::Type::KIND_BYTES:
      if (sized) column.set_max_length(length);
      return;
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
      for (const Range& range : kIntegers) {
        if (range.name != name) continue;
        const int64_t count = int64_t{1} << range.bits;
        if (absl::StrContains(column_type, " unsigned")) return set_range(0, count - 1);
        return set_range(-count / 2, count / 2 - 1);
      }
      if (name == "year") set_range(1901, 2155);
      return;
    case v1::Type::KIND_UINT64:
      if (name == "bit" && sized && length < 63) set_range(0, (int64_t{1} << length) - 1);
      return;
    default:
      return;
  }
}

}  // namespace uow::mysql
