#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// Brings a checked value to the canonical form of its type, in place: decimals at the column's scale (without superfluous zeros
// where it has none), times as "YYYY-MM-DDTHH:MM:SS[.ffffff]" without trailing zeros, zoned times in UTC with "Z", UUIDs in lower
// case, JSON with sorted object keys and no white space, int64 and uint64 as the type wants, -0.0 as 0.0. NULL and handles stay.
// Equal values of a type have equal canonical forms. VALUE_TYPE_MISMATCH for a value that CheckValue would refuse.
absl::Status Canonicalize(const v1::Type& type, v1::Value& value);

// Whether a value has the form that its type wants; NULL and handles are for the caller to judge. VALUE_TYPE_MISMATCH,
// VALUE_OUT_OF_RANGE. Messages say what was expected, not where: the caller knows.
absl::Status CheckValue(const v1::Type& type, const v1::Value& value);

// Equality of two canonical values: NULL equals NULL, NaN equals NaN.
bool SameValue(const v1::Value& a, const v1::Value& b);

// Order of two canonical values of one type: by value for numbers, by bytes for the rest, handles last by writer and counter. The
// order in which rows of a plan are sorted.
int CompareValues(const v1::Value& a, const v1::Value& b);

// Appends bytes that are equal exactly where the canonical values are: for hash maps.
void AppendValueBytes(const v1::Value& value, std::string& out);
// The number whose bytes those are, where it is a whole one of 64 bits with a sign.
std::optional<int64_t> WholeNumberOf(absl::string_view value_bytes);

// A value for people: 'text', 42, NULL, handle writer/1. At most about 80 bytes.
std::string DebugString(const v1::Value& value);

}  // namespace uow
