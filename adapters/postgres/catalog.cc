#include "adapters/postgres/catalog.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "adapters/postgres/catalog_types.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

// Tables of our own and of the system are left out; partitions are written through their root.
constexpr char kTables[] = R"sql(SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> 'uow_saves'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C")sql";

constexpr char kColumns[] = R"sql(SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
  a.attidentity <> '', a.attgenerated <> '', pg_catalog.pg_get_expr(d.adbin, d.adrelid)
FROM pg_catalog.pg_attribute AS a LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum)sql";

// Primary keys, and unique constraints and indexes over plain columns.
constexpr char kKeys[] = R"sql(SELECT i.indrelid, c.relname, i.indisprimary, i.indkey, i.indnkeyatts,
  NOT i.indimmediate
FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY i.indrelid, c.relname COLLATE "C")sql";

// Without the copies that PostgreSQL keeps of constraints for partitions.
constexpr char kForeignKeys[] = R"sql(SELECT conrelid, conname, conkey, confrelid, confkey, confdeltype, confupdtype, condeferrable
FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conparentid = 0
ORDER BY conrelid, conname COLLATE "C")sql";

// Column numbers of an int2vector, "1 2", or of an array, "{1,2}".
std::vector<int> Numbers(absl::string_view text) {
  std::vector<int> numbers;
  for (absl::string_view part : absl::StrSplit(text, absl::ByAnyChar("{}, "), absl::SkipEmpty())) {
    int number = 0;
    if (absl::SimpleAtoi(part, &number)) numbers.push_back(number);
  }
  return numbers;
}

v1::ReferentialAction ActionOf(char code) {
  switch (code) {
    case 'r':
      return v1::REFERENTIAL_ACTION_RESTRICT;
    case 'c':
      return v1::REFERENTIAL_ACTION_CASCADE;
    case 'n':
      return v1::REFERENTIAL_ACTION_SET_NULL;
    case 'd':
      return v1::REFERENTIAL_ACTION_SET_DEFAULT;
    default:
      return v1::REFERENTIAL_ACTION_UNSPECIFIED;
  }
}

// Builds the description from the four queries.
class CatalogReader {
 public:
  explicit CatalogReader(Link& link) : link_(link) {}

  absl::StatusOr<TargetDescription> Read();

 private:
  struct FoundTable {
    v1::Table table;
    std::vector<std::string> defaults;             // by column position; empty: none
    absl::flat_hash_map<int, uint32_t> positions;  // by attnum
    std::string why_not;                           // why it is left out
  };

  void AddTables(const Result& rows);
  void AddColumns(const Result& rows);
  void AddKeys(const Result& rows);
  void AddForeignKeys(const Result& rows, const absl::flat_hash_map<uint32_t, uint32_t>& table_positions);
  FoundTable* Find(uint32_t oid) {
    auto found = places_.find(oid);
    return found == places_.end() ? nullptr : &tables_[found->second];
  }
  // Positions of columns by their numbers; empty where one isn't a column that a session can see.
  static std::vector<uint32_t> Positions(const FoundTable& found, const std::vector<int>& numbers);
  // A key column is generated where its default is computed anew for each row; a constant isn't.
  static void MarkGeneratedKeys(FoundTable& found);

  Link& link_;
  CatalogTypes types_;
  std::vector<FoundTable> tables_;
  absl::flat_hash_map<uint32_t, size_t> places_;  // in tables_, by oid
};

absl::StatusOr<TargetDescription> CatalogReader::Read() {
  UOW_RETURN_IF_ERROR(types_.Load(link_));
  UOW_ASSIGN_OR_RETURN(Result tables, link_.Run(kTables));
  UOW_ASSIGN_OR_RETURN(Result columns, link_.Run(kColumns));
  UOW_ASSIGN_OR_RETURN(Result keys, link_.Run(kKeys));
  UOW_ASSIGN_OR_RETURN(Result foreign_keys, link_.Run(kForeignKeys));
  AddTables(tables);
  AddColumns(columns);
  AddKeys(keys);

  TargetDescription description;
  absl::flat_hash_map<uint32_t, uint32_t> table_positions;
  for (const auto& row : tables) {
    const uint32_t oid = row[0].as<uint32_t>();
    FoundTable& found = *Find(oid);
    if (found.why_not.empty() && found.table.primary_key().empty()) found.why_not = "it has no primary key";
    if (found.why_not.empty()) {
      table_positions.emplace(oid, table_positions.size());
      continue;
    }
    v1::SkippedTable& skipped = description.skipped.emplace_back();
    skipped.set_namespace_(found.table.namespace_());
    skipped.set_name(found.table.name());
    skipped.set_why(found.why_not);
  }
  AddForeignKeys(foreign_keys, table_positions);
  for (FoundTable& found : tables_) {
    if (found.why_not.empty()) *description.schema.add_tables() = std::move(found.table);
  }
  return description;
}

