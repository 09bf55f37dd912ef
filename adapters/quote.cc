#include "adapters/quote.h"

#include "absl/strings/str_cat.h"

namespace uow {

std::string QuoteName(absl::string_view name, char quote) {
  std::string quoted(1, quote);
  quoted.reserve(name.size() + 2);
  for (char c : name) {
    if (c == '\0') {
      quoted += "\xEF\xBF\xBD";
      continue;
    }
    if (c == quote) quoted += quote;
    quoted += c;
  }
  quoted += quote;
  return quoted;
}

std::string QuoteTable(const v1::Table& table, char quote) {
  if (table.namespace_().empty()) return QuoteName(table.name(), quote);
  return absl::StrCat(QuoteName(table.namespace_(), quote), ".", QuoteName(table.name(), quote));
}

}  // namespace uow
