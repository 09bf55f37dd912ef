#include "adapters/sqlite/render.h"

#include "absl/strings/str_cat.h"
#include "adapters/quote.h"

namespace uow::sqlite {
namespace {

std::string RenderInsert(const v1::Table& table, const Step& step) {
  std::string names, placeholders;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    if (static_cast<int>(i) == step.generated) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", QuoteName(table.columns(step.columns[i]).name()));
    absl::StrAppend(&placeholders, placeholders.empty() ? "?" : ", ?", i + 1);
  }
  std::string sql = absl::StrCat("INSERT INTO ", QuoteTable(table));
  if (names.empty()) {
    absl::StrAppend(&sql, " DEFAULT VALUES");
  } else {
    absl::StrAppend(&sql, " (", names, ") VALUES (", placeholders, ")");
  }
  if (step.generated >= 0) absl::StrAppend(&sql, " RETURNING ", QuoteName(table.columns(step.columns[step.generated]).name()));
  return sql;
}

std::string RenderUpdate(const v1::Table& table, const Step& step) {
  std::string sql = absl::StrCat("UPDATE ", QuoteTable(table), " SET ");
  for (size_t i = 0; i < step.columns.size(); ++i) {
    absl::StrAppend(&sql, i == 0 ? "" : ", ", QuoteName(table.columns(step.columns[i]).name()), " = ?", i + 1);
  }
  absl::StrAppend(&sql, " WHERE ", RenderKeyCondition(table, step));
  return sql;
}

}  // namespace

std::string RenderKeyCondition(const v1::Table& table, const Step& step) {
  std::string sql;
  for (size_t k = 0; k < step.key_columns.size(); ++k) {
    absl::StrAppend(&sql, k == 0 ? "" : " AND ", QuoteName(table.columns(step.key_columns[k]).name()), " = ?",
                    step.columns.size() + k + 1);
  }
  return sql;
}

std::string RenderStep(const SchemaIndex& schema, const Step& step) {
  const v1::Table& table = schema.table(step.table);
  switch (step.kind) {
    case StepKind::kInsert:
      return RenderInsert(table, step);
    case StepKind::kUpdate:
      return RenderUpdate(table, step);
    case StepKind::kDelete:
      return absl::StrCat("DELETE FROM ", QuoteTable(table), " WHERE ", RenderKeyCondition(table, step));
  }
  return "";
}

}  // namespace uow::sqlite
