#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "adapters/plan/plan.h"
#include "uow/v1/schema.pb.h"

namespace uow::mssql {

// SQL of values. Parameters are text, and the statement says which type they have, so that it doesn't matter what a driver infers;
// only bytes are bytes.

// A parameter that is text, as a value of the column's type.
std::string Typed(const v1::Column& column, absl::string_view value);

// Whether a column holds a value; NULL equals NULL. Text is compared by its characters, but that blanks at its end don't count, as
// nowhere in MS SQL Server. Times are the same where they differ by less than a millisecond, for that is what the type datetime and
// JavaScript lose. Not for JSON, which can't be compared.
std::string SameAs(const v1::Type& type, absl::string_view column, absl::string_view value);

// The value of a version column that the database moves; `old` names the one before, and is empty for a new row.
std::string MovedVersion(const v1::Type& type, VersionMove move, absl::string_view old);

// The type of a variable that holds a generated key.
std::string KeyType(const v1::Type& type);

// Something of a type as text, as StepKeys and StepVersions want it.
std::string AsText(const v1::Type& type, absl::string_view value);

}  // namespace uow::mssql
