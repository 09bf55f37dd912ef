#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "uow/column.h"
#include "uow/value_traits.h"

namespace uow::inline client {
namespace {

absl::string_view KindName(ValueKind kind) {
  constexpr absl::string_view kNames[] = {"bool", "int16_t", "int32_t", "int64_t",   "uint64_t",  "double", "Decimal",
                                          "text", "Bytes",   "Date",    "TimeOfDay", "Timestamp", "Uuid",   "Json"};
  return kNames[static_cast<int>(kind)];
}

// The text of a value that is kept as text; null for another kind. Databases without the type proper hold it in a text column.
const std::string* TextOf(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kTextValue:
      return &value.text_value();
    case v1::Value::kTimeValue:
      return &value.time_value();
    case v1::Value::kDecimalValue:
      return &value.decimal_value();
    case v1::Value::kJsonValue:
      return &value.json_value();
    default:
      return nullptr;
  }
}

v1::Value TimeValue(std::string text) {
  v1::Value result;
  result.set_time_value(std::move(text));
  return result;
}

}  // namespace

namespace internal {

absl::Status WrongKind(ValueKind expected, const v1::Value& found) {
  return absl::FailedPreconditionError(absl::StrCat("the session holds ", found.ShortDebugString(),
                                                    " where the column is declared as ", KindName(expected),
                                                    "; correct the declaration"));
}

v1::Value NullOperand() {
  v1::Value value;
  value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  return value;
}

v1::Value EncodeSigned(int64_t number, ValueKind kind) {
  v1::Value value;
  if (kind == ValueKind::kUint64 && number >= 0) {
    value.set_uint64_value(static_cast<uint64_t>(number));
  } else {
    value.set_int64_value(number);
  }
  return value;
}

v1::Value EncodeUnsigned(uint64_t number, ValueKind kind) {
  v1::Value value;
  if (kind == ValueKind::kUint64 || number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    value.set_uint64_value(number);
  } else {
    value.set_int64_value(static_cast<int64_t>(number));
  }
  return value;
}

}  // namespace internal

v1::Value ValueTraits<uint64_t>::Encode(uint64_t value) { return internal::EncodeUnsigned(value, kKind); }
absl::StatusOr<uint64_t> ValueTraits<uint64_t>::Decode(const v1::Value& value) {
  if (value.kind_case() == v1::Value::kUint64Value) return value.uint64_value();
  if (value.kind_case() == v1::Value::kInt64Value && value.int64_value() >= 0) return static_cast<uint64_t>(value.int64_value());
  return internal::WrongKind(kKind, value);
}

v1::Value ValueTraits<bool>::Encode(bool value) {
  v1::Value result;
  result.set_bool_value(value);
  return result;
}
absl::StatusOr<bool> ValueTraits<bool>::Decode(const v1::Value& value) {
  if (value.kind_case() != v1::Value::kBoolValue) return internal::WrongKind(kKind, value);
  return value.bool_value();
}

v1::Value ValueTraits<double>::Encode(double value) {
  v1::Value result;
  result.set_double_value(value);
  return result;
}
absl::StatusOr<double> ValueTraits<double>::Decode(const v1::Value& value) {
  if (value.kind_case() != v1::Value::kDoubleValue) return internal::WrongKind(kKind, value);
  return value.double_value();
}

v1::Value ValueTraits<std::string>::Encode(std::string value) {
  v1::Value result;
  result.set_text_value(std::move(value));
  return result;
}
absl::StatusOr<std::string> ValueTraits<std::string>::Decode(const v1::Value& value) {
  if (value.kind_case() != v1::Value::kTextValue) return internal::WrongKind(kKind, value);
  return value.text_value();
}

v1::Value ValueTraits<Bytes>::Encode(Bytes value) {
  v1::Value result;
  result.set_bytes_value(std::move(value.value));
  return result;
}
absl::StatusOr<Bytes> ValueTraits<Bytes>::Decode(const v1::Value& value) {
  if (value.kind_case() != v1::Value::kBytesValue) return internal::WrongKind(kKind, value);
  return Bytes{value.bytes_value()};
}

v1::Value ValueTraits<Decimal>::Encode(const Decimal& value) {
  v1::Value result;
  result.set_decimal_value(value.text());
  return result;
}
absl::StatusOr<Decimal> ValueTraits<Decimal>::Decode(const v1::Value& value) {
  if (value.kind_case() == v1::Value::kInt64Value) return Decimal(value.int64_value());
  const std::string* text = TextOf(value);
  if (text == nullptr) return internal::WrongKind(kKind, value);
  return Decimal::parse(*text);
}

v1::Value ValueTraits<Date>::Encode(Date value) { return TimeValue(absl::FormatCivilTime(value)); }
absl::StatusOr<Date> ValueTraits<Date>::Decode(const v1::Value& value) {
  Date result;
  const std::string* text = TextOf(value);
  if (text == nullptr || !absl::ParseCivilTime(*text, &result)) return internal::WrongKind(kKind, value);
  return result;
}

v1::Value ValueTraits<TimeOfDay>::Encode(TimeOfDay value) {
  absl::Time time = absl::UnixEpoch() + absl::Trunc(value.since_midnight, absl::Microseconds(1));
  return TimeValue(absl::FormatTime("%H:%M:%E*S", time, absl::UTCTimeZone()));
}
absl::StatusOr<TimeOfDay> ValueTraits<TimeOfDay>::Decode(const v1::Value& value) {
  absl::Time time;
  const std::string* text = TextOf(value);
  if (text == nullptr || !absl::ParseTime("%H:%M:%E*S", *text, &time, nullptr)) return internal::WrongKind(kKind, value);
  return TimeOfDay{time - absl::UnixEpoch()};
}

v1::Value ValueTraits<Timestamp>::Encode(Timestamp value) {
  absl::Time time = absl::FromUnixMicros(absl::ToUnixMicros(value));
  return TimeValue(absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()));
}
absl::StatusOr<Timestamp> ValueTraits<Timestamp>::Decode(const v1::Value& value) {
  const std::string* found = TextOf(value);
  if (found == nullptr) return internal::WrongKind(kKind, value);
  std::string text = *found;
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  absl::Time time;
  // The second form has no zone: UTC.
  if (absl::ParseTime("%Y-%m-%dT%H:%M:%E*S%Ez", text, &time, nullptr) ||
      absl::ParseTime("%Y-%m-%dT%H:%M:%E*S", text, &time, nullptr)) {
    return time;
  }
  return internal::WrongKind(kKind, value);
}

v1::Value ValueTraits<Uuid>::Encode(const Uuid& value) { return ValueTraits<std::string>::Encode(value.text()); }
absl::StatusOr<Uuid> ValueTraits<Uuid>::Decode(const v1::Value& value) {
  const std::string* text = TextOf(value);
  if (text == nullptr) return internal::WrongKind(kKind, value);
  return Uuid::parse(*text);
}

v1::Value ValueTraits<Json>::Encode(Json value) {
  v1::Value result;
  result.set_json_value(std::move(value.text));
  return result;
}
absl::StatusOr<Json> ValueTraits<Json>::Decode(const v1::Value& value) {
  const std::string* text = TextOf(value);
  if (text == nullptr) return internal::WrongKind(kKind, value);
  return Json{*text};
}

}  // namespace uow::inline client
