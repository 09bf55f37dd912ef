#include "adapters/sqlite/client_statements.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/quote.h"
#include "adapters/sqlite/render.h"

namespace uow::sqlite {
namespace {

const v1::Column& ColumnAt(const v1::Table& table, uint32_t column) { return table.columns(static_cast<int>(column)); }

std::string Quoted(const v1::Table& table, uint32_t column) { return QuoteName(ColumnAt(table, column).name()); }

// The columns of a VALUES list are called column1, column2, …
std::string ListColumn(size_t index) { return absl::StrCat("v.column", index + 1); }

// (VALUES (…), (…)) AS v, of the rows' values [begin, end); with their numbers ahead, where asked for.
void WriteList(size_t begin, size_t end, bool numbers, SegmentWriter& out) {
  out.Text("(VALUES ");
  SegmentWriter row = out.EachRow(", ");
  row.Text("(");
  if (numbers) row.RowNumber();
  for (size_t i = begin; i < end; ++i) row.Text(i > begin || numbers ? ", " : "").RowValue(i);
  row.Text(")");
  out.Text(") AS v");
}

// Which row of t is meant, and what it must hold, or mustn't; `first` is the place of the first key value in v.
std::string RowCondition(const v1::Table& table, const Step& step, size_t first, bool changed = false) {
  std::string condition, checks;
  size_t at = first;
  for (uint32_t column : step.key_columns) {
    absl::StrAppend(&condition, condition.empty() ? "" : " AND ", "t.", Quoted(table, column), " = ", ListColumn(at++));
  }
  for (uint32_t column : step.check_columns) {
    absl::StrAppend(&checks, checks.empty() ? "" : " AND ",
                    SameAs(ColumnAt(table, column), absl::StrCat("t.", Quoted(table, column)), ListColumn(at++)));
  }
  if (changed) return absl::StrCat(condition, " AND NOT (", checks, ")");
  return checks.empty() ? condition : absl::StrCat(condition, " AND ", checks);
}

// Leaves out rows whose keys new rows may have got, for they are gone.
void WriteGuard(const v1::Table& table, const Step& step, SegmentWriter& out) {
  if (!step.first_new_key) return;
  v1::Value key;
  *key.mutable_handle_value() = *step.first_new_key;
  out.Text(absl::StrCat(" AND t.", Quoted(table, step.key_columns[0]), " < ")).Value(key);
}

size_t ValueCount(const Step& step) { return step.columns.size() + step.key_columns.size() + step.check_columns.size(); }

void WriteUpdate(const v1::Table& table, const Step& step, SegmentWriter& out) {
  std::string assignments;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    absl::StrAppend(&assignments, i == 0 ? "" : ", ", Quoted(table, step.columns[i]), " = ", ListColumn(i));
  }
  if (Moves(step)) {
    const std::string name = Quoted(table, static_cast<uint32_t>(step.version_column));
    absl::StrAppend(&assignments, assignments.empty() ? "" : ", ", name, " = ",
                    MovedVersion(table.columns(step.version_column), step.version_move, absl::StrCat("t.", name)));
  }
  out.Text(absl::StrCat("UPDATE ", QuoteTable(table), " AS t SET ", assignments, " FROM "));
  WriteList(0, ValueCount(step), false, out);
  out.Text(absl::StrCat(" WHERE ", RowCondition(table, step, step.columns.size())));
}

void WriteDelete(const v1::Table& table, const Step& step, SegmentWriter& out) {
  std::string keys, joined;
  for (uint32_t column : step.key_columns) {
    absl::StrAppend(&keys, keys.empty() ? "" : ", ", Quoted(table, column));
    absl::StrAppend(&joined, joined.empty() ? "" : ", ", "t.", Quoted(table, column));
  }
  out.Text(absl::StrCat("DELETE FROM ", QuoteTable(table), " WHERE (", keys, ") IN ("));
  // By a join, so that a key is compared like anywhere else, and the table is searched by its index.
  out.Text(absl::StrCat("SELECT ", joined, " FROM "));
  WriteList(0, ValueCount(step), false, out);
  out.Text(absl::StrCat(" CROSS JOIN ", QuoteTable(table), " AS t WHERE ", RowCondition(table, step, 0)));
  WriteGuard(table, step, out);
  out.Text(")");
}

}  // namespace

