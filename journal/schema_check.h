#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow {

// Whether a schema is complete and doesn't contradict itself. SCHEMA_INVALID names the table and the column in message and detail;
// NOT_SUPPORTED for version columns.
absl::Status CheckSchema(const v1::Schema& schema);

// What CheckSchema has against one foreign key of a schema whose tables and columns are sound.
absl::Status CheckForeignKey(const v1::Schema& schema, int table, int foreign_key);

// A kind's name in the API without its prefix: "INT64".
absl::string_view KindName(v1::Type::Kind kind);

}  // namespace uow
