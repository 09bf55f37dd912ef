#include "adapters/quote.h"

#include "absl/strings/str_cat.h"

namespace uow {

std::string QuoteName(absl::string_view name) {
  std::string quoted = "\"";
  quoted.reserve(name.size() + 2);
  for (char c : name) {
    if (c == '\0') {
      quoted += "\xEF\xBF\xBD";
      continue;
    }
    if (c == '"') quoted += '"';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

std::string QuoteTable(const v1::Table& table) {
  if (table.namespace_().empty()) return QuoteName(table.name());
  return absl::StrCat(QuoteName(table.namespace_()), ".", QuoteName(table.name()));
}

}  // namespace uow
