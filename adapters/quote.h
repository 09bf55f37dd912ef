#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow {

// An identifier between quotes, with those inside doubled: how SQLite and PostgreSQL spell any name, and with backticks MySQL. The
// only way in which a name reaches SQL. Schemas have no NUL in their names; should one get here, it becomes U+FFFD, so that it
// never cuts a statement short.
std::string QuoteName(absl::string_view name, char quote = '"');

// A table's quoted name, after its quoted namespace where it has one.
std::string QuoteTable(const v1::Table& table, char quote = '"');

}  // namespace uow
