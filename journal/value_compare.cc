#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/decimal_text.h"

namespace uow {
namespace {

using v1::Value;

// What kinds of values compare with one another: integers and decimals do, for a foreign key may cross them.
enum class Class : uint8_t { kAbsent, kNull, kBool, kExact, kDouble, kText, kBytes, kTime, kJson, kArray, kHandle };

Class ClassOf(const Value& value) {
  switch (value.kind_case()) {
    case Value::KIND_NOT_SET:
      return Class::kAbsent;
    case Value::kNullValue:
      return Class::kNull;
    case Value::kBoolValue:
      return Class::kBool;
    case Value::kInt64Value:
    case Value::kUint64Value:
    case Value::kDecimalValue:
      return Class::kExact;
    case Value::kDoubleValue:
      return Class::kDouble;
    case Value::kTextValue:
      return Class::kText;
    case Value::kBytesValue:
      return Class::kBytes;
    case Value::kTimeValue:
      return Class::kTime;
    case Value::kJsonValue:
      return Class::kJson;
    case Value::kArrayValue:
      return Class::kArray;
    case Value::kHandleValue:
      return Class::kHandle;
  }
  return Class::kAbsent;
}

template <typename T>
int Compare(const T& a, const T& b) {
  return (b < a) - (a < b);
}

int CompareText(absl::string_view a, absl::string_view b) {
  int order = a.compare(b);
  return (order > 0) - (order < 0);
}

std::string DecimalOf(const Value& value) {
  if (value.kind_case() == Value::kInt64Value) return absl::StrCat(value.int64_value());
  if (value.kind_case() == Value::kUint64Value) return absl::StrCat(value.uint64_value());
  return value.decimal_value();
}

int CompareExact(const Value& a, const Value& b) {
  if (a.kind_case() == b.kind_case()) {
    if (a.kind_case() == Value::kInt64Value) return Compare(a.int64_value(), b.int64_value());
    if (a.kind_case() == Value::kUint64Value) return Compare(a.uint64_value(), b.uint64_value());
  }
  return CompareDecimalText(DecimalOf(a), DecimalOf(b));
}

// NaN is above all other numbers, as in PostgreSQL.
int CompareDouble(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) - std::isnan(b);
  return Compare(a, b);
}

int CompareArray(const v1::ArrayValue& a, const v1::ArrayValue& b) {
  int common = std::min(a.elements_size(), b.elements_size());
  for (int i = 0; i < common; ++i) {
    if (int order = CompareValues(a.elements(i), b.elements(i)); order != 0) return order;
  }
  return Compare(a.elements_size(), b.elements_size());
}

template <typename T>
void AppendRaw(T number, std::string& out) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

void AppendSized(absl::string_view text, std::string& out) {
  AppendRaw<uint32_t>(text.size(), out);
  out.append(text.data(), text.size());
}

// How AppendExact begins.
constexpr char kSigned = 0, kUnsigned = 1, kText = 2;

// Equal numbers have equal bytes, be they integers or decimals.
void AppendExact(const Value& value, std::string& out) {
  auto append_int = [&](int64_t number) {
    out += kSigned;
    AppendRaw(number, out);
  };
  auto append_uint = [&](uint64_t number) {
    if (number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return append_int(static_cast<int64_t>(number));
    out += kUnsigned;
    AppendRaw(number, out);
  };
  if (value.kind_case() == Value::kInt64Value) return append_int(value.int64_value());
  if (value.kind_case() == Value::kUint64Value) return append_uint(value.uint64_value());
  std::string shortest = CanonicalDecimalText(value.decimal_value(), 0, 0);
  int64_t signed_number = 0;
  uint64_t unsigned_number = 0;
  if (absl::SimpleAtoi(shortest, &signed_number)) return append_int(signed_number);
  if (absl::SimpleAtoi(shortest, &unsigned_number)) return append_uint(unsigned_number);
  out += kText;
  AppendSized(shortest, out);
}

}  // namespace

bool SameValue(const Value& a, const Value& b) { return CompareValues(a, b) == 0; }

int CompareValues(const Value& a, const Value& b) {
  Class kind = ClassOf(a);
  if (int order = Compare(kind, ClassOf(b)); order != 0) return order;
  switch (kind) {
    case Class::kAbsent:
    case Class::kNull:
      return 0;
    case Class::kBool:
      return Compare(a.bool_value(), b.bool_value());
    case Class::kExact:
      return CompareExact(a, b);
    case Class::kDouble:
      return CompareDouble(a.double_value(), b.double_value());
    case Class::kText:
      return CompareText(a.text_value(), b.text_value());
    case Class::kBytes:
      return CompareText(a.bytes_value(), b.bytes_value());
    case Class::kTime:
      return CompareText(a.time_value(), b.time_value());
    case Class::kJson:
      return CompareText(a.json_value(), b.json_value());
    case Class::kArray:
      return CompareArray(a.array_value(), b.array_value());
    case Class::kHandle:
      if (int order = CompareText(a.handle_value().writer(), b.handle_value().writer()); order != 0) return order;
      return Compare(a.handle_value().counter(), b.handle_value().counter());
  }
  return 0;
}

void AppendValueBytes(const Value& value, std::string& out) {
  Class kind = ClassOf(value);
  out += static_cast<char>(kind);
  switch (kind) {
    case Class::kAbsent:
    case Class::kNull:
      break;
    case Class::kBool:
      out += value.bool_value() ? '\1' : '\0';
      break;
    case Class::kExact:
      AppendExact(value, out);
      break;
    case Class::kDouble: {
      double number = value.double_value();
      if (std::isnan(number)) number = std::numeric_limits<double>::quiet_NaN();
      AppendRaw(number == 0 ? 0.0 : number, out);
      break;
    }
    case Class::kText:
      AppendSized(value.text_value(), out);
      break;
    case Class::kBytes:
      AppendSized(value.bytes_value(), out);
      break;
    case Class::kTime:
      AppendSized(value.time_value(), out);
      break;
    case Class::kJson:
      AppendSized(value.json_value(), out);
      break;
    case Class::kArray:
      AppendRaw<uint32_t>(value.array_value().elements_size(), out);
      for (const Value& element : value.array_value().elements()) AppendValueBytes(element, out);
      break;
    case Class::kHandle:
      AppendRaw<uint64_t>(value.handle_value().counter(), out);
      AppendSized(value.handle_value().writer(), out);
      break;
  }
}

std::optional<int64_t> WholeNumberOf(absl::string_view value_bytes) {
  int64_t number;
  if (value_bytes.size() != 2 + sizeof number || value_bytes[0] != static_cast<char>(Class::kExact) || value_bytes[1] != kSigned) {
    return std::nullopt;
  }
  std::memcpy(&number, value_bytes.data() + 2, sizeof number);
  return number;
}

}  // namespace uow
