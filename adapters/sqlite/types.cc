#include "adapters/sqlite/types.h"

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace uow::sqlite {
namespace {

constexpr int kExactDigits = 15;
constexpr int kLargestExponent = 300;

v1::Type::Kind KindOf(const std::string& name, bool zoned) {
  static const std::vector<std::pair<absl::string_view, v1::Type::Kind>> kWhole = {
      {"BOOL", v1::Type::KIND_BOOL},      {"BOOLEAN", v1::Type::KIND_BOOL},
      {"DATE", v1::Type::KIND_DATE},      {"TIME", v1::Type::KIND_TIME},
      {"UUID", v1::Type::KIND_UUID},      {"GUID", v1::Type::KIND_UUID},
      {"JSON", v1::Type::KIND_JSON},      {"JSONB", v1::Type::KIND_JSON},
      {"JSON TEXT", v1::Type::KIND_JSON}, {"UUID TEXT", v1::Type::KIND_UUID},
      {"TIMETZ", v1::Type::KIND_OTHER},   {"INTERVAL", v1::Type::KIND_OTHER},
      {"POINT", v1::Type::KIND_OTHER},    {"", v1::Type::KIND_TEXT},
      {"ANY", v1::Type::KIND_TEXT},       {"TIMESTAMPTZ", v1::Type::KIND_TIMESTAMPTZ}};
  for (const auto& [whole, kind] : kWhole) {
    if (name == whole) return kind;
  }
  if (absl::StartsWith(name, "DATETIME") || absl::StartsWith(name, "TIMESTAMP")) {
    return zoned ? v1::Type::KIND_TIMESTAMPTZ : v1::Type::KIND_TIMESTAMP;
  }
  // A DECIMAL TEXT has text affinity, and so keeps all of its digits.
  for (absl::string_view part : {"DECIMAL", "NUMERIC", "NUMBER", "MONEY"}) {
    if (absl::StrContains(name, part)) return v1::Type::KIND_DECIMAL;
  }
  if (absl::StrContains(name, "STRING")) return v1::Type::KIND_TEXT;
  if (absl::StrContains(name, "BINARY")) return v1::Type::KIND_BYTES;
  switch (AffinityOf(name)) {
    case Affinity::kInteger:
      return v1::Type::KIND_INT64;
    case Affinity::kText:
      return v1::Type::KIND_TEXT;
    case Affinity::kBlob:
      return v1::Type::KIND_BYTES;
    case Affinity::kReal:
      return v1::Type::KIND_DOUBLE;
    case Affinity::kNumeric:
      return v1::Type::KIND_OTHER;
  }
  return v1::Type::KIND_OTHER;
}

// A number as SQLite recognises it in text.
struct Number {
  std::string digits;  // without leading zeros
  int scale = 0;       // digits after the point
  int exponent = 0;
  bool plain_integer = false;  // sign and digits alone
};

bool ParseNumber(absl::string_view text, Number& number) {
  text = absl::StripAsciiWhitespace(text);
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  size_t i = 0;
  bool point = false, any = false;
  for (; i < text.size() && (absl::ascii_isdigit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (point) ++number.scale;
    if (text[i] != '0' || !number.digits.empty()) number.digits += text[i];
  }
  if (!any) return false;
  number.plain_integer = !point && i == text.size();
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  absl::string_view exponent = text.substr(i + 1);
  if (absl::StartsWith(exponent, "+")) exponent.remove_prefix(1);
  return absl::SimpleAtoi(exponent, &number.exponent);
}

bool KeepsItsDigits(const Number& number) {
  absl::string_view digits = number.digits;
  int magnitude = static_cast<int>(digits.size()) - number.scale;
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  if (digits.empty()) return true;
  if (std::abs(number.exponent) > kLargestExponent || std::abs(magnitude + number.exponent) > kLargestExponent) return false;
  return digits.size() <= kExactDigits;
}

}  // namespace

Affinity AffinityOf(absl::string_view declared) {
  std::string name = absl::AsciiStrToUpper(declared);
  if (absl::StrContains(name, "INT")) return Affinity::kInteger;
  for (absl::string_view part : {"CHAR", "CLOB", "TEXT"}) {
    if (absl::StrContains(name, part)) return Affinity::kText;
  }
  if (name.empty() || absl::StrContains(name, "BLOB")) return Affinity::kBlob;
  for (absl::string_view part : {"REAL", "FLOA", "DOUB"}) {
    if (absl::StrContains(name, part)) return Affinity::kReal;
  }
  return Affinity::kNumeric;
}

v1::Type TypeOf(absl::string_view declared) {
  std::string upper = absl::AsciiStrToUpper(declared);
  std::string name = upper.substr(0, upper.find('('));
  absl::StripAsciiWhitespace(&name);
  const bool zoned = absl::StrContains(upper, "WITH TIME ZONE") || absl::StrContains(upper, "TIMESTAMPTZ");
  v1::Type type;
  type.set_kind(KindOf(name, zoned));
  if (type.kind() == v1::Type::KIND_OTHER) type.set_name(std::string(declared));
  if (type.kind() != v1::Type::KIND_DECIMAL) return type;
  size_t open = upper.find('('), close = upper.find(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return type;
  std::vector<std::string> sizes = absl::StrSplit(upper.substr(open + 1, close - open - 1), ',');
  uint32_t precision = 0, scale = 0;
  if (!absl::SimpleAtoi(sizes[0], &precision) || (sizes.size() > 1 && !absl::SimpleAtoi(sizes[1], &scale)) || scale > precision) {
    return type;
  }
  type.set_precision(precision);
  type.set_scale(scale);
  return type;
}

bool SurvivesAsText(v1::Type::Kind kind, Affinity affinity, absl::string_view text) {
  if (affinity == Affinity::kText || affinity == Affinity::kBlob) return true;
  Number number;
  if (!ParseNumber(text, number)) return true;
  int64_t integer;
  const bool fits = number.plain_integer && affinity != Affinity::kReal && absl::SimpleAtoi(text, &integer);
  if (kind == v1::Type::KIND_DECIMAL || kind == v1::Type::KIND_JSON) return fits || KeepsItsDigits(number);
  return fits && absl::StrCat(integer) == text;
}

}  // namespace uow::sqlite
