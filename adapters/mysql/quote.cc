#include "adapters/mysql/quote.h"

#include "absl/strings/str_cat.h"

namespace uow::mysql {

std::string Quote(absl::string_view name) {
  std::string quoted = "`";
  quoted.reserve(name.size() + 2);
  for (char c : name) {
    if (c == '\0') {
      quoted += "\xEF\xBF\xBD";
      continue;
    }
    if (c == '`') quoted += '`';
    quoted += c;
  }
  quoted += '`';
  return quoted;
}

std::string QuotedTable(const v1::Table& table) {
  if (table.namespace_().empty()) return Quote(table.name());
  return absl::StrCat(Quote(table.namespace_()), ".", Quote(table.name()));
}

}  // namespace uow::mysql
