#include "journal/canonical.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "journal/decimal_text.h"
#include "journal/errors.h"
#include "journal/json_text.h"
#include "journal/schema_check.h"
#include "journal/text.h"
#include "journal/time_text.h"

namespace uow {
namespace {

using v1::Type;
using v1::Value;

constexpr int kMaxArrayDimensions = 6;
constexpr size_t kUuidBytes = 36;

absl::Status Mismatch(absl::string_view expected, const Value& value) {
  return MakeError(v1::ERROR_REASON_VALUE_TYPE_MISMATCH, absl::StrCat("expected ", expected, ", got ", DebugString(value)));
}

absl::Status OutOfRange(absl::string_view expected, const Value& value) {
  return MakeError(v1::ERROR_REASON_VALUE_OUT_OF_RANGE, absl::StrCat("expected ", expected, ", got ", DebugString(value)));
}

absl::Status CheckFit(TextFit fit, absl::string_view expected, const Value& value) {
  if (fit == TextFit::kFits) return absl::OkStatus();
  return fit == TextFit::kOutOfRange ? OutOfRange(expected, value) : Mismatch(expected, value);
}

absl::Status CheckInt(const Value& value, int64_t min, int64_t max) {
  bool is_int = value.kind_case() == Value::kInt64Value;
  if (is_int && value.int64_value() >= min && value.int64_value() <= max) return absl::OkStatus();
  std::string expected = absl::StrCat("an int64_value from ", min, " to ", max);
  return is_int ? OutOfRange(expected, value) : Mismatch(expected, value);
}

absl::Status CheckUint(const Value& value) {
  if (value.kind_case() == Value::kUint64Value) return absl::OkStatus();
  constexpr absl::string_view kExpected = "a uint64_value, or an int64_value from 0";
  if (value.kind_case() != Value::kInt64Value) return Mismatch(kExpected, value);
  return value.int64_value() >= 0 ? absl::OkStatus() : OutOfRange(kExpected, value);
}

absl::Status CheckDouble(const Type& type, const Value& value) {
  if (value.kind_case() != Value::kDoubleValue) return Mismatch("a double_value", value);
  double number = value.double_value();
  if (type.kind() == Type::KIND_FLOAT && std::isfinite(number) && !std::isfinite(static_cast<float>(number))) {
    return OutOfRange("a double_value in the range of single precision", value);
  }
  return absl::OkStatus();
}

std::string DecimalForm(const Type& type) {
  constexpr absl::string_view kForm = "a decimal_value like -12.50 or \"NaN\", or an int64_value";
  if (type.precision() == 0) return std::string(kForm);
  return absl::StrCat(kForm, ", with at most ", type.precision() - type.scale(), " digits before the point and ", type.scale(),
                      " after it");
}

absl::Status CheckDecimal(const Type& type, const Value& value) {
  if (value.kind_case() == Value::kDecimalValue) {
    TextFit fit = CheckDecimalText(value.decimal_value(), type.precision(), type.scale());
    return fit == TextFit::kFits ? absl::OkStatus() : CheckFit(fit, DecimalForm(type), value);
  }
  if (value.kind_case() != Value::kInt64Value) return Mismatch(DecimalForm(type), value);
  if (type.precision() == 0) return absl::OkStatus();
  absl::AlphaNum digits(value.int64_value());
  TextFit fit = CheckDecimalText(digits.Piece(), type.precision(), type.scale());
  return fit == TextFit::kFits ? absl::OkStatus() : CheckFit(fit, DecimalForm(type), value);
}

bool IsUuid(absl::string_view text) {
  if (text.size() != kUuidBytes) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !absl::ascii_isxdigit(text[i])) return false;
  }
  return true;
}

absl::Status CheckEnum(const Type& type, const Value& value) {
  if (value.kind_case() != Value::kTextValue) return Mismatch("a text_value that is a label of the enum", value);
  if (type.enum_values().empty()) return absl::OkStatus();
  std::string labels;
  for (const std::string& label : type.enum_values()) {
    if (label == value.text_value()) return absl::OkStatus();
  }
  for (const std::string& label : type.enum_values()) {
    if (labels.size() > 200) {
      labels += ", …";
      break;
    }
    absl::StrAppend(&labels, labels.empty() ? "" : ", ", Quoted(label));
  }
  return OutOfRange(absl::StrCat("one of ", labels), value);
}

// Checks an array's elements and that it is rectangular: all arrays of one dimension have one length, and all values one depth.
class ArrayChecker {
 public:
  ArrayChecker(const Type& element_type, const Value& array) : element_type_(element_type), array_(array) {}

