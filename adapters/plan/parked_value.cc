#include "adapters/plan/parked_value.h"

#include <limits>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "journal/hash.h"

namespace uow {
namespace {

std::string Token(absl::string_view seed, uint32_t number) {
  std::string bytes;
  for (const uint64_t half : {0, 1}) {
    const uint64_t hash = Hash(absl::StrCat(seed, "#", number), half);
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(hash >> (8 * i));
  }
  return bytes;
}

std::string UuidOf(absl::string_view bytes) {
  const std::string hex = absl::BytesToHexString(bytes);
  // Version 4: MariaDB takes some values of version 8 for malformed.
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-4", hex.substr(13, 3), "-8", hex.substr(17, 3), "-",
                      hex.substr(20, 12));
}

std::string DecimalFromEnd(const v1::Type& type, uint32_t number) {
  const uint32_t digits = type.precision() == 0 ? 18 : type.precision() - type.scale();
  std::string text(digits, '9');
  // Counts down in the last digits, as far as there are any.
  const std::string count = absl::StrCat(number % 1'000'000'000 + 1);
  for (size_t i = 0; i < count.size() && i < text.size(); ++i) {
    text[text.size() - 1 - i] = static_cast<char>('9' - (count[count.size() - 1 - i] - '0'));
  }
  std::string value = absl::StrCat("-", text.empty() ? "0" : text);
  if (type.precision() != 0 && type.scale() > 0) absl::StrAppend(&value, ".", std::string(type.scale(), '9'));
  return value;
}

// A number within a range that is narrower than its kind's. Ranges that begin at 0 or above are used from there, more often than
// not.
int64_t WithinRange(const v1::Column& column, int64_t n) {
  const uint64_t count = static_cast<uint64_t>(column.greatest()) - static_cast<uint64_t>(column.least());  // less one
  const int64_t place = count == 0 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(n) % count);
  return column.least() < 0 ? column.least() + place : column.greatest() - place;
}

// "~" and nine characters; in columns that hold fewer, as many as they hold, counting up from one that depends on the row.
std::string TextWithin(uint32_t max_length, absl::string_view seed, uint32_t number) {
  constexpr uint32_t kToken = 10;
  if (max_length == 0 || max_length >= kToken) {
    return absl::StrCat("~", absl::WebSafeBase64Escape(Token(seed, number)).substr(0, kToken - 1));
  }
  // Those that every collation tells apart.
  constexpr absl::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string text = max_length == 1 ? "" : "~";
  uint64_t rest = Hash(seed, 0) % 1'000'000'007 + number;
  while (text.size() < max_length) {
    text += kDigits[rest % kDigits.size()];
    rest /= kDigits.size();
  }
  return text;
}

std::string BytesWithin(uint32_t max_length, absl::string_view seed, uint32_t number) {
  constexpr uint32_t kFixedLength = 255;  // no column of a fixed length, which is filled up with zeros, is longer
  std::string bytes = Token(seed, number);
  if (max_length == 0 || max_length > kFixedLength) return bytes;
  while (bytes.size() < max_length) bytes += Token(bytes, number);
  return bytes.substr(0, max_length);
}

}  // namespace

std::optional<v1::Value> ParkedValue(const v1::Column& column, absl::string_view seed, uint32_t number) {
  const v1::Type& type = column.type();
  const bool narrow = column.least() < column.greatest();
  v1::Value value;
  const int64_t n = int64_t{number} + 1;  // the very ends are where others look for a value, too
  switch (type.kind()) {
    case v1::Type::KIND_INT16:
      value.set_int64_value(narrow ? WithinRange(column, n) : std::numeric_limits<int16_t>::min() + n % 10'000);
      return value;
    case v1::Type::KIND_INT32:
      value.set_int64_value(narrow ? WithinRange(column, n) : std::numeric_limits<int32_t>::min() + n);
      return value;
    case v1::Type::KIND_INT64:
      value.set_int64_value(narrow ? WithinRange(column, n) : std::numeric_limits<int64_t>::min() + n);
      return value;
    case v1::Type::KIND_UINT64:
      // SQLite has no larger ones.
      value.set_uint64_value(static_cast<uint64_t>(narrow ? WithinRange(column, n) : std::numeric_limits<int64_t>::max() - n));
      return value;
    case v1::Type::KIND_FLOAT:
      value.set_double_value(static_cast<float>(-1e30 * (1 + 1e-3 * static_cast<double>(n))));
      return value;
    case v1::Type::KIND_DOUBLE:
      value.set_double_value(-1e300 * (1 + 1e-6 * static_cast<double>(n)));
      return value;
    case v1::Type::KIND_DECIMAL:
      value.set_decimal_value(DecimalFromEnd(type, number));
      return value;
    case v1::Type::KIND_TEXT:
      value.set_text_value(TextWithin(column.max_length(), seed, number));
      return value;
    case v1::Type::KIND_BYTES:
      value.set_bytes_value(BytesWithin(column.max_length(), seed, number));
      return value;
    case v1::Type::KIND_UUID:
      value.set_text_value(UuidOf(Token(seed, number)));
      return value;
    case v1::Type::KIND_DATE:
      value.set_time_value(absl::StrFormat("%04d-%02d-%02d", 1 + n / 336, 1 + n / 28 % 12, 1 + n % 28));
      return value;
    case v1::Type::KIND_TIME:
      // Different seconds, for a column may have no fractions.
      value.set_time_value(
          absl::StrFormat("%02d:%02d:%02d.%06d", 23 - n / 3600 % 24, 59 - n / 60 % 60, 59 - n % 60, n / 86'400 + 1));
      return value;
    case v1::Type::KIND_TIMESTAMP:
      value.set_time_value(absl::StrFormat("%04d-%02d-%02dT00:00:00.000001", 1 + n / 336, 1 + n / 28 % 12, 1 + n % 28));
      return value;
    case v1::Type::KIND_TIMESTAMPTZ:
      // MySQL's begin in 1970.
      value.set_time_value(absl::StrFormat("1970-01-%02dT%02d:%02d:%02d.%06dZ", 2 + n / 86'400 % 28, n / 3600 % 24, n / 60 % 60,
                                           n % 60, n / (28 * 86'400) + 1));
      return value;
    default:
      return std::nullopt;
  }
}

}  // namespace uow