void WriteInsert(const SchemaIndex& schema, const Step& step, bool generate, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  SegmentWriter out(segments);
  std::vector<size_t> values;
  std::string names;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    if (generate && static_cast<int>(i) == step.generated) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", Quoted(table, step.columns[i]));
    values.push_back(i);
  }
  const bool moves = Moves(step);
  if (moves) absl::StrAppend(&names, names.empty() ? "" : ", ", Quoted(table, static_cast<uint32_t>(step.version_column)));
  out.Text(absl::StrCat("INSERT INTO ", QuoteTable(table)));
  if (names.empty()) {
    out.Text(" DEFAULT VALUES");
  } else {
    out.Text(absl::StrCat(" (", names, ") VALUES "));
    SegmentWriter row = out.EachRow(", ");
    row.Text("(");
    for (size_t i = 0; i < values.size(); ++i) row.Text(i == 0 ? "" : ", ").RowValue(values[i]);
    if (moves) {
      row.Text(values.empty() ? "" : ", ").Text(MovedVersion(table.columns(step.version_column), step.version_move, ""));
    }
    row.Text(")");
  }
  if (generate) {
    out.Text(absl::StrCat(" RETURNING CAST(", Quoted(table, step.columns[static_cast<size_t>(step.generated)]), " AS TEXT) AS c1"));
  }
}

void WriteChange(const SchemaIndex& schema, const Step& step, Segments& segments) {
  SegmentWriter out(segments);
  if (step.kind == StepKind::kUpdate) return WriteUpdate(schema.table(step.table), step, out);
  WriteDelete(schema.table(step.table), step, out);
}

void WriteMissing(const SchemaIndex& schema, const Step& step, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  SegmentWriter out(segments);
  out.Text("SELECT CAST(v.column1 AS TEXT) AS c1 FROM ");
  WriteList(step.columns.size(), ValueCount(step), true, out);
  out.Text(absl::StrCat(" WHERE NOT EXISTS (SELECT 1 FROM ", QuoteTable(table), " AS t WHERE ", RowCondition(table, step, 1), ")"));
}

void WriteChanged(const SchemaIndex& schema, const Step& step, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  SegmentWriter out(segments);
  out.Text("SELECT CAST(v.column1 AS TEXT) AS c1 FROM ");
  WriteList(step.columns.size(), ValueCount(step), true, out);
  out.Text(absl::StrCat(" CROSS JOIN ", QuoteTable(table), " AS t WHERE ", RowCondition(table, step, 1, /*changed=*/true)));
  WriteGuard(table, step, out);
}

void WriteVersions(const SchemaIndex& schema, uint32_t position, uint32_t version, Segments& segments) {
  const v1::Table& table = schema.table(position);
  std::string condition;
  size_t at = 0;
  for (uint32_t column : table.primary_key()) {
    ++at;
    absl::StrAppend(&condition, at == 1 ? "" : " AND ", "t.", Quoted(table, column), " = ", ListColumn(at));
  }
  const bool bytes = ColumnAt(table, version).type().kind() == v1::Type::KIND_BYTES;
  const std::string name = absl::StrCat("t.", Quoted(table, version));
  SegmentWriter out(segments);
  out.Text(absl::StrCat("SELECT CAST(v.column1 AS TEXT) AS c1, ",
                        bytes ? absl::StrCat("hex(", name, ")") : absl::StrCat("CAST(", name, " AS TEXT)"), " AS c2 FROM "));
  WriteList(0, at, true, out);
  out.Text(absl::StrCat(" CROSS JOIN ", QuoteTable(table), " AS t WHERE ", condition));
}

}  // namespace uow::sqlite
