#include "adapters/postgres/render.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/copy_rows.h"
#include "adapters/quote.h"

namespace uow::postgres {
namespace {

// ENUM, OTHER and ARRAY have no array type that is sure to exist: they travel as text and are cast row by row.
bool TravelsAsText(const v1::Type& type) {
  switch (type.kind()) {
    case v1::Type::KIND_OTHER:
    case v1::Type::KIND_ARRAY:
      return true;
    case v1::Type::KIND_ENUM:
      return !type.name().empty();
    default:
      return false;
  }
}

// Collects the columns that come in as arrays, in order of the parameters.
class Unnest {
 public:
  explicit Unnest(const v1::Table& table) : table_(table) {}

  // The next parameter's value in a row, as an expression of the column's type.
  std::string Add(uint32_t column) {
    const v1::Type& type = table_.columns(column).type();
    ++count_;
    array_ = absl::StrCat("$", count_, "::", TravelsAsText(type) ? "text" : SqlType(type), "[]");
    absl::StrAppend(&parameters_, count_ == 1 ? "" : ", ", array_);
    absl::StrAppend(&names_, count_ == 1 ? "" : ", ", "c", count_);
    return absl::StrCat("v.c", count_, TravelsAsText(type) ? absl::StrCat("::", SqlType(type)) : "");
  }

  // The array of the column that was added last.
  const std::string& last_array() const { return array_; }

  std::string Clause(Report report) const {
    const bool places = report != Report::kCount;
    return absl::StrCat("unnest(", parameters_, ")", places ? " WITH ORDINALITY" : "", " AS v(", names_, places ? ", place)" : ")");
  }

