#include "adapters/sqlite/render.h"

#include "absl/strings/str_cat.h"
#include "adapters/quote.h"

namespace uow::sqlite {
namespace {

std::string RenderInsert(const v1::Table& table, const Step& step, KeySource key) {
  std::string names, placeholders;
  int parameter = 0;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    if (static_cast<int>(i) == step.generated) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", QuoteName(table.columns(step.columns[i]).name()));
    absl::StrAppend(&placeholders, placeholders.empty() ? "?" : ", ?", ++parameter);
  }
  if (Moves(step)) {
    const v1::Column& version = table.columns(step.version_column);
    absl::StrAppend(&names, names.empty() ? "" : ", ", QuoteName(version.name()));
    absl::StrAppend(&placeholders, placeholders.empty() ? "" : ", ", MovedVersion(version, step.version_move, ""));
  }
  std::string sql = absl::StrCat("INSERT INTO ", QuoteTable(table));
  if (names.empty()) {
    absl::StrAppend(&sql, " DEFAULT VALUES");
  } else {
    absl::StrAppend(&sql, " (", names, ") VALUES (", placeholders, ")");
  }
  if (step.generated >= 0 && key == KeySource::kReturned)
    absl::StrAppend(&sql, " RETURNING ", QuoteName(table.columns(step.columns[step.generated]).name()));
  return sql;
}

std::string RenderUpdate(const v1::Table& table, const Step& step) {
  std::string sql = absl::StrCat("UPDATE ", QuoteTable(table), " SET ");
  for (size_t i = 0; i < step.columns.size(); ++i) {
    absl::StrAppend(&sql, i == 0 ? "" : ", ", QuoteName(table.columns(step.columns[i]).name()), " = ?", i + 1);
  }
  if (Moves(step)) {
    const v1::Column& version = table.columns(step.version_column);
    absl::StrAppend(&sql, step.columns.empty() ? "" : ", ", QuoteName(version.name()), " = ",
                    MovedVersion(version, step.version_move, QuoteName(version.name())));
  }
  absl::StrAppend(&sql, " WHERE ", RenderKeyCondition(table, step));
  return sql;
}

// A document as text that is the same for every document of the same value: all of its parts with their paths, in order of those.
// Numbers are compared as SQLite has them, as 64-bit integers or doubles.
std::string JsonLeaves(const std::string& name) {
  return absl::StrCat("iif(json_valid(", name,
                      "), (SELECT group_concat(fullkey || CASE type WHEN 'integer' THEN '=' || atom WHEN 'real' THEN '=' || "
                      "iif(abs(atom) < 9e15 AND "
                      "atom = CAST(atom AS INTEGER), CAST(atom AS INTEGER), quote(atom)) WHEN 'text' THEN '~' || hex(atom) ELSE "
                      "type END, char(10)) "
                      "FROM (SELECT fullkey, type, atom FROM json_tree(",
                      name, ") ORDER BY fullkey)), ", name, ")");
}

}  // namespace

// SQLite's clock has milliseconds; 1.5e-8 days are more than one and less than two.
std::string MovedVersion(const v1::Column& column, VersionMove move, const std::string& old) {
  if (move == VersionMove::kIncrement) return old.empty() ? "1" : absl::StrCat("coalesce(", old, ", 0) + 1");
  const std::string time =
      old.empty() ? "'now'" : absl::StrCat("max(julianday('now'), coalesce(julianday(", old, ") + 1.5e-8, 0))");
  const char* zone = column.type().kind() == v1::Type::KIND_TIMESTAMPTZ ? " || 'Z'" : "";
  return absl::StrCat("rtrim(rtrim(strftime('%Y-%m-%dT%H:%M:%f', ", time, "), '0'), '.')", zone);
}

bool Moves(const Step& step) { return step.version_move == VersionMove::kIncrement || step.version_move == VersionMove::kNow; }

std::string SameAs(const v1::Column& column, const std::string& name, const std::string& value) {
  std::string same = absl::StrCat(name, " IS ", value);
  if (column.type().kind() != v1::Type::KIND_JSON) return same;
  return absl::StrCat("(", same, " OR ", JsonLeaves(name), " IS ", JsonLeaves(value), ")");
}

std::string RenderKeyCondition(const v1::Table& table, const Step& step) {
  std::string sql;
  for (size_t k = 0; k < step.key_columns.size(); ++k) {
    absl::StrAppend(&sql, k == 0 ? "" : " AND ", QuoteName(table.columns(step.key_columns[k]).name()), " = ?",
                    step.columns.size() + k + 1);
  }
  const size_t first = step.columns.size() + step.key_columns.size() + 1;
  for (size_t c = 0; c < step.check_columns.size(); ++c) {
    const v1::Column& column = table.columns(step.check_columns[c]);
    absl::StrAppend(&sql, " AND ", SameAs(column, QuoteName(column.name()), absl::StrCat("?", first + c)));
  }
  return sql;
}

std::string RenderStep(const SchemaIndex& schema, const Step& step, KeySource key) {
  const v1::Table& table = schema.table(step.table);
  switch (step.kind) {
    case StepKind::kInsert:
      return RenderInsert(table, step, key);
    case StepKind::kUpdate:
      return RenderUpdate(table, step);
    case StepKind::kDelete:
      return absl::StrCat("DELETE FROM ", QuoteTable(table), " WHERE ", RenderKeyCondition(table, step));
  }
  return "";
}

}  // namespace uow::sqlite
