#include "adapters/mysql/catalog.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/mysql/column_type.h"
#include "adapters/mysql/quote.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

constexpr char kTables[] =
    "SELECT t.TABLE_NAME, t.TABLE_TYPE, t.ENGINE, e.TRANSACTIONS FROM information_schema.TABLES AS t "
    "LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE "
    "WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME <> 'uow_saves'";

constexpr char kColumns[] =
    "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA FROM information_schema.COLUMNS "
    "WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION";

// What MariaDB makes of a column that is declared as JSON.
constexpr char kJsonChecks[] =
    "SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()";

constexpr char kUniques[] =
    "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND "
    "NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";

constexpr char kForeignKeys[] =
    "SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, "
    "r.UPDATE_RULE FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r ON "
    "r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME "
    "WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_SCHEMA = DATABASE() "
    "ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION";

const std::string& Text(const Row& row, size_t column) {
  static const std::string kNone;
  return row[column] ? *row[column] : kNone;
}

v1::ReferentialAction ActionOf(absl::string_view rule) {
  if (rule == "RESTRICT") return v1::REFERENTIAL_ACTION_RESTRICT;
  if (rule == "CASCADE") return v1::REFERENTIAL_ACTION_CASCADE;
  if (rule == "SET NULL") return v1::REFERENTIAL_ACTION_SET_NULL;
  if (rule == "SET DEFAULT") return v1::REFERENTIAL_ACTION_SET_DEFAULT;
  return v1::REFERENTIAL_ACTION_UNSPECIFIED;
}

// Builds the description from the queries.
class CatalogReader {
 public:
  explicit CatalogReader(Link& link) : link_(link) {}

  absl::StatusOr<TargetDescription> Read();

 private:
  struct FoundTable {
    v1::Table table;
    absl::flat_hash_map<std::string, uint32_t> positions;  // of columns
    std::set<uint32_t> computed_defaults;                  // columns whose default is computed anew for each row
    std::string why_not;                                   // why it is left out
  };

  void AddTables(const std::vector<Row>& rows);
  void AddColumns(const std::vector<Row>& rows, const std::vector<Row>& json_checks);
  void AddUniques(const std::vector<Row>& rows);
  static void AddUnique(const std::string& name, const std::vector<const Row*>& parts, FoundTable& found);
  void AddForeignKeys(const std::vector<Row>& rows);
  FoundTable* Find(const std::string& name) {
    auto found = tables_.find(name);
    return found == tables_.end() ? nullptr : &found->second;
  }

  Link& link_;
  std::map<std::string, FoundTable> tables_;
  absl::flat_hash_map<std::string, uint32_t> positions_;  // of tables that are not left out
};

absl::StatusOr<TargetDescription> CatalogReader::Read() {
  UOW_ASSIGN_OR_RETURN(Result tables, link_.Run(kTables));
  UOW_ASSIGN_OR_RETURN(Result columns, link_.Run(kColumns));
  Result json_checks;
  if (link_.facts().product == Product::kMariaDb) {
    UOW_ASSIGN_OR_RETURN(json_checks, link_.Run(kJsonChecks));
  }
  UOW_ASSIGN_OR_RETURN(Result uniques, link_.Run(kUniques));
  UOW_ASSIGN_OR_RETURN(Result foreign_keys, link_.Run(kForeignKeys));
  AddTables(tables.rows);
  AddColumns(columns.rows, json_checks.rows);
  AddUniques(uniques.rows);

  TargetDescription description;
  for (auto& [name, found] : tables_) {
    if (found.why_not.empty() && found.table.primary_key().empty()) found.why_not = "it has no primary key";
    if (found.why_not.empty()) {
      positions_.emplace(name, static_cast<uint32_t>(positions_.size()));
      continue;
    }
    v1::SkippedTable& skipped = description.skipped.emplace_back();
    skipped.set_name(name);
    skipped.set_why(found.why_not);
  }
  AddForeignKeys(foreign_keys.rows);
  for (auto& [name, found] : tables_) {
    if (found.why_not.empty()) *description.schema.add_tables() = std::move(found.table);
  }
  return description;
}

void CatalogReader::AddTables(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    FoundTable& found = tables_[Text(row, 0)];
    found.table.set_name(Text(row, 0));
    const std::string& type = Text(row, 1);
    if (type == "VIEW" || type == "SYSTEM VIEW") {
      found.why_not = "it is a view";
    } else if (type == "SEQUENCE") {
      found.why_not = "it is a sequence";
    } else if (Text(row, 3) == "NO") {
      found.why_not = absl::StrCat("its engine, ", Text(row, 2), ", knows no transactions");
    }
  }
}

