#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"
#include "uow/v1/value.pb.h"

namespace uow::postgres {

// Values as PostgreSQL reads them from text parameters. Values are checked before; handles are resolved.

// Appends one value: 42, t, \xdeadbeef, {1,2}. False for text with a NUL, which PostgreSQL can't store. The value is not NULL.
bool AppendText(const v1::Value& value, std::string& out);

// Appends one element of an array literal, quoted where that is needed; NULL is NULL. False as above.
bool AppendElement(const v1::Value& value, std::string& out);

// Appends one field of a line of COPY in its text format; NULL is \N. False as above.
bool AppendCopyField(const v1::Value& value, std::string& out);

// Builds the literal of a one-dimensional array, "{1,2,NULL}", in one buffer.
class ArrayLiteral {
 public:
  // Makes room for that many values.
  explicit ArrayLiteral(size_t values) {
    text_.reserve(2 + values * 12);
    text_ += '{';
  }
  bool Add(const v1::Value& value) {
    if (text_.size() > 1) text_ += ',';
    return AppendElement(value, text_);
  }
  std::string Finish() && {
    text_ += '}';
    return std::move(text_);
  }

 private:
  std::string text_;
};

// A key that the server generated, from its text. INTERNAL where the text isn't of that kind.
absl::StatusOr<v1::Value> ParseKey(v1::Type::Kind kind, absl::string_view text);

// A version that the server moved, from the text of its canonical form; bytes in hexadecimal digits. Canonical.
absl::StatusOr<v1::Value> ParseVersion(const v1::Type& type, absl::string_view text);

}  // namespace uow::postgres
