#include "adapters/mysql/client_statements.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/mysql/expressions.h"
#include "adapters/mysql/quote.h"

namespace uow::mysql {
namespace {

const v1::Column& ColumnAt(const v1::Table& table, uint32_t column) { return table.columns(static_cast<int>(column)); }

std::string Quoted(const v1::Table& table, uint32_t column) { return Quote(ColumnAt(table, column).name()); }

void AppendItem(absl::string_view item, absl::string_view separator, std::string& list) {
  absl::StrAppend(&list, list.empty() ? "" : separator, item);
}

bool Moves(const Step& step) { return step.version_move == VersionMove::kIncrement || step.version_move == VersionMove::kNow; }

// SQL whose placeholders $1, $2, … are the row's values.
void WriteRowSql(absl::string_view sql, SegmentWriter& out) {
  for (const SqlPiece& piece : SplitPlaceholders(sql)) {
    if (piece.placeholder == 0) {
      out.Text(piece.text);
    } else {
      out.RowValue(piece.placeholder - 1);
    }
  }
}

std::string Placeholder(size_t value) { return absl::StrCat("$", value + 1); }

constexpr char kPlace[] = "`uow place`";

// Rows' values as a table v, whose columns have the names, types and collations of the table's own: a first SELECT without a row
// gives them.
class ValueTable {
 public:
  // `places` adds a column kPlace with the rows' numbers.
  ValueTable(const v1::Table& table, bool places) : table_(table), places_(places) {}

  // A row's value, which is one for the column; returns its name.
  std::string Add(uint32_t position, size_t value) {
    const v1::Column& column = ColumnAt(table_, position);
    // A key may be both what selects the row and what is written.
    const bool again = std::find(columns_.begin(), columns_.end(), position) != columns_.end();
    const std::string name = again ? absl::StrCat("`uow ", columns_.size(), "`") : Quote(column.name());
    columns_.push_back(position);
    values_.push_back(value);
    AppendItem(absl::StrCat(SampleOf(column), " AS ", name), ", ", samples_);
    return absl::StrCat("v.", name);
  }

  // By SELECTs, which fit a literal into a narrower character set, as VALUES doesn't.
  void Write(SegmentWriter& out) const {
    out.Text(absl::StrCat("(SELECT ", places_ ? absl::StrCat("0 AS ", kPlace, ", ") : "", samples_, " FROM ", QuotedTable(table_),
                          " AS s WHERE FALSE UNION ALL SELECT "));
    SegmentWriter row = out.EachRow(" UNION ALL SELECT ");
    if (places_) row.RowNumber();
    for (size_t i = 0; i < values_.size(); ++i) row.Text(i > 0 || places_ ? ", " : "").RowValue(values_[i]);
    out.Text(") AS v");
  }

 private:
  const v1::Table& table_;
  const bool places_;
  std::vector<uint32_t> columns_;
  std::vector<size_t> values_;
  std::string samples_;
};

// The parts of a statement over rows of one step; `value` names the row's value with an index, which is one for a column.
class Parts {
 public:
  Parts(const v1::Table& table, const Step& step, Product product) : table_(table), step_(step), product_(product) {}

  template <typename Value>
  std::string Assignments(absl::string_view prefix, const Value& value) const {
    std::string list;
    for (size_t i = 0; i < step_.columns.size(); ++i) {
      const v1::Column& column = ColumnAt(table_, step_.columns[i]);
      AppendItem(absl::StrCat(prefix, Quote(column.name()), " = ", StoredValue(column.type(), value(step_.columns[i], i))), ", ",
                 list);
    }
    for (uint32_t column : step_.default_columns) {
      AppendItem(absl::StrCat(prefix, Quoted(table_, column), " = DEFAULT"), ", ", list);
    }
    if (Moves(step_)) {
      const std::string name = absl::StrCat(prefix, Quoted(table_, static_cast<uint32_t>(step_.version_column)));
      AppendItem(absl::StrCat(name, " = ", MovedVersion(step_.version_move, name)), ", ", list);
    }
    if (list.empty()) {
      // A replaced row that has only a key: it has to exist, and to be locked.
      const std::string name = absl::StrCat(prefix, Quoted(table_, step_.key_columns[0]));
      list = absl::StrCat(name, " = ", name);
    }
    return list;
  }

