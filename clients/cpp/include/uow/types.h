#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace uow::inline client {

// Column types beside the built-in ones (bool, int16_t, int32_t, int64_t, uint64_t, double, std::string). Plain values: copy
// freely.

// Binary data.
struct Bytes {
  std::string value;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

// A JSON document as text. Not parsed by the client; the server refuses what isn't JSON. JSON null is `Json{"null"}`, not SQL NULL.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};

// A decimal number of any size, kept as text so that no digit is lost. Equal where the text is: "1.0" is not "1.00".
class Decimal {
 public:
  Decimal() : text_("0") {}
  explicit Decimal(int64_t value) : text_(std::to_string(value)) {}
  // Optional sign, digits, optional point and digits; no exponent. INVALID_ARGUMENT otherwise.
  static absl::StatusOr<Decimal> parse(absl::string_view text);
  const std::string& text() const { return text_; }
  friend bool operator==(const Decimal&, const Decimal&) = default;

 private:
  std::string text_;
};

// A UUID in its lower-case form with hyphens.
class Uuid {
 public:
  // The nil UUID.
  Uuid() : text_("00000000-0000-0000-0000-000000000000") {}
  // A random one (version 4).
  static Uuid random();
  // 32 hexadecimal digits in groups 8-4-4-4-12. INVALID_ARGUMENT otherwise.
  static absl::StatusOr<Uuid> parse(absl::string_view text);
  const std::string& text() const { return text_; }
  friend bool operator==(const Uuid&, const Uuid&) = default;

 private:
  std::string text_;
};

// A calendar day.
using Date = absl::CivilDay;

// A point in time, to the microsecond; finer parts are cut off. A column without a zone holds it in UTC.
using Timestamp = absl::Time;

// A time of day, to the microsecond.
struct TimeOfDay {
  absl::Duration since_midnight;
  friend bool operator==(const TimeOfDay&, const TimeOfDay&) = default;
};

}  // namespace uow::inline client
