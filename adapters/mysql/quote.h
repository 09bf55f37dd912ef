#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow::mysql {

// An identifier between backticks, with those inside doubled: understood in every sql_mode. The only way in which a name reaches
// SQL. Schemas have no NUL in their names; should one get here, it becomes U+FFFD, so that it never cuts a statement short.
std::string Quote(absl::string_view name);

// A table's quoted name, after its quoted database where it has a namespace.
std::string QuotedTable(const v1::Table& table);

}  // namespace uow::mysql
