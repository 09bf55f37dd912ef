#include "adapters/mysql/parameters.h"

#include <cmath>
#include <string>

#include "absl/strings/strip.h"

namespace uow::mysql {
namespace {

constexpr size_t kLengthBytes = 9;

}  // namespace

void Parameters::AddNumber(enum_field_types type, Number number, bool is_unsigned) {
  Number& place = numbers_[binds_.size()];
  place = number;
  MYSQL_BIND& bind = binds_.emplace_back();
  bind.buffer_type = type;
  bind.buffer = &place;
  bind.is_unsigned = is_unsigned ? 1 : 0;
}

void Parameters::AddBuffer(enum_field_types type, absl::string_view bytes) {
  MYSQL_BIND& bind = binds_.emplace_back();
  bind.buffer_type = type;
  bind.buffer = const_cast<char*>(bytes.data());
  bind.buffer_length = bytes.size();
}

void Parameters::Add(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return Add(static_cast<int64_t>(value.bool_value() ? 1 : 0));
    case v1::Value::kInt64Value:
      return Add(static_cast<int64_t>(value.int64_value()));
    case v1::Value::kUint64Value:
      return Add(static_cast<uint64_t>(value.uint64_value()));
    case v1::Value::kDoubleValue:
      return Add(value.double_value());
    case v1::Value::kDecimalValue:
      return Add(absl::string_view(value.decimal_value()));
    case v1::Value::kTextValue:
      return Add(absl::string_view(value.text_value()));
    case v1::Value::kBytesValue:
      return AddBytes(value.bytes_value());
    case v1::Value::kTimeValue:
      return Add(absl::StripSuffix(value.time_value(), "Z"));
    case v1::Value::kJsonValue:
      return Add(absl::string_view(value.json_value()));
    default:
      binds_.emplace_back().buffer_type = MYSQL_TYPE_NULL;
  }
}

const char* WhyNotStorable(const v1::Value& value) {
  if (value.has_array_value()) return "MySQL and MariaDB have no arrays; use a JSON column";
  if (value.has_double_value() && !std::isfinite(value.double_value())) return "MySQL and MariaDB have no NaN and no infinities";
  return nullptr;
}

size_t PacketBytes(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kDecimalValue:
      return kLengthBytes + value.decimal_value().size();
    case v1::Value::kTextValue:
      return kLengthBytes + value.text_value().size();
    case v1::Value::kBytesValue:
      return kLengthBytes + value.bytes_value().size();
    case v1::Value::kTimeValue:
      return kLengthBytes + value.time_value().size();
    case v1::Value::kJsonValue:
      return kLengthBytes + value.json_value().size();
    default:
      return kLengthBytes;
  }
}

}  // namespace uow::mysql
