#include "adapters/mssql/client_statements.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/mssql/expressions.h"
#include "adapters/mssql/quote.h"

namespace uow::mssql {
namespace {

constexpr char kKeys[] = "@uow_keys";

const v1::Column& ColumnAt(const v1::Table& table, uint32_t column) { return table.columns(static_cast<int>(column)); }

std::string Quoted(const v1::Table& table, uint32_t column) { return Quote(ColumnAt(table, column).name()); }

void AppendItem(absl::string_view item, absl::string_view separator, std::string& list) {
  absl::StrAppend(&list, list.empty() ? "" : separator, item);
}

bool Moves(const Step& step) { return step.version_move == VersionMove::kIncrement || step.version_move == VersionMove::kNow; }

// Rows' values as a table v of texts and bytes, with columns c1, c2 and so on.
class ValueTable {
 public:
  // `places` adds a column `place` with the rows' numbers.
  ValueTable(const v1::Table& table, bool places) : table_(table), places_(places) {}

  // A row's value, which is one for the column; returns its name.
  std::string Add(uint32_t column, size_t value) {
    auto found = std::find(values_.begin(), values_.end(), value);
    if (found == values_.end()) {
      values_.push_back(value);
      bytes_.push_back(ColumnAt(table_, column).type().kind() == v1::Type::KIND_BYTES);
      found = values_.end() - 1;
    }
    return absl::StrCat("v.c", found - values_.begin() + 1);
  }

  bool empty() const { return values_.empty() && !places_; }

  void Write(SegmentWriter& out) const {
    out.Text("(VALUES ");
    SegmentWriter row = out.EachRow(", ");
    row.Text("(");
    std::string names;
    if (places_) {
      row.RowNumber();
      names = "place";
    }
    for (size_t i = 0; i < values_.size(); ++i) {
      row.Text(names.empty() ? "" : ", ")
          .Text(bytes_[i] ? "CAST(" : "")
          .RowValue(values_[i])
          .Text(bytes_[i] ? " AS varbinary(max))" : "");
      AppendItem(absl::StrCat("c", i + 1), ", ", names);
    }
    row.Text(")");
    out.Text(absl::StrCat(") AS v (", names, ")"));
  }

 private:
  const v1::Table& table_;
  const bool places_;
  std::vector<size_t> values_;
  std::vector<bool> bytes_;
};

// Which row of t is meant, and what it must hold; or, with `changed`, mustn't.
std::string Condition(const v1::Table& table, const Step& step, ValueTable& values, bool changed = false) {
  std::string condition, checks;
  size_t at = step.columns.size();
  for (uint32_t column : step.key_columns) {
    const v1::Column& key = ColumnAt(table, column);
    AppendItem(absl::StrCat("t.", Quote(key.name()), " = ", Typed(key, values.Add(column, at++))), " AND ", condition);
  }
  for (uint32_t column : step.check_columns) {
    const v1::Column& checked = ColumnAt(table, column);
    AppendItem(SameAs(checked.type(), absl::StrCat("t.", Quote(checked.name())), values.Add(column, at++)), " AND ", checks);
  }
  if (changed) return absl::StrCat(condition, " AND NOT (", checks, ")");
  return checks.empty() ? condition : absl::StrCat(condition, " AND ", checks);
}

std::string Assignments(const v1::Table& table, const Step& step, ValueTable& values) {
  std::string list;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    const v1::Column& column = ColumnAt(table, step.columns[i]);
    AppendItem(absl::StrCat(Quote(column.name()), " = ", Typed(column, values.Add(step.columns[i], i))), ", ", list);
  }
  for (uint32_t column : step.default_columns) AppendItem(absl::StrCat(Quoted(table, column), " = DEFAULT"), ", ", list);
  if (Moves(step)) {
    const v1::Column& version = ColumnAt(table, static_cast<uint32_t>(step.version_column));
    const std::string name = Quote(version.name());
    AppendItem(absl::StrCat(name, " = ", MovedVersion(version.type(), step.version_move, absl::StrCat("t.", name))), ", ", list);
  }
  return list;
}

// The columns that an insert writes, and what it selects for them; but for the generated one.
struct Inserted {
  std::string names, selected;
};

Inserted InsertedColumns(const v1::Table& table, const Step& step, ValueTable& values) {
  Inserted inserted;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    if (static_cast<int>(i) == step.generated) continue;
    const v1::Column& column = ColumnAt(table, step.columns[i]);
    AppendItem(Quote(column.name()), ", ", inserted.names);
    AppendItem(Typed(column, values.Add(step.columns[i], i)), ", ", inserted.selected);
  }
  if (Moves(step)) {
    const v1::Column& version = ColumnAt(table, static_cast<uint32_t>(step.version_column));
    AppendItem(Quote(version.name()), ", ", inserted.names);
    AppendItem(MovedVersion(version.type(), step.version_move, ""), ", ", inserted.selected);
  }
  return inserted;
}