  // Which row is meant, and what it must hold; or mustn't.
  template <typename Value>
  std::string Condition(absl::string_view prefix, const Value& value, bool changed = false) const {
    std::string condition, checks;
    size_t at = step_.columns.size();
    for (uint32_t column : step_.key_columns) {
      AppendItem(
          absl::StrCat(prefix, Quoted(table_, column), " = ", KeyOperand(ColumnAt(table_, column).type(), value(column, at))),
          " AND ", condition);
      ++at;
    }
    for (uint32_t column : step_.check_columns) {
      const std::string same =
          SameAs(ColumnAt(table_, column).type(), product_, absl::StrCat(prefix, Quoted(table_, column)), value(column, at++));
      AppendItem(absl::StrCat("(", same, ")"), " AND ", checks);
    }
    if (changed) return absl::StrCat(condition, " AND NOT (", checks, ")");
    if (!checks.empty()) absl::StrAppend(&condition, " AND ", checks);
    return condition;
  }

 private:
  const v1::Table& table_;
  const Step& step_;
  const Product product_;
};

std::string ValueOfRow(uint32_t, size_t value) { return Placeholder(value); }

// Something of the version's type as text; as StepVersions says.
std::string VersionText(const v1::Type& type, const std::string& name) {
  switch (type.kind()) {
    case v1::Type::KIND_BYTES:
      return absl::StrCat("HEX(", name, ")");
    case v1::Type::KIND_TIMESTAMP:
      return absl::StrCat("REPLACE(CAST(", name, " AS CHAR), ' ', 'T')");
    case v1::Type::KIND_TIMESTAMPTZ:
      return absl::StrCat("CONCAT(REPLACE(CAST(", name, " AS CHAR), ' ', 'T'), 'Z')");
    default:
      return absl::StrCat("CAST(", name, " AS CHAR)");
  }
}

}  // namespace

void WriteInsert(const SchemaIndex& schema, const Step& step, Product product, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  std::string names, values;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    if (static_cast<int>(i) == step.generated) continue;
    const v1::Column& column = ColumnAt(table, step.columns[i]);
    AppendItem(Quote(column.name()), ", ", names);
    AppendItem(StoredValue(column.type(), Placeholder(i)), ", ", values);
  }
  if (Moves(step)) {
    AppendItem(Quoted(table, static_cast<uint32_t>(step.version_column)), ", ", names);
    AppendItem(MovedVersion(step.version_move, ""), ", ", values);
  }
  SegmentWriter out(segments);
  out.Text(absl::StrCat("INSERT INTO ", QuotedTable(table), " (", names, ") VALUES "));
  SegmentWriter row = out.EachRow(", ");
  WriteRowSql(absl::StrCat("(", values, ")"), row);
  if (step.generated < 0 || product != Product::kMariaDb) return;
  out.Text(absl::StrCat(" RETURNING CAST(", Quoted(table, step.columns[static_cast<size_t>(step.generated)]), " AS CHAR) AS c1"));
}

void WriteChange(const SchemaIndex& schema, const Step& step, Product product, bool alone, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  const Parts parts(table, step, product);
  const bool update = step.kind == StepKind::kUpdate;
  const std::string name = QuotedTable(table);
  SegmentWriter out(segments);
  if (alone) {
    const std::string head =
        update ? absl::StrCat("UPDATE ", name, " SET ", parts.Assignments("", ValueOfRow)) : absl::StrCat("DELETE FROM ", name);
    return WriteRowSql(absl::StrCat(head, " WHERE ", parts.Condition("", ValueOfRow)), out);
  }
  if (!update && step.key_columns.size() == 1 && step.check_columns.empty()) {
    out.Text(absl::StrCat("DELETE FROM ", name, " WHERE ", Quoted(table, step.key_columns[0]), " IN ("));
    SegmentWriter row = out.EachRow(", ");
    WriteRowSql(KeyOperand(ColumnAt(table, step.key_columns[0]).type(), Placeholder(0)), row);
    out.Text(")");
    return;
  }
  ValueTable values(table, false);
  auto add = [&](uint32_t column, size_t value) { return values.Add(column, value); };
  const std::string assignments = update ? parts.Assignments("t.", add) : "";
  const std::string condition = parts.Condition("t.", add);
  out.Text(update ? "UPDATE " : "DELETE t FROM ");
  values.Write(out);
  out.Text(absl::StrCat(" STRAIGHT_JOIN ", name, " AS t ON ", condition, update ? " SET " : "", assignments));
}

