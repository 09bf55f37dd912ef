#include "adapters/postgres/value_text.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

template <typename Number>
void AppendNumber(Number number, std::string& out) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), number);
  out.append(buffer, end);
}

// The shortest text that reads back as the same double.
void AppendDouble(double number, std::string& out) {
  if (std::isnan(number)) {
    out += "NaN";
  } else if (std::isinf(number)) {
    out += number < 0 ? "-Infinity" : "Infinity";
  } else {
    AppendNumber(number, out);
  }
}

void AppendHex(absl::string_view bytes, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  for (unsigned char byte : bytes) {
    out[at++] = kDigits[byte >> 4];
    out[at++] = kDigits[byte & 15];
  }
}

// In double quotes, with quotes and backslashes escaped. False where it has a NUL.
bool AppendQuoted(absl::string_view text, std::string& out) {
  out += '"';
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') return false;
    if (c != '"' && c != '\\') continue;
    out.append(text.data() + done, i - done);
    out += '\\';
    done = i;
  }
  out.append(text.data() + done, text.size() - done);
  out += '"';
  return true;
}

bool AppendPlain(absl::string_view text, std::string& out) {
  if (std::memchr(text.data(), 0, text.size()) != nullptr) return false;
  out.append(text.data(), text.size());
  return true;
}

bool AppendArray(const v1::ArrayValue& array, std::string& out) {
  out += '{';
  for (int i = 0; i < array.elements_size(); ++i) {
    if (i > 0) out += ',';
    const v1::Value& element = array.elements(i);
    // Braces in braces are a further dimension; between quotes they would be text.
    if (!(element.has_array_value() ? AppendArray(element.array_value(), out) : AppendElement(element, out))) return false;
  }
  out += '}';
  return true;
}

}  // namespace

bool AppendText(const v1::Value& value, std::string& out) {
  switch (value.kind_case()) {
    case v1::Value::kTextValue:
      return AppendPlain(value.text_value(), out);
    case v1::Value::kDecimalValue:
      return AppendPlain(value.decimal_value(), out);
    case v1::Value::kTimeValue:
      return AppendPlain(value.time_value(), out);
    case v1::Value::kJsonValue:
      return AppendPlain(value.json_value(), out);
    case v1::Value::kBytesValue:
      out += "\\x";
      AppendHex(value.bytes_value(), out);
      return true;
    case v1::Value::kArrayValue:
      return AppendArray(value.array_value(), out);
    default:
      return AppendElement(value, out);
  }
}

bool AppendElement(const v1::Value& value, std::string& out) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      out += value.bool_value() ? 't' : 'f';
      return true;
    case v1::Value::kInt64Value:
      AppendNumber(value.int64_value(), out);
      return true;
    case v1::Value::kUint64Value:
      AppendNumber(value.uint64_value(), out);
      return true;
    case v1::Value::kDoubleValue:
      AppendDouble(value.double_value(), out);
      return true;
    case v1::Value::kTextValue:
      return AppendQuoted(value.text_value(), out);
    case v1::Value::kDecimalValue:
      return AppendQuoted(value.decimal_value(), out);
    case v1::Value::kTimeValue:
      return AppendQuoted(value.time_value(), out);
    case v1::Value::kJsonValue:
      return AppendQuoted(value.json_value(), out);
    case v1::Value::kBytesValue:
      out += "\"\\\\x";
      AppendHex(value.bytes_value(), out);
      out += '"';
      return true;
    case v1::Value::kArrayValue: {
      // An array within an array of rows travels as text.
      std::string inner;
      return AppendArray(value.array_value(), inner) && AppendQuoted(inner, out);
    }
    case v1::Value::kNullValue:
    case v1::Value::kHandleValue:
    case v1::Value::KIND_NOT_SET:
      out += "NULL";
      return true;
  }
  return true;
}

namespace {

// The text of a field of COPY: backslashes and what ends a field or a line are escaped. False where it has a NUL.
bool AppendEscaped(absl::string_view text, std::string& out) {
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c > '\r' && c != '\\') continue;
    char letter = c;
    switch (c) {
      case '\0':
        return false;
      case '\n':
        letter = 'n';
        break;
      case '\r':
        letter = 'r';
        break;
      case '\t':
        letter = 't';
        break;
      case '\\':
        break;
      default:
        continue;
    }
    out.append(text.data() + done, i - done);
    out += '\\';
    out += letter;
    done = i + 1;
  }
  out.append(text.data() + done, text.size() - done);
  return true;
}

}  // namespace

bool AppendCopyField(const v1::Value& value, std::string& out) {
  switch (value.kind_case()) {
    case v1::Value::kNullValue:
      out += "\\N";
      return true;
    case v1::Value::kTextValue:
      return AppendEscaped(value.text_value(), out);
    case v1::Value::kJsonValue:
      return AppendEscaped(value.json_value(), out);
    case v1::Value::kBytesValue:
      out += "\\\\x";
      AppendHex(value.bytes_value(), out);
      return true;
    case v1::Value::kArrayValue: {
      std::string array;
      return AppendArray(value.array_value(), array) && AppendEscaped(array, out);
    }
    default:
      return AppendText(value, out);
  }
}

absl::StatusOr<v1::Value> ParseKey(v1::Type::Kind kind, absl::string_view text) {
  v1::Value key;
  switch (kind) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64: {
      int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) return InternalError(absl::StrCat("the server generated the key ", text));
      key.set_int64_value(number);
      return key;
    }
    case v1::Type::KIND_UINT64: {
      uint64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) return InternalError(absl::StrCat("the server generated the key ", text));
      key.set_uint64_value(number);
      return key;
    }
    case v1::Type::KIND_DECIMAL:
      key.set_decimal_value(std::string(text));
      return key;
    case v1::Type::KIND_TEXT:
    case v1::Type::KIND_UUID:
    case v1::Type::KIND_ENUM:
    case v1::Type::KIND_OTHER:
      key.set_text_value(std::string(text));
      return key;
    default:
      return MakeError(v1::ERROR_REASON_NOT_SUPPORTED, absl::StrCat("generated keys of the kind ", v1::Type::Kind_Name(kind),
                                                                    " are not supported; give the key yourself"));
  }
}

absl::StatusOr<v1::Value> ParseVersion(const v1::Type& type, absl::string_view text) {
  v1::Value version;
  switch (type.kind()) {
    case v1::Type::KIND_TIMESTAMP:
    case v1::Type::KIND_TIMESTAMPTZ:
      version.set_time_value(std::string(text));
      break;
    case v1::Type::KIND_BYTES:
      version.set_bytes_value(absl::HexStringToBytes(text));
      break;
    default: {
      UOW_ASSIGN_OR_RETURN(version, ParseKey(type.kind(), text));
    }
  }
  UOW_RETURN_IF_ERROR(Canonicalize(type, version));
  return version;
}

}  // namespace uow::postgres
