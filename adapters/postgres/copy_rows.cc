#include "adapters/postgres/copy_rows.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/quote.h"

namespace uow::postgres {

bool IsWorthCopying(const Step& step) {
  // Versions that the statement computes need an INSERT.
  const bool computes = step.version_move == VersionMove::kIncrement || step.version_move == VersionMove::kNow;
  return step.kind == StepKind::kInsert && step.rows.size() >= kCopiedRows && !computes;
}

std::string RenderCopy(const SchemaIndex& schema, const Step& step) {
  const v1::Table& table = schema.table(step.table);
  std::string columns;
  for (uint32_t column : step.columns) {
    absl::StrAppend(&columns, columns.empty() ? "" : ", ", QuoteName(table.columns(column).name()));
  }
  return absl::StrCat("COPY ", QuoteTable(table), " (", columns, ") FROM STDIN");
}

std::optional<size_t> FailedRow(absl::string_view table, absl::string_view context) {
  for (absl::string_view line : absl::StrSplit(context, '\n')) {
    if (!absl::ConsumePrefix(&line, absl::StrCat("COPY ", table, ", line "))) continue;
    size_t number = 0;
    if (absl::SimpleAtoi(line.substr(0, line.find_first_not_of("0123456789")), &number) && number > 0) return number - 1;
  }
  return std::nullopt;
}

}  // namespace uow::postgres
