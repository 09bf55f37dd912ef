#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow::mysql {

// QuoteName between backticks, which are understood in every sql_mode.
std::string Quote(absl::string_view name);

// A table's quoted name, after its quoted database where it has a namespace.
std::string QuotedTable(const v1::Table& table);

}  // namespace uow::mysql