 private:
  const v1::Table& table_;
  int count_ = 0;
  std::string array_;
  std::string parameters_;
  std::string names_;
};

// OVERRIDING SYSTEM VALUE lets keys that were drawn ahead into identity columns that are GENERATED ALWAYS; elsewhere it means
// nothing.
absl::string_view Overriding(const v1::Table& table, const std::vector<uint32_t>& columns) {
  for (uint32_t column : columns) {
    if (table.columns(column).generation() == v1::GENERATION_KEY) return " OVERRIDING SYSTEM VALUE";
  }
  return "";
}

// The value of a version column that the database moves; `old` names the one before, and is empty for a new row.
std::string MovedVersion(const v1::Column& column, VersionMove move, const std::string& old) {
  if (move == VersionMove::kIncrement) return old.empty() ? "1" : absl::StrCat("coalesce(", old, ", 0) + 1");
  std::string now = "clock_timestamp()";
  if (column.type().kind() == v1::Type::KIND_TIMESTAMP) now += " AT TIME ZONE 'UTC'";
  if (!old.empty()) now = absl::StrCat("greatest(", now, ", ", old, " + interval '1 millisecond')");
  return absl::StrCat("date_trunc('milliseconds', ", now, ")");
}

bool Moves(const Step& step) { return step.version_move == VersionMove::kIncrement || step.version_move == VersionMove::kNow; }

// Adds a moved version to the columns and values of an insert.
void AppendMovedVersion(const v1::Table& table, const Step& step, std::string& columns, std::string& values) {
  if (!Moves(step)) return;
  const v1::Column& version = table.columns(step.version_column);
  absl::string_view comma = columns.empty() ? "" : ", ";
  absl::StrAppend(&columns, comma, QuoteName(version.name()));
  absl::StrAppend(&values, comma, MovedVersion(version, step.version_move, ""));
}

std::string RenderInsert(const v1::Table& table, const Step& step) {
  Unnest unnest(table);
  std::string columns, values;
  for (uint32_t column : step.columns) {
    absl::string_view comma = columns.empty() ? "" : ", ";
    absl::StrAppend(&columns, comma, QuoteName(table.columns(column).name()));
    absl::StrAppend(&values, comma, unnest.Add(column));
  }
  AppendMovedVersion(table, step, columns, values);
  return absl::StrCat("INSERT INTO ", QuoteTable(table), " (", columns, ")", Overriding(table, step.columns), " SELECT ", values,
                      " FROM ", unnest.Clause(Report::kCount));
}

// How values of a type are compared, where the type itself may have no equality.
absl::string_view ComparableCast(const v1::Type& type) {
  switch (type.kind()) {
    case v1::Type::KIND_JSON:
      return "::jsonb";
    case v1::Type::KIND_OTHER:
      return "::text";
    case v1::Type::KIND_ARRAY:
      return type.element().kind() == v1::Type::KIND_JSON    ? "::jsonb[]"
             : type.element().kind() == v1::Type::KIND_OTHER ? "::text"
                                                             : "";
    default:
      return "";
  }
}

// How many rows it pays to look for by their keys alone as well: for fewer the server does so by itself, and a client sends the
// keys twice.
constexpr size_t kFewestAmong = 20;
constexpr size_t kMostAmong = 4096;

// Has the server search the index of a key of one column for the rows of a step. It doesn't know how many rows of a table an
// unnested array meets, and reads all of a table of moderate size instead.
std::string AmongKeys(const v1::Table& table, const Step& step, absl::string_view keys) {
  if (step.key_columns.size() != 1 || step.rows.size() < kFewestAmong || step.rows.size() > kMostAmong) return "";
  const v1::Column& key = table.columns(step.key_columns[0]);
  return TravelsAsText(key.type()) ? "" : absl::StrCat("t.", QuoteName(key.name()), " = ANY(", keys, ") AND ");
}

// Which row is meant, and what it must hold, or mustn't.
std::string RowCondition(const v1::Table& table, const Step& step, Unnest& unnest, bool changed = false) {
  std::string condition, checks;
  for (uint32_t column : step.key_columns) {
    absl::StrAppend(&condition, condition.empty() ? "" : " AND ", "t.", QuoteName(table.columns(column).name()), " = ",
                    unnest.Add(column));
  }
  const std::string among = AmongKeys(table, step, unnest.last_array());
  for (uint32_t column : step.check_columns) {
    const absl::string_view cast = ComparableCast(table.columns(column).type());
    absl::StrAppend(&checks, checks.empty() ? "t." : " AND t.", QuoteName(table.columns(column).name()), cast,
                    " IS NOT DISTINCT FROM ", unnest.Add(column), cast);
  }
  if (changed) return absl::StrCat(among, condition, " AND NOT (", checks, ")");
  return absl::StrCat(among, condition, checks.empty() ? "" : " AND ", checks);
}

// A version as the text of its canonical form.
std::string VersionText(const v1::Table& table, const Step& step) {
  const v1::Column& version = table.columns(step.version_column);
  const std::string name = absl::StrCat("t.", QuoteName(version.name()));
  switch (version.type().kind()) {
    case v1::Type::KIND_TIMESTAMP:
      return absl::StrCat("to_char(", name, R"sql(, 'YYYY-MM-DD"T"HH24:MI:SS.US'))sql");
    case v1::Type::KIND_TIMESTAMPTZ:
      return absl::StrCat("to_char(", name, R"sql( AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))sql");
    case v1::Type::KIND_BYTES:
      return absl::StrCat("encode(", name, ", 'hex')");
    default:
      return absl::StrCat(name, "::text");
  }
}

std::string Returning(const v1::Table& table, const Step& step, Report report) {
  switch (report) {
    case Report::kCount:
      return "";
    case Report::kPlaces:
      return " RETURNING v.place";
    case Report::kVersions:
      return absl::StrCat(" RETURNING v.place, ", VersionText(table, step));
  }
  return "";
}

std::string RenderUpdate(const v1::Table& table, const Step& step, Report report) {
  Unnest unnest(table);
  std::string assignments;
  for (uint32_t column : step.columns) {
    absl::StrAppend(&assignments, assignments.empty() ? "" : ", ", QuoteName(table.columns(column).name()), " = ",
                    unnest.Add(column));
  }
  for (uint32_t column : step.default_columns) {
    absl::StrAppend(&assignments, assignments.empty() ? "" : ", ", QuoteName(table.columns(column).name()), " = DEFAULT");
  }
  if (Moves(step)) {
    const std::string name = QuoteName(table.columns(step.version_column).name());
    absl::StrAppend(&assignments, assignments.empty() ? "" : ", ", name, " = ",
                    MovedVersion(table.columns(step.version_column), step.version_move, absl::StrCat("t.", name)));
  }
  if (assignments.empty()) {
    // A replaced row that has only a key: it has to exist, and to be locked.
    std::string name = QuoteName(table.columns(step.key_columns[0]).name());
    assignments = absl::StrCat(name, " = t.", name);
  }
  std::string condition = RowCondition(table, step, unnest);
  return absl::StrCat("UPDATE ", QuoteTable(table), " AS t SET ", assignments, " FROM ", unnest.Clause(report), " WHERE ",
                      condition, Returning(table, step, report));
}

// From so many on it matters how keys are looked for.
constexpr size_t kManyKeys = 100;

// Whether the rows of a delete by a key of one column are all that there can be between the first one and the last.
bool AreOneRun(const Step& step) {
  if (step.rows.size() < kManyKeys) return false;
  for (size_t r = 0; r < step.rows.size(); ++r) {
    const v1::Value& key = step.rows[r].values[0];
    if (!key.has_int64_value()) return false;
    if (r == 0) continue;
    const auto before = static_cast<uint64_t>(step.rows[r - 1].values[0].int64_value());
    if (static_cast<uint64_t>(key.int64_value()) - before != 1) return false;
  }
  return true;
}

std::string RenderDelete(const v1::Table& table, const Step& step, Report report) {
  if (report == Report::kCount && step.key_columns.size() == 1 && step.check_columns.empty()) {
    const v1::Column& key = table.columns(step.key_columns[0]);
    if (AreOneRun(step)) {
      // One search of the index; of an array, the server goes through all elements, to plan it and for each row. Named once, for a
      // client's placeholder is a copy of the array.
      return absl::StrCat("DELETE FROM ", QuoteTable(table), " AS t USING (SELECT $1::", SqlType(key.type()),
                          "[] AS keys) AS v WHERE t.", QuoteName(key.name()),
                          " BETWEEN v.keys[1] AND v.keys[array_length(v.keys, 1)]");
    }
    if (!TravelsAsText(key.type())) {
      return absl::StrCat("DELETE FROM ", QuoteTable(table), " AS t WHERE t.", QuoteName(key.name()),
                          " = ANY($1::", SqlType(key.type()), "[])");
    }
  }
  Unnest unnest(table);
  std::string condition = RowCondition(table, step, unnest);
  return absl::StrCat("DELETE FROM ", QuoteTable(table), " AS t USING ", unnest.Clause(report), " WHERE ", condition,
                      Returning(table, step, report));
}

std::string QuotedType(const v1::Type& type) {
  return absl::StrCat(type.namespace_().empty() ? "" : absl::StrCat(QuoteName(type.namespace_()), "."), QuoteName(type.name()));
}

}  // namespace

std::string SqlType(const v1::Type& type) {
  switch (type.kind()) {
    case v1::Type::KIND_BOOL:
      return "bool";
    case v1::Type::KIND_INT16:
      return "int2";
    case v1::Type::KIND_INT32:
      return "int4";
    case v1::Type::KIND_INT64:
      return "int8";
    case v1::Type::KIND_UINT64:
    case v1::Type::KIND_DECIMAL:
      return "numeric";
    case v1::Type::KIND_FLOAT:
      return "float4";
    case v1::Type::KIND_DOUBLE:
      return "float8";
    case v1::Type::KIND_BYTES:
      return "bytea";
    case v1::Type::KIND_DATE:
      return "date";
    case v1::Type::KIND_TIME:
      return "time";
    case v1::Type::KIND_TIMESTAMP:
      return "timestamp";
    case v1::Type::KIND_TIMESTAMPTZ:
      return "timestamptz";
    case v1::Type::KIND_UUID:
      return "uuid";
    case v1::Type::KIND_JSON:
      // Assignment makes jsonb of it where the column is one; the other way round would lose the text.
      return "json";
    case v1::Type::KIND_ENUM:
      return type.name().empty() ? "text" : QuotedType(type);
    case v1::Type::KIND_OTHER:
      return QuotedType(type);
    case v1::Type::KIND_ARRAY:
      return absl::StrCat(SqlType(type.element()), "[]");
    default:
      return "text";
  }
}

bool SequenceCanFill(v1::Type::Kind kind) {
  switch (kind) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
    case v1::Type::KIND_UINT64:
    case v1::Type::KIND_DECIMAL:
      return true;
    default:
      return false;
  }
}

