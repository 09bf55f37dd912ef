#include "adapters/mysql/quote.h"

#include "adapters/quote.h"

namespace uow::mysql {

std::string Quote(absl::string_view name) { return QuoteName(name, '`'); }

std::string QuotedTable(const v1::Table& table) { return QuoteTable(table, '`'); }

}  // namespace uow::mysql