void CatalogReader::AddColumns(const std::vector<Row>& rows, const std::vector<Row>& json_checks) {
  std::set<std::pair<std::string, std::string>> checks;
  for (const Row& row : json_checks) checks.emplace(Text(row, 0), Text(row, 1));
  for (const Row& row : rows) {
    FoundTable* found = Find(Text(row, 0));
    if (found == nullptr) continue;
    const std::string& name = Text(row, 1);
    const uint32_t position = found->table.columns_size();
    found->positions[name] = position;
    const bool is_json = checks.count({Text(row, 0), absl::StrCat("json_valid(", Quote(name), ")")}) > 0;
    const std::string& extra = Text(row, 6);
    v1::Column& column = *found->table.add_columns();
    column.set_name(name);
    *column.mutable_type() = TypeOf(Text(row, 2), Text(row, 3), is_json);
    SetLimits(Text(row, 2), Text(row, 3), column);
    column.set_nullable(Text(row, 4) == "YES");
    if (absl::StrContains(extra, "VIRTUAL GENERATED") || absl::StrContains(extra, "STORED GENERATED")) {
      column.set_generation(v1::GENERATION_COMPUTED);
      continue;
    }
    const bool automatic = absl::StrContains(extra, "auto_increment");
    // MariaDB quotes constants in COLUMN_DEFAULT, and spells a missing default of a nullable column as NULL; MySQL marks
    // expressions.
    const std::string& value = Text(row, 5);
    const bool computed = link_.facts().product == Product::kMariaDb
                              ? !absl::StartsWith(value, "'") && absl::StrContains(value, "(")
                              : absl::StrContains(extra, "DEFAULT_GENERATED");
    column.set_has_default(automatic || (row[5] && value != "NULL"));
    if (automatic || computed) found->computed_defaults.insert(position);
  }
}

void CatalogReader::AddUniques(const std::vector<Row>& rows) {
  for (size_t begin = 0; begin < rows.size();) {
    std::vector<const Row*> parts;
    size_t end = begin;
    for (; end < rows.size() && rows[end][0] == rows[begin][0] && rows[end][1] == rows[begin][1]; ++end)
      parts.push_back(&rows[end]);
    if (FoundTable* found = Find(Text(rows[begin], 0))) AddUnique(Text(rows[begin], 1), parts, *found);
    begin = end;
  }
}

void CatalogReader::AddUnique(const std::string& name, const std::vector<const Row*>& parts, FoundTable& found) {
  const bool primary = name == "PRIMARY";
  std::vector<uint32_t> positions;
  for (const Row* part : parts) {
    auto position = found.positions.find(Text(*part, 2));
    if ((*part)[3] || position == found.positions.end()) {
      // Over the beginning of a column, or an expression.
      if (primary) found.why_not = "its primary key has only the beginning of a column";
      return;
    }
    positions.push_back(position->second);
  }
  if (!primary) {
    v1::UniqueConstraint& unique = *found.table.add_uniques();
    unique.set_name(name);
    unique.mutable_columns()->Assign(positions.begin(), positions.end());
    return;
  }
  found.table.mutable_primary_key()->Assign(positions.begin(), positions.end());
  for (uint32_t position : positions) {
    v1::Column& column = *found.table.mutable_columns(static_cast<int>(position));
    if (column.generation() == v1::GENERATION_COMPUTED) found.why_not = "its primary key is computed";
    if (found.computed_defaults.count(position) > 0) column.set_generation(v1::GENERATION_KEY);
  }
}

void CatalogReader::AddForeignKeys(const std::vector<Row>& rows) {
  v1::ForeignKey* key = nullptr;
  for (size_t r = 0; r < rows.size(); ++r) {
    const Row& row = rows[r];
    FoundTable* from = Find(Text(row, 0));
    const FoundTable* to = Find(Text(row, 3));
    auto position = positions_.find(Text(row, 3));
    // A session can't change a table that was left out, so nothing needs an order against it.
    if (from == nullptr || to == nullptr || position == positions_.end()) {
      key = nullptr;
      continue;
    }
    if (r == 0 || key == nullptr || rows[r - 1][0] != row[0] || rows[r - 1][1] != row[1]) {
      key = from->table.add_foreign_keys();
      key->set_name(Text(row, 1));
      key->set_referenced_table(position->second);
      key->set_on_delete(ActionOf(Text(row, 5)));
      key->set_on_update(ActionOf(Text(row, 6)));
    }
    auto column = from->positions.find(Text(row, 2));
    auto referenced = to->positions.find(Text(row, 4));
    if (column == from->positions.end() || referenced == to->positions.end()) continue;
    key->add_columns(column->second);
    key->add_referenced_columns(referenced->second);
  }
}

}  // namespace

absl::StatusOr<TargetDescription> ReadCatalog(Link& link) { return CatalogReader(link).Read(); }

}  // namespace uow::mysql
