#include "journal/decimal_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace uow {
namespace {

constexpr absl::string_view kNaN = "NaN";

// A decimal in its parts, without leading zeros before the point and trailing zeros after it.
struct Decimal {
  bool negative = false;
  absl::string_view integer;
  absl::string_view fraction;
};

size_t CountDigits(absl::string_view text) {
  return std::find_if_not(text.begin(), text.end(), absl::ascii_isdigit) - text.begin();
}

bool Parse(absl::string_view text, Decimal& decimal) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    decimal.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  size_t digits = CountDigits(text);
  if (digits == 0) return false;
  decimal.integer = text.substr(0, digits);
  text.remove_prefix(digits);
  if (!text.empty()) {
    if (text[0] != '.' || text.size() == 1 || CountDigits(text.substr(1)) != text.size() - 1) return false;
    decimal.fraction = text.substr(1);
  }
  size_t zeros = decimal.integer.find_first_not_of('0');
  decimal.integer.remove_prefix(std::min(zeros, decimal.integer.size()));
  decimal.fraction = decimal.fraction.substr(0, decimal.fraction.find_last_not_of('0') + 1);
  if (decimal.integer.empty() && decimal.fraction.empty()) decimal.negative = false;
  return true;
}

int Sign(int difference) { return (difference > 0) - (difference < 0); }

int CompareMagnitudes(const Decimal& a, const Decimal& b) {
  if (a.integer.size() != b.integer.size()) return a.integer.size() < b.integer.size() ? -1 : 1;
  if (int order = a.integer.compare(b.integer); order != 0) return Sign(order);
  return Sign(a.fraction.compare(b.fraction));
}

}  // namespace

TextFit CheckDecimalText(absl::string_view text, uint32_t precision, uint32_t scale) {
  if (text == kNaN) return TextFit::kFits;
  Decimal decimal;
  if (!Parse(text, decimal)) return TextFit::kWrongForm;
  if (precision == 0) return TextFit::kFits;
  bool fits = decimal.integer.size() <= precision - scale && decimal.fraction.size() <= scale;
  return fits ? TextFit::kFits : TextFit::kOutOfRange;
}

std::string CanonicalDecimalText(absl::string_view text, uint32_t precision, uint32_t scale) {
  Decimal decimal;
  if (text == kNaN || !Parse(text, decimal)) return std::string(text);
  std::string canonical = absl::StrCat(decimal.negative ? "-" : "", decimal.integer.empty() ? "0" : decimal.integer);
  size_t places = precision == 0 ? decimal.fraction.size() : scale;
  if (places == 0) return canonical;
  absl::StrAppend(&canonical, ".", decimal.fraction);
  canonical.append(places - std::min(places, decimal.fraction.size()), '0');
  return canonical;
}

int CompareDecimalText(absl::string_view a, absl::string_view b) {
  if (a == kNaN || b == kNaN) return (a == kNaN) - (b == kNaN);
  Decimal left, right;
  Parse(a, left);
  Parse(b, right);
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  return left.negative ? CompareMagnitudes(right, left) : CompareMagnitudes(left, right);
}

}  // namespace uow