std::string IsIdentity(const v1::Table& table, const v1::Column& column) {
  return absl::StrCat("COLUMNPROPERTY(OBJECT_ID(", Literal(QuotedTable(table)), "), ", Literal(column.name()),
                      ", 'IsIdentity') = 1");
}

// Whether a written column is an IDENTITY, as far as it can be one; empty where none can.
std::string WritesIdentity(const v1::Table& table, const Step& step) {
  std::string condition;
  for (uint32_t position : step.columns) {
    const v1::Column& column = ColumnAt(table, position);
    if (column.generation() != v1::GENERATION_KEY && !column.has_default()) continue;
    switch (column.type().kind()) {
      case v1::Type::KIND_INT16:
      case v1::Type::KIND_INT32:
      case v1::Type::KIND_INT64:
      case v1::Type::KIND_UINT64:
      case v1::Type::KIND_DECIMAL:
        AppendItem(IsIdentity(table, column), " OR ", condition);
        break;
      default:
        break;
    }
  }
  return condition;
}

const v1::Column& GeneratedColumn(const v1::Table& table, const Step& step) {
  return ColumnAt(table, step.columns[static_cast<size_t>(step.generated)]);
}

// Declares a table for the keys that an insert generates, and inserts the rows into `values`'s table.
void WriteKeyedInsert(const v1::Table& table, const Step& step, bool ordered, SegmentWriter& out) {
  const v1::Column& key = GeneratedColumn(table, step);
  ValueTable values(table, ordered);
  const Inserted inserted = InsertedColumns(table, step, values);
  out.Text(absl::StrCat("DECLARE ", kKeys, " TABLE (k ", KeyType(key.type()), "); INSERT INTO ", QuotedTable(table)));
  if (!inserted.names.empty()) out.Text(absl::StrCat(" (", inserted.names, ")"));
  out.Text(absl::StrCat(" OUTPUT inserted.", Quote(key.name()), " INTO ", kKeys));
  if (inserted.names.empty()) {
    out.Text(" DEFAULT VALUES; ");
    return;
  }
  out.Text(absl::StrCat(" SELECT ", inserted.selected));
  if (!values.empty()) {
    out.Text(" FROM ");
    values.Write(out);
  }
  out.Text(ordered ? " ORDER BY v.place; " : "; ");
}

// The rows of t that are to be written.
void WriteJoin(const v1::Table& table, const ValueTable& values, absl::string_view condition, SegmentWriter& out) {
  out.Text(absl::StrCat(" FROM ", QuotedTable(table), " AS t INNER JOIN "));
  values.Write(out);
  out.Text(absl::StrCat(" ON ", condition));
}

// Reads the rows' numbers, where the rows of t that `condition` finds are there, or aren't.
void WritePlaces(const v1::Table& table, const ValueTable& values, absl::string_view join, absl::string_view hint,
                 absl::string_view condition, SegmentWriter& out) {
  out.Text("SELECT CAST(v.place AS nvarchar(20)) AS c1 FROM ");
  values.Write(out);
  out.Text(absl::StrCat(" ", join, " ", QuotedTable(table), " AS t", hint, " ON ", condition));
}

constexpr char kLock[] = " WITH (UPDLOCK, HOLDLOCK)";

}  // namespace