void CatalogReader::AddTables(const Result& rows) {
  for (const auto& row : rows) {
    places_[row[0].as<uint32_t>()] = tables_.size();
    FoundTable& found = tables_.emplace_back();
    found.table.set_namespace_(row[1].c_str());
    found.table.set_name(row[2].c_str());
    const char kind = row[3].c_str()[0];
    if (row[4].as<bool>()) {
      found.why_not = "it is a partition; use the partitioned table";
    } else if (kind == 'f') {
      found.why_not = "it is a foreign table: its rows are outside of the transaction";
    } else if (kind == 'v' || kind == 'm') {
      found.why_not = "it is a view";
    }
  }
}

void CatalogReader::AddColumns(const Result& rows) {
  for (const auto& row : rows) {
    FoundTable* found = Find(row[0].as<uint32_t>());
    if (found == nullptr) continue;
    const uint32_t type = row[3].as<uint32_t>();
    const bool identity = row[6].as<bool>();
    const bool computed = row[7].as<bool>();
    found->positions[row[1].as<int>()] = found->table.columns_size();
    v1::Column& column = *found->table.add_columns();
    column.set_name(row[2].c_str());
    *column.mutable_type() = types_.TypeOf(type, row[4].as<int32_t>());
    column.set_max_length(types_.MaxLength(type, row[4].as<int32_t>()));
    column.set_nullable(!row[5].as<bool>() && !types_.IsNotNull(type));
    column.set_has_default(identity || !row[8].is_null() || types_.HasDefault(type));
    if (computed) column.set_generation(v1::GENERATION_COMPUTED);
    // An identity column has no default expression; what it does is the same as one.
    found->defaults.emplace_back(computed ? "" : identity ? "nextval()" : row[8].is_null() ? "" : row[8].c_str());
  }
}

std::vector<uint32_t> CatalogReader::Positions(const FoundTable& found, const std::vector<int>& numbers) {
  std::vector<uint32_t> positions;
  for (int number : numbers) {
    auto it = found.positions.find(number);
    if (it == found.positions.end()) return {};
    positions.push_back(it->second);
  }
  return positions;
}

void CatalogReader::MarkGeneratedKeys(FoundTable& found) {
  for (uint32_t position : found.table.primary_key()) {
    v1::Column& column = *found.table.mutable_columns(position);
    if (column.generation() == v1::GENERATION_COMPUTED) found.why_not = "its primary key is computed";
    if (absl::StrContains(found.defaults[position], "(")) column.set_generation(v1::GENERATION_KEY);
  }
}

void CatalogReader::AddKeys(const Result& rows) {
  for (const auto& row : rows) {
    FoundTable* found = Find(row[0].as<uint32_t>());
    if (found == nullptr) continue;
    std::vector<int> numbers = Numbers(row[3].c_str());
    numbers.resize(std::min<size_t>(numbers.size(), row[4].as<size_t>()));  // behind them come columns that are only included
    const std::vector<uint32_t> positions = Positions(*found, numbers);
    if (positions.empty()) continue;
    if (row[2].as<bool>()) {
      found->table.mutable_primary_key()->Assign(positions.begin(), positions.end());
      MarkGeneratedKeys(*found);
      continue;
    }
    v1::UniqueConstraint& unique = *found->table.add_uniques();
    unique.set_name(row[1].c_str());
    unique.mutable_columns()->Assign(positions.begin(), positions.end());
    unique.set_deferrable(row[5].as<bool>());
  }
}

void CatalogReader::AddForeignKeys(const Result& rows, const absl::flat_hash_map<uint32_t, uint32_t>& table_positions) {
  for (const auto& row : rows) {
    FoundTable* from = Find(row[0].as<uint32_t>());
    const FoundTable* to = Find(row[3].as<uint32_t>());
    auto position = table_positions.find(row[3].as<uint32_t>());
    // A session can't change a table that was left out, so nothing needs an order against it.
    if (from == nullptr || to == nullptr || position == table_positions.end()) continue;
    v1::ForeignKey fk;
    const std::vector<uint32_t> columns = Positions(*from, Numbers(row[2].c_str()));
    const std::vector<uint32_t> referenced = Positions(*to, Numbers(row[4].c_str()));
    fk.set_name(row[1].c_str());
    fk.mutable_columns()->Assign(columns.begin(), columns.end());
    fk.set_referenced_table(position->second);
    fk.mutable_referenced_columns()->Assign(referenced.begin(), referenced.end());
    fk.set_on_delete(ActionOf(row[5].c_str()[0]));
    fk.set_on_update(ActionOf(row[6].c_str()[0]));
    fk.set_deferrable(row[7].as<bool>());
    *from->table.add_foreign_keys() = std::move(fk);
  }
}

}  // namespace

absl::StatusOr<TargetDescription> ReadCatalog(Link& link) {
  UOW_RETURN_IF_ERROR(link.Run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").status());
  absl::StatusOr<TargetDescription> description = CatalogReader(link).Read();
  absl::Status ended = link.Run("ROLLBACK").status();
  if (description.ok() && !ended.ok()) return ended;
  return description;
}

}  // namespace uow::postgres
