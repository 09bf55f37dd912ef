#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "uow/v1/journal_service.pb.h"
#include "uow/v1/value.pb.h"

// Short spellings of values, for tests.
namespace uow::test {

inline v1::Value Null() {
  v1::Value v;
  v.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  return v;
}
inline v1::Value Bool(bool x) {
  v1::Value v;
  v.set_bool_value(x);
  return v;
}
inline v1::Value Int(int64_t x) {
  v1::Value v;
  v.set_int64_value(x);
  return v;
}
inline v1::Value Unsigned(uint64_t x) {
  v1::Value v;
  v.set_uint64_value(x);
  return v;
}
inline v1::Value Double(double x) {
  v1::Value v;
  v.set_double_value(x);
  return v;
}
inline v1::Value Decimal(std::string x) {
  v1::Value v;
  v.set_decimal_value(std::move(x));
  return v;
}
inline v1::Value Text(std::string x) {
  v1::Value v;
  v.set_text_value(std::move(x));
  return v;
}
inline v1::Value Bytes(std::string x) {
  v1::Value v;
  v.set_bytes_value(std::move(x));
  return v;
}
inline v1::Value Time(std::string x) {
  v1::Value v;
  v.set_time_value(std::move(x));
  return v;
}
inline v1::Value Json(std::string x) {
  v1::Value v;
  v.set_json_value(std::move(x));
  return v;
}
inline v1::Value Array(std::initializer_list<v1::Value> elements) {
  v1::Value v;
  v.mutable_array_value();
  for (const v1::Value& element : elements) *v.mutable_array_value()->add_elements() = element;
  return v;
}
// The handle of that number of the one writer of the tests, "w".
inline v1::Value Ref(uint64_t counter) {
  v1::Value v;
  v.mutable_handle_value()->set_writer("w");
  v.mutable_handle_value()->set_counter(counter);
  return v;
}

}  // namespace uow::test
