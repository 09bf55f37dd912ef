#include "adapters/mssql/quote.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace uow::mssql {
namespace {

const absl::string_view kNul("\0", 1);

}  // namespace

std::string Quote(absl::string_view name) {
  return absl::StrCat("[", absl::StrReplaceAll(name, {{"]", "]]"}, {kNul, "\xEF\xBF\xBD"}}), "]");
}

std::string QuotedTable(const v1::Table& table) {
  if (table.namespace_().empty()) return Quote(table.name());
  return absl::StrCat(Quote(table.namespace_()), ".", Quote(table.name()));
}

std::string Literal(absl::string_view text) { return absl::StrCat("N'", absl::StrReplaceAll(text, {{"'", "''"}}), "'"); }

}  // namespace uow::mssql
