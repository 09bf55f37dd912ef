#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/text.h"

namespace uow {
namespace {

constexpr size_t kMaxBytes = 80;

// `text` between `open` and `close`, clipped to what `room` leaves.
std::string Enclosed(absl::string_view open, absl::string_view text, absl::string_view close, size_t room) {
  absl::string_view shown = ClipText(text, room);
  return absl::StrCat(open, absl::Utf8SafeCEscape(shown), shown.size() < text.size() ? "…" : "", close);
}

std::string Show(const v1::Value& value, size_t room) {
  switch (value.kind_case()) {
    case v1::Value::KIND_NOT_SET:
      return "no value";
    case v1::Value::kNullValue:
      return "NULL";
    case v1::Value::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case v1::Value::kInt64Value:
      return absl::StrCat(value.int64_value());
    case v1::Value::kUint64Value:
      return absl::StrCat(value.uint64_value());
    case v1::Value::kDoubleValue:
      return absl::StrCat(value.double_value());
    case v1::Value::kDecimalValue:
      return Enclosed("", value.decimal_value(), "", room);
    case v1::Value::kTextValue:
      return Enclosed("'", value.text_value(), "'", room);
    case v1::Value::kBytesValue: {
      absl::string_view shown = absl::string_view(value.bytes_value()).substr(0, room / 2);
      return absl::StrCat("x'", absl::BytesToHexString(shown), shown.size() < value.bytes_value().size() ? "…'" : "'");
    }
    case v1::Value::kTimeValue:
      return Enclosed("time '", value.time_value(), "'", room);
    case v1::Value::kJsonValue:
      return Enclosed("json ", value.json_value(), "", room);
    case v1::Value::kArrayValue: {
      std::string text = "[";
      for (const v1::Value& element : value.array_value().elements()) {
        if (text.size() > 1) text += ", ";
        if (text.size() + 8 > room) {
          text += "…";
          break;
        }
        text += Show(element, room - text.size());
      }
      return text + "]";
    }
    case v1::Value::kHandleValue: {
      const v1::Handle& handle = value.handle_value();
      absl::string_view separator = handle.writer().empty() ? "" : "/";
      return absl::StrCat(Enclosed("handle ", handle.writer(), separator, room), handle.counter());
    }
  }
  return "no value";
}

}  // namespace

std::string DebugString(const v1::Value& value) { return Show(value, kMaxBytes - 16); }

}  // namespace uow