std::string RenderArrays(const SchemaIndex& schema, const Step& step, Report report) {
  const v1::Table& table = schema.table(step.table);
  switch (step.kind) {
    case StepKind::kInsert:
      return RenderInsert(table, step);
    case StepKind::kUpdate:
      return RenderUpdate(table, step, report);
    case StepKind::kDelete:
      return RenderDelete(table, step, report);
  }
  return "";
}

std::string RenderGeneratingRow(const SchemaIndex& schema, const Step& step) {
  const v1::Table& table = schema.table(step.table);
  std::string columns, values;
  int parameter = 0;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    if (static_cast<int>(i) == step.generated) continue;
    const v1::Column& column = table.columns(step.columns[i]);
    absl::string_view comma = columns.empty() ? "" : ", ";
    absl::StrAppend(&columns, comma, QuoteName(column.name()));
    absl::StrAppend(&values, comma, "$", ++parameter, "::", SqlType(column.type()));
  }
  AppendMovedVersion(table, step, columns, values);
  std::string returning = QuoteName(table.columns(step.columns[step.generated]).name());
  if (columns.empty()) return absl::StrCat("INSERT INTO ", QuoteTable(table), " DEFAULT VALUES RETURNING ", returning);
  return absl::StrCat("INSERT INTO ", QuoteTable(table), " (", columns, ") VALUES (", values, ") RETURNING ", returning);
}