void WriteMissing(const SchemaIndex& schema, const Step& step, Product product, bool lock, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  ValueTable values(table, true);
  const std::string condition =
      Parts(table, step, product).Condition("t.", [&](uint32_t column, size_t value) { return values.Add(column, value); });
  SegmentWriter out(segments);
  out.Text(absl::StrCat("SELECT CAST(v.", kPlace, " AS CHAR) AS c1 FROM "));
  values.Write(out);
  out.Text(absl::StrCat(" LEFT JOIN ", QuotedTable(table), " AS t ON ", condition, " WHERE t.", Quoted(table, step.key_columns[0]),
                        " IS NULL", lock ? " FOR UPDATE" : ""));
}

void WriteChanged(const SchemaIndex& schema, const Step& step, Product product, Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  ValueTable values(table, true);
  const std::string condition =
      Parts(table, step, product)
          .Condition(
              "t.", [&](uint32_t column, size_t value) { return values.Add(column, value); }, /*changed=*/true);
  SegmentWriter out(segments);
  out.Text(absl::StrCat("SELECT CAST(v.", kPlace, " AS CHAR) AS c1 FROM "));
  values.Write(out);
  out.Text(absl::StrCat(" STRAIGHT_JOIN ", QuotedTable(table), " AS t ON ", condition, " FOR UPDATE"));
}

void WriteNulls(const SchemaIndex& schema, const Step& step, const std::vector<uint32_t>& columns, Product product,
                Segments& segments) {
  const v1::Table& table = schema.table(step.table);
  ValueTable values(table, false);
  const std::string condition =
      Parts(table, step, product).Condition("t.", [&](uint32_t column, size_t value) { return values.Add(column, value); });
  std::string assignments;
  for (uint32_t column : columns) AppendItem(absl::StrCat("t.", Quoted(table, column), " = NULL"), ", ", assignments);
  SegmentWriter out(segments);
  out.Text("UPDATE ");
  values.Write(out);
  out.Text(absl::StrCat(" STRAIGHT_JOIN ", QuotedTable(table), " AS t ON ", condition, " SET ", assignments));
}

void WriteVersions(const SchemaIndex& schema, uint32_t position, uint32_t version, Segments& segments) {
  const v1::Table& table = schema.table(position);
  ValueTable values(table, true);
  std::string condition;
  size_t at = 0;
  for (uint32_t column : table.primary_key()) {
    AppendItem(
        absl::StrCat("t.", Quoted(table, column), " = ", KeyOperand(ColumnAt(table, column).type(), values.Add(column, at++))),
        " AND ", condition);
  }
  SegmentWriter out(segments);
  out.Text(absl::StrCat("SELECT CAST(v.", kPlace, " AS CHAR) AS c1, ",
                        VersionText(ColumnAt(table, version).type(), absl::StrCat("t.", Quoted(table, version))), " AS c2 FROM "));
  values.Write(out);
  out.Text(absl::StrCat(" STRAIGHT_JOIN ", QuotedTable(table), " AS t ON ", condition));
}

void WriteTableCheck(const SchemaIndex& schema, const Plan& plan, Segments& segments) {
  std::set<uint32_t> tables;
  for (const Step& step : plan.steps) tables.insert(step.table);
  SegmentWriter out(segments);
  bool first = true;
  for (uint32_t position : tables) {
    const v1::Table& table = schema.table(position);
    out.Text(
        absl::StrCat(first ? "" : " UNION ALL ",
                     "SELECT CONCAT(t.TABLE_NAME, ' (', t.ENGINE, ')') AS c1 FROM information_schema.TABLES AS t JOIN "
                     "information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE WHERE e.TRANSACTIONS = 'NO' AND t.TABLE_SCHEMA = "));
    if (table.namespace_().empty()) {
      out.Text("DATABASE()");
    } else {
      out.Value(absl::string_view(table.namespace_()));
    }
    out.Text(" AND t.TABLE_NAME = ").Value(absl::string_view(table.name()));
    first = false;
  }
}

}  // namespace uow::mysql
