#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "journal/schema_index.h"
#include "uow/v1/event.pb.h"

namespace uow {

// The largest value of one column, in bytes, unless the configuration says otherwise.
inline constexpr size_t kDefaultMaxValueBytes = 8 << 20;
// The longest name of a writer in a handle.
inline constexpr size_t kMaxWriterBytes = 64;

// Checks one event against the schema and replaces names by positions. On success the event can be journaled and will fold without
// an error of form. Errors (see errors.proto): INVALID_REQUEST, NOT_SUPPORTED, TABLE_NOT_FOUND, COLUMN_NOT_FOUND,
// VALUE_TYPE_MISMATCH, VALUE_OUT_OF_RANGE, VALUE_NULL, VALUE_TOO_LARGE, KEY_MISSING, KEY_NULL, COLUMN_GENERATED, COLUMN_REPEATED.
// The hot path: no allocation for a good event that uses positions.
absl::Status CheckEvent(const SchemaIndex& schema, size_t max_value_bytes, v1::Event& event);

}  // namespace uow