std::string RenderVersions(const SchemaIndex& schema, const Step& step) {
  const v1::Table& table = schema.table(step.table);
  Unnest unnest(table);
  std::string condition;
  for (uint32_t column : table.primary_key()) {
    absl::StrAppend(&condition, condition.empty() ? "" : " AND ", "t.", QuoteName(table.columns(static_cast<int>(column)).name()),
                    " = ", unnest.Add(column));
  }
  return absl::StrCat("SELECT v.place, ", VersionText(table, step), " FROM ", unnest.Clause(Report::kVersions), " JOIN ",
                      QuoteTable(table), " AS t ON ", condition);
}

std::string RenderMissing(const SchemaIndex& schema, const Step& step) {
  const v1::Table& table = schema.table(step.table);
  Unnest unnest(table);
  const std::string condition = RowCondition(table, step, unnest);
  return absl::StrCat("SELECT v.place FROM ", unnest.Clause(Report::kPlaces), " WHERE NOT EXISTS (SELECT FROM ", QuoteTable(table),
                      " AS t WHERE ", condition, ")");
}

std::string RenderChanged(const SchemaIndex& schema, const Step& step) {
  const v1::Table& table = schema.table(step.table);
  Unnest unnest(table);
  const std::string condition = RowCondition(table, step, unnest, /*changed=*/true);
  return absl::StrCat("SELECT v.place FROM ", unnest.Clause(Report::kPlaces), " JOIN ", QuoteTable(table), " AS t ON ", condition);
}

RenderedStep RenderStep(const SchemaIndex& schema, const Step& step) {
  if (step.kind == StepKind::kInsert && step.generated >= 0 &&
      !SequenceCanFill(schema.table(step.table).columns(step.columns[step.generated]).type().kind())) {
    return {RenderGeneratingRow(schema, step), v1::PARAMETER_STYLE_ROW};
  }
  return {RenderArrays(schema, step), v1::PARAMETER_STYLE_ARRAYS};
}

bool MayCopy(const Step& step, const InsertFacts& facts) { return IsWorthCopying(step) && facts.copyable.contains(step.table); }

RenderedStep RenderStep(const SchemaIndex& schema, const Step& step, const InsertFacts& facts) {
  const bool generates = step.kind == StepKind::kInsert && step.generated >= 0;
  if (generates && !facts.drawn.contains({step.table, step.columns[step.generated]})) {
    return {RenderGeneratingRow(schema, step), v1::PARAMETER_STYLE_ROW};
  }
  if (MayCopy(step, facts)) return {RenderCopy(schema, step), v1::PARAMETER_STYLE_COPY};
  return {RenderArrays(schema, step), v1::PARAMETER_STYLE_ARRAYS};
}

}  // namespace uow::postgres
