#include "uow/types.h"

#include <array>
#include <random>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace uow::inline client {

absl::StatusOr<Decimal> Decimal::parse(absl::string_view text) {
  absl::string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  bool digits = false;
  bool point = false;
  for (char c : rest) {
    if (c == '.' && !point) {
      point = true;
    } else if (absl::ascii_isdigit(c)) {
      digits = true;
    } else {
      digits = false;
      break;
    }
  }
  if (!digits) return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no decimal number: expected a form like -12.50"));
  Decimal result;
  result.text_ = std::string(text);
  return result;
}

absl::StatusOr<Uuid> Uuid::parse(absl::string_view text) {
  bool ok = text.size() == 36;
  for (size_t i = 0; ok && i < text.size(); ++i) {
    bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    ok = hyphen ? text[i] == '-' : absl::ascii_isxdigit(text[i]);
  }
  if (!ok) return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no UUID: expected hexadecimal digits 8-4-4-4-12"));
  Uuid result;
  result.text_ = absl::AsciiStrToLower(text);
  return result;
}

Uuid Uuid::random() {
  std::random_device device;
  std::array<uint32_t, 4> words;
  for (uint32_t& word : words) word = device();
  words[1] = (words[1] & 0xffff0fff) | 0x00004000;  // version 4
  words[2] = (words[2] & 0x3fffffff) | 0x80000000;  // variant 1
  std::string hex;
  for (uint32_t word : words) absl::StrAppend(&hex, absl::Hex(word, absl::kZeroPad8));
  absl::string_view digits = hex;
  Uuid result;
  result.text_ = absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-", digits.substr(12, 4), "-", digits.substr(16, 4),
                              "-", digits.substr(20));
  return result;
}

}  // namespace uow::inline client
