#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"
#include "uow/v1/value.pb.h"

namespace uow::postgres {

// Builds a one-dimensional array in PostgreSQL's binary format, which the server takes several times as fast as a literal of text:
// see array_recv in its source, src/backend/utils/adt/arrayfuncs.c. For the types whose binary form is their value and nothing
// else.
class BinaryArray {
 public:
  // An array of so many values that the server knows as SqlType of the kind and "[]"; nothing where arrays of the kind travel as
  // text.
  static std::optional<BinaryArray> Of(v1::Type::Kind kind, size_t values);

  // False where the value is none of the kind, or text with a NUL: then the array is of no further use.
  bool Add(const v1::Value& value);
  // All values were added; at least one.
  std::string Finish() && { return std::move(bytes_); }

 private:
  BinaryArray(v1::Type::Kind kind, uint32_t element, uint32_t width, size_t values);

  bool AddNumber(int64_t number);
  void AddBytes(absl::string_view bytes);

  v1::Type::Kind kind_;
  uint32_t width_;  // bytes of an integer
  std::string bytes_;
};

}  // namespace uow::postgres
