#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow::mssql {

// An identifier between brackets, with closing ones inside doubled: understood whatever QUOTED_IDENTIFIER says. The only way in
// which a name reaches SQL. A NUL becomes U+FFFD.
std::string Quote(absl::string_view name);

// A table's quoted name, after its quoted schema where it has one.
std::string QuotedTable(const v1::Table& table);

// Text as a literal: N'…'. For names that functions such as OBJECT_ID take; values are never literals.
std::string Literal(absl::string_view text);

}  // namespace uow::mssql
