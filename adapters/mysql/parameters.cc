#include "adapters/mysql/parameters.h"

#include <cmath>
#include <string>

#include "absl/strings/strip.h"

namespace uow::mysql {
namespace {

constexpr size_t kLengthBytes = 9;

bool IsNumber(enum_field_types type) { return type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_DOUBLE; }

}  // namespace

Bound BoundOf(const v1::Value& value) {
  auto text = [](absl::string_view bytes) { return Bound{.type = MYSQL_TYPE_STRING, .bytes = bytes}; };
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return {.type = MYSQL_TYPE_LONGLONG, .number = {.i = value.bool_value() ? 1 : 0}};
    case v1::Value::kInt64Value:
      return {.type = MYSQL_TYPE_LONGLONG, .number = {.i = value.int64_value()}};
    case v1::Value::kUint64Value:
      return {.type = MYSQL_TYPE_LONGLONG, .is_unsigned = true, .number = {.u = value.uint64_value()}};
    case v1::Value::kDoubleValue:
      return {.type = MYSQL_TYPE_DOUBLE, .number = {.d = value.double_value()}};
    case v1::Value::kDecimalValue:
      return text(value.decimal_value());
    case v1::Value::kTextValue:
      return text(value.text_value());
    case v1::Value::kBytesValue:
      return {.type = MYSQL_TYPE_BLOB, .bytes = value.bytes_value()};
    case v1::Value::kTimeValue:
      return text(absl::StripSuffix(value.time_value(), "Z"));
    case v1::Value::kJsonValue:
      return text(value.json_value());
    default:
      return {};
  }
}

void Parameters::Add(const Bound& bound) {
  Bound::Number& place = numbers_[binds_.size()];
  MYSQL_BIND& bind = binds_.emplace_back();
  bind.buffer_type = bound.type;
  bind.is_unsigned = bound.is_unsigned ? 1 : 0;
  if (IsNumber(bound.type)) {
    place = bound.number;
    bind.buffer = &place;
  } else {
    bind.buffer = const_cast<char*>(bound.bytes.data());
    bind.buffer_length = bound.bytes.size();
  }
}

void ParameterArrays::Add(size_t column, const v1::Value& value) {
  Column& array = columns_[column];
  const Bound bound = BoundOf(value);
  const bool is_null = bound.type == MYSQL_TYPE_NULL;
  if (!is_null && array.type == MYSQL_TYPE_NULL) {
    array.type = bound.type;
    array.is_unsigned = bound.is_unsigned;
    // The rows before had NULL.
    const size_t before = array.indicators.size();
    if (IsNumber(array.type)) {
      array.numbers.reserve(rows_);
      array.numbers.resize(before);
    } else {
      array.texts.reserve(rows_);
      array.texts.resize(before);
      array.lengths.reserve(rows_);
      array.lengths.resize(before);
    }
  }
  if (array.indicators.empty()) array.indicators.reserve(rows_);
  array.indicators.push_back(is_null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
  array.has_null |= is_null;
  if (array.type == MYSQL_TYPE_NULL) return;
  if (IsNumber(array.type)) {
    array.numbers.push_back(bound.number);
  } else {
    array.texts.push_back(bound.bytes.data());
    array.lengths.push_back(bound.bytes.size());
  }
}

MYSQL_BIND* ParameterArrays::Finish() {
  binds_.resize(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& array = columns_[i];
    MYSQL_BIND& bind = binds_[i];
    if (array.type == MYSQL_TYPE_NULL) {
      // Nothing but NULL, of a type that goes into any column.
      array.type = MYSQL_TYPE_STRING;
      array.texts.resize(rows_);
      array.lengths.resize(rows_);
    }
    bind.buffer_type = array.type;
    bind.is_unsigned = array.is_unsigned ? 1 : 0;
    bind.buffer = IsNumber(array.type) ? static_cast<void*>(array.numbers.data()) : static_cast<void*>(array.texts.data());
    if (!IsNumber(array.type)) bind.length = array.lengths.data();
    if (array.has_null) bind.u.indicator = array.indicators.data();
  }
  return binds_.data();
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