void WriteInsert(const SchemaIndex& schema, const Step& step, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  const std::string name = QuotedTable(table);
  ValueTable values(table, false);
  const Inserted inserted = InsertedColumns(table, step, values);
  const std::string identity = WritesIdentity(table, step);
  SegmentWriter out(segments);
  if (!identity.empty()) out.Text(absl::StrCat("IF ", identity, " SET IDENTITY_INSERT ", name, " ON; "));
  out.Text(absl::StrCat("INSERT INTO ", name, " (", inserted.names, ") SELECT ", inserted.selected, " FROM "));
  values.Write(out);
  if (!identity.empty()) out.Text(absl::StrCat("; IF ", identity, " SET IDENTITY_INSERT ", name, " OFF"));
}

void WriteIdentityInsert(const SchemaIndex& schema, const Step& step, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  const v1::Column& key = GeneratedColumn(table, step);
  SegmentWriter out(segments);
  WriteKeyedInsert(table, step, /*ordered=*/true, out);
  out.Text(absl::StrCat("SELECT ", AsText(key.type(), "k"), " AS c1 FROM ", kKeys, " WHERE ", IsIdentity(table, key),
                        " ORDER BY CASE WHEN IDENT_INCR(", Literal(QuotedTable(table)), ") < 0 THEN -k ELSE k END"));
}

void WriteGeneratingInsert(const SchemaIndex& schema, const Step& step, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  SegmentWriter out(segments);
  WriteKeyedInsert(table, step, /*ordered=*/false, out);
  out.Text(absl::StrCat("SELECT ", AsText(GeneratedColumn(table, step).type(), "k"), " AS c1 FROM ", kKeys));
}

void WriteChange(const SchemaIndex& schema, const Step& step, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  ValueTable values(table, false);
  SegmentWriter out(segments);
  if (step.kind == StepKind::kUpdate) {
    std::string assignments = Assignments(table, step, values);
    if (assignments.empty()) {
      // A replaced row that has only a key, which may be one that can't be written: it has to exist, and to be locked.
      out.Text("DECLARE @uow_found int; ");
      assignments = "@uow_found = 1";
    }
    out.Text(absl::StrCat("UPDATE t SET ", assignments));
  } else {
    out.Text("DELETE t");
  }
  const std::string condition = Condition(table, step, values);
  WriteJoin(table, values, condition, out);
}

void WriteMissing(const SchemaIndex& schema, const Step& step, bool lock, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  ValueTable values(table, true);
  const std::string condition = Condition(table, step, values);
  SegmentWriter out(segments);
  WritePlaces(table, values, "LEFT JOIN", lock ? kLock : "", condition, out);
  out.Text(absl::StrCat(" WHERE t.", Quoted(table, step.key_columns[0]), " IS NULL"));
}

void WriteChanged(const SchemaIndex& schema, const Step& step, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  ValueTable values(table, true);
  const std::string condition = Condition(table, step, values, /*changed=*/true);
  SegmentWriter out(segments);
  WritePlaces(table, values, "INNER JOIN", kLock, condition, out);
}

void WriteNulls(const SchemaIndex& schema, const Step& step, const std::vector<uint32_t>& columns, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  ValueTable values(table, false);
  const std::string condition = Condition(table, step, values);
  std::string assignments;
  for (uint32_t column : columns) AppendItem(absl::StrCat(Quoted(table, column), " = NULL"), ", ", assignments);
  SegmentWriter out(segments);
  out.Text(absl::StrCat("UPDATE t SET ", assignments));
  WriteJoin(table, values, condition, out);
}

void WriteVersions(const SchemaIndex& schema, uint32_t position, uint32_t version, Segments& segments) {
  const v1::Table& table = schema.table(position);
  ValueTable values(table, true);
  std::string condition;
  size_t at = 0;
  for (uint32_t column : table.primary_key()) {
    const v1::Column& key = ColumnAt(table, column);
    AppendItem(absl::StrCat("t.", Quote(key.name()), " = ", Typed(key, values.Add(column, at++))), " AND ", condition);
  }
  const v1::Column& read = ColumnAt(table, version);
  SegmentWriter out(segments);
  out.Text(absl::StrCat("SELECT CAST(v.place AS nvarchar(20)) AS c1, ", AsText(read.type(), absl::StrCat("t.", Quote(read.name()))),
                        " AS c2 FROM "));
  values.Write(out);
  out.Text(absl::StrCat(" INNER JOIN ", QuotedTable(table), " AS t ON ", condition));
}

}  // namespace uow::mssql
