#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "uow/v1/errors.pb.h"
#include "uow/v1/schema.pb.h"

namespace uow::sqlite {

// The reason that belongs to an extended result code and its message.
v1::ErrorReason ReasonOfCode(int extended_code, absl::string_view message);

// What a constraint's error message says about a row of `table`: "UNIQUE constraint failed: t.a, t.b" names columns, "CHECK
// constraint failed: positive" a constraint. Sets `columns` and `constraint` of the detail where they can be told.
void AddConstraint(const v1::Table& table, absl::string_view message, v1::ErrorDetail& detail);

}  // namespace uow::sqlite
