#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/mysql/render.h"
#include "adapters/plan/plan.h"
#include "uow/v1/schema.pb.h"

namespace uow::mysql {

// SQL of values. MySQL converts operands of different types before it compares them, mostly to floating point numbers, and text
// ignoring case: these say how instead.

// A parameter, or the column of a derived table that was one, as it is stored in a column.
std::string StoredValue(const v1::Type& type, absl::string_view value);

// Whether the type is one of the geometries, which only functions make of text.
bool IsGeometry(const v1::Type& type);

// A parameter, or the column of a derived table that was one, as the right side of a comparison with a key column, which may then
// use its index.
std::string KeyOperand(const v1::Type& type, absl::string_view value);

// Something of the type that a column's parameters have where they are a table: `s` is the column's own.
std::string SampleOf(const v1::Column& column);

// Whether a column holds exactly a value, by all of its bytes; NULL equals NULL.
std::string SameAs(const v1::Type& type, Product product, absl::string_view column, absl::string_view value);

// A key column as bytes that are equal where the database takes two keys for equal.
std::string ComparableBytes(const v1::Type& type, absl::string_view column);

// The value of a version column that the database moves; `old` names the one before, and is empty for a new row.
std::string MovedVersion(VersionMove move, absl::string_view old);

}  // namespace uow::mysql
