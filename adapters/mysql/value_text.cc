#include "adapters/mysql/value_text.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::mysql {

absl::StatusOr<v1::Value> ParseText(const v1::Type& type, absl::string_view text) {
  const absl::Status odd =
      InternalError(absl::StrCat("the server generated the value ", text, " for a ", v1::Type::Kind_Name(type.kind())));
  v1::Value value;
  switch (type.kind()) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64: {
      int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) return odd;
      value.set_int64_value(number);
      break;
    }
    case v1::Type::KIND_UINT64: {
      uint64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) return odd;
      value.set_uint64_value(number);
      break;
    }
    case v1::Type::KIND_DECIMAL:
      value.set_decimal_value(std::string(text));
      break;
    case v1::Type::KIND_TEXT:
    case v1::Type::KIND_UUID:
    case v1::Type::KIND_ENUM:
    case v1::Type::KIND_OTHER:
      value.set_text_value(std::string(text));
      break;
    case v1::Type::KIND_BYTES:
      value.set_bytes_value(std::string(text));
      break;
    case v1::Type::KIND_TIMESTAMP:
      value.set_time_value(std::string(text));
      break;
    case v1::Type::KIND_TIMESTAMPTZ:
      // The session's zone is UTC.
      value.set_time_value(absl::StrCat(text, "Z"));
      break;
    default:
      return MakeError(v1::ERROR_REASON_NOT_SUPPORTED,
                       absl::StrCat("generated values of the kind ", v1::Type::Kind_Name(type.kind()),
                                    " are not supported; give the key yourself"));
  }
  if (!Canonicalize(type, value).ok()) return odd;
  return value;
}

}  // namespace uow::mysql