  absl::Status Check(const v1::ArrayValue& array, int dimension) {
    if (dimension == kMaxArrayDimensions) {
      return OutOfRange(absl::StrCat("an array with at most ", kMaxArrayDimensions, " dimensions"), array_);
    }
    if (lengths_[dimension] < 0) lengths_[dimension] = array.elements_size();
    if (lengths_[dimension] != array.elements_size()) return NotRectangular();
    for (const Value& element : array.elements()) {
      bool nested = element.kind_case() == Value::kArrayValue;
      if (nested ? value_dimension_ == dimension : value_dimension_ >= 0 && value_dimension_ != dimension) return NotRectangular();
      if (nested) {
        UOW_RETURN_IF_ERROR(Check(element.array_value(), dimension + 1));
        continue;
      }
      value_dimension_ = dimension;
      UOW_RETURN_IF_ERROR(CheckElement(element));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckElement(const Value& element) {
    if (element.kind_case() == Value::KIND_NOT_SET || element.kind_case() == Value::kHandleValue) {
      return Mismatch("array elements that are values or null_value", element);
    }
    absl::Status status = CheckValue(element_type_, element);
    if (status.ok()) return status;
    return MakeError(ReasonOf(status), absl::StrCat("element of the array: ", status.message()));
  }
  absl::Status NotRectangular() const {
    return Mismatch("nested arrays of equal lengths with values only at the innermost", array_);
  }

  const Type& element_type_;
  const Value& array_;
  std::array<int, kMaxArrayDimensions> lengths_ = {-1, -1, -1, -1, -1, -1};
  int value_dimension_ = -1;
};

absl::Status CheckKind(Value::KindCase kind, absl::string_view expected, const Value& value) {
  return value.kind_case() == kind ? absl::OkStatus() : Mismatch(expected, value);
}

double CanonicalDouble(Type::Kind kind, double number) {
  if (kind == Type::KIND_FLOAT) number = static_cast<float>(number);
  if (std::isnan(number)) return std::numeric_limits<double>::quiet_NaN();
  return number == 0 ? 0.0 : number;
}

absl::Status CanonicalizeJson(Value& value) {
  std::string canonical;
  UOW_RETURN_IF_ERROR(CheckFit(CanonicalizeJsonText(value.json_value(), canonical), "a JSON document", value));
  value.set_json_value(std::move(canonical));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckValue(const Type& type, const Value& value) {
  if (value.kind_case() == Value::kNullValue || value.kind_case() == Value::kHandleValue) return absl::OkStatus();
  switch (type.kind()) {
    case Type::KIND_BOOL:
      return CheckKind(Value::kBoolValue, "a bool_value", value);
    case Type::KIND_INT16:
      return CheckInt(value, std::numeric_limits<int16_t>::min(), std::numeric_limits<int16_t>::max());
    case Type::KIND_INT32:
      return CheckInt(value, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max());
    case Type::KIND_INT64:
      return CheckInt(value, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
    case Type::KIND_UINT64:
      return CheckUint(value);
    case Type::KIND_FLOAT:
    case Type::KIND_DOUBLE:
      return CheckDouble(type, value);
    case Type::KIND_DECIMAL:
      return CheckDecimal(type, value);
    case Type::KIND_TEXT:
    case Type::KIND_OTHER:
      return CheckKind(Value::kTextValue, "a text_value", value);
    case Type::KIND_BYTES:
      return CheckKind(Value::kBytesValue, "a bytes_value", value);
    case Type::KIND_DATE:
    case Type::KIND_TIME:
    case Type::KIND_TIMESTAMP:
    case Type::KIND_TIMESTAMPTZ: {
      if (value.kind_case() == Value::kTimeValue) {
        return CheckFit(CheckTimeText(type.kind(), value.time_value()), TimeTextForm(type.kind()), value);
      }
      return Mismatch(absl::StrCat("a time_value: ", TimeTextForm(type.kind())), value);
    }
    case Type::KIND_UUID:
      if (value.kind_case() == Value::kTextValue && IsUuid(value.text_value())) return absl::OkStatus();
      return Mismatch("a text_value of 32 hexadecimal digits in groups 8-4-4-4-12", value);
    case Type::KIND_JSON:
      if (value.kind_case() != Value::kJsonValue) return Mismatch("a json_value", value);
      return CheckFit(CheckJsonText(value.json_value()),
                      "a JSON document with at most 500 levels and numbers within a double's range", value);
    case Type::KIND_ENUM:
      return CheckEnum(type, value);
    case Type::KIND_ARRAY:
      if (value.kind_case() != Value::kArrayValue) return Mismatch("an array_value", value);
      return ArrayChecker(type.element(), value).Check(value.array_value(), 0);
    default:
      return InternalError(absl::StrCat("a column has the type ", KindName(type.kind())));
  }
}

absl::Status Canonicalize(const Type& type, Value& value) {
  if (value.kind_case() == Value::kJsonValue && type.kind() == Type::KIND_JSON) return CanonicalizeJson(value);
  UOW_RETURN_IF_ERROR(CheckValue(type, value));
  switch (value.kind_case()) {
    case Value::kInt64Value:
      if (type.kind() == Type::KIND_UINT64) value.set_uint64_value(value.int64_value());
      if (type.kind() == Type::KIND_DECIMAL) {
        value.set_decimal_value(CanonicalDecimalText(absl::StrCat(value.int64_value()), type.precision(), type.scale()));
      }
      break;
    case Value::kDoubleValue:
      value.set_double_value(CanonicalDouble(type.kind(), value.double_value()));
      break;
    case Value::kDecimalValue:
      value.set_decimal_value(CanonicalDecimalText(value.decimal_value(), type.precision(), type.scale()));
      break;
    case Value::kTextValue:
      if (type.kind() == Type::KIND_UUID) absl::AsciiStrToLower(value.mutable_text_value());
      break;
    case Value::kTimeValue:
      value.set_time_value(CanonicalTimeText(type.kind(), value.time_value()));
      break;
    case Value::kArrayValue:
      for (Value& element : *value.mutable_array_value()->mutable_elements()) {
        bool nested = element.kind_case() == Value::kArrayValue;
        UOW_RETURN_IF_ERROR(Canonicalize(nested ? type : type.element(), element));
      }
      break;
    default:
      break;
  }
  return absl::OkStatus();
}

}  // namespace uow
