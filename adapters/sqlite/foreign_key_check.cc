#include "adapters/sqlite/foreign_key_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/quote.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

constexpr int kMaxRows = 1000;
constexpr int kMaxEntities = 100;

// A foreign key of the database with rows that break it.
struct BrokenKey {
  std::string table;
  std::string parent;
  std::vector<std::string> columns;         // of `table`
  std::vector<std::string> parent_columns;  // of `parent`
};

// How a value reads as text in SQLite, for comparing a plan's values with the database's. Types whose text may differ don't match,
// and so name no row.
std::string AsText(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kBoolValue:
      return value.bool_value() ? "1" : "0";
    case v1::Value::kInt64Value:
      return absl::StrCat(value.int64_value());
    case v1::Value::kUint64Value:
      return absl::StrCat(value.uint64_value());
    case v1::Value::kDecimalValue:
      return value.decimal_value();
    case v1::Value::kTextValue:
      return value.text_value();
    case v1::Value::kTimeValue:
      return value.time_value();
    case v1::Value::kJsonValue:
      return value.json_value();
    case v1::Value::kBytesValue:
      return value.bytes_value();
    default:
      return "";
  }
}

void AppendPart(absl::string_view text, std::string& bytes) { absl::StrAppend(&bytes, text.size(), ":", text); }

// Traces rows of the database to rows of the plan.
class PlanRows {
 public:
  struct Found {
    const Step* step = nullptr;
    const StepRow* row = nullptr;
  };

  PlanRows(const SchemaIndex& schema, const std::vector<const Step*>& steps, const HandleMap& keys)
      : schema_(schema), steps_(steps), keys_(keys) {}

  // The row of the plan that was written, or deleted, and has these values in these columns.
  Found Find(const std::string& table, const std::vector<std::string>& columns, bool deleted, const std::string& tuple) {
    auto [it, added] = indexes_.try_emplace(std::make_tuple(absl::AsciiStrToLower(table), columns, deleted));
    if (added) BuildIndex(table, columns, deleted, it->second);
    auto found = it->second.find(tuple);
    return found == it->second.end() ? Found() : found->second;
  }

 private:
  using Index = absl::flat_hash_map<std::string, Found>;

  void BuildIndex(const std::string& table, const std::vector<std::string>& columns, bool deleted, Index& index) const {
    for (const Step* step : steps_) {
      const v1::Table& definition = schema_.table(step->table);
      if ((step->kind == StepKind::kDelete) != deleted || !absl::EqualsIgnoreCase(definition.name(), table)) continue;
      std::vector<uint32_t> positions;
      for (const std::string& column : columns) {
        for (int c = 0; c < definition.columns_size(); ++c) {
          if (absl::EqualsIgnoreCase(definition.columns(c).name(), column)) positions.push_back(c);
        }
      }
      if (positions.size() != columns.size()) continue;
      for (const StepRow& row : step->rows) {
        std::string tuple;
        if (AppendTuple(*step, row, positions, tuple)) index.try_emplace(std::move(tuple), Found{step, &row});
      }
    }
  }

  bool AppendTuple(const Step& step, const StepRow& row, const std::vector<uint32_t>& columns, std::string& tuple) const {
    for (uint32_t column : columns) {
      const v1::Value* value = ValueOf(step, row, column);
      if (value != nullptr) value = keys_.Resolve(*value);
      if (value == nullptr) return false;
      AppendPart(AsText(*value), tuple);
    }
    return true;
  }

  const SchemaIndex& schema_;
  const std::vector<const Step*>& steps_;
  const HandleMap& keys_;
  std::map<std::tuple<std::string, std::vector<std::string>, bool>, Index> indexes_;
};

absl::StatusOr<std::vector<std::string>> PrimaryKey(Database& database, const std::string& table) {
  UOW_ASSIGN_OR_RETURN(Statement info, database.Prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk"));
  info.Bind(1, table);
  std::vector<std::string> columns;
  int code;
  while ((code = info.Step()) == SQLITE_ROW) columns.push_back(info.Text(0));
  if (code != SQLITE_DONE) return database.Error(code);
  return columns;
}

absl::StatusOr<std::vector<BrokenKey>> FindBrokenKeys(Database& database) {
  std::set<std::pair<std::string, int64_t>> broken;  // table and number of the key
  UOW_ASSIGN_OR_RETURN(Statement check, database.Prepare("PRAGMA foreign_key_check"));
  int code;
  while ((code = check.Step()) == SQLITE_ROW) broken.emplace(check.Text(0), check.Int(3));
  if (code != SQLITE_DONE) return database.Error(code);

  std::vector<BrokenKey> keys;
  for (const auto& [table, number] : broken) {
    BrokenKey key;
    key.table = table;
    UOW_ASSIGN_OR_RETURN(Statement list, database.Prepare("SELECT \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) "
                                                          "WHERE id = ?2 ORDER BY seq"));
    list.Bind(1, table);
    list.Bind(2, number);
    while ((code = list.Step()) == SQLITE_ROW) {
      key.parent = list.Text(0);
      key.columns.push_back(list.Text(1));
      if (!list.IsNull(2)) key.parent_columns.push_back(list.Text(2));
    }
    if (code != SQLITE_DONE) return database.Error(code);
    if (key.parent_columns.empty()) {
      UOW_ASSIGN_OR_RETURN(key.parent_columns, PrimaryKey(database, key.parent));
    }
    if (key.parent_columns.size() == key.columns.size()) keys.push_back(std::move(key));
  }
  return keys;
}

// Reads the primary key and the foreign key of rows that refer to nothing.
absl::StatusOr<Statement> SelectBrokenRows(Database& database, const BrokenKey& key, const std::vector<std::string>& primary_key) {
  std::vector<std::string> selected, present, matched;
  for (const std::string& column : primary_key) selected.push_back(absl::StrCat("c.", QuoteName(column)));
  for (size_t i = 0; i < key.columns.size(); ++i) {
    std::string column = absl::StrCat("c.", QuoteName(key.columns[i]));
    selected.push_back(column);
    present.push_back(absl::StrCat(column, " IS NOT NULL"));
    matched.push_back(absl::StrCat("p.", QuoteName(key.parent_columns[i]), " = ", column));
  }
  return database.Prepare(absl::StrCat("SELECT ", absl::StrJoin(selected, ", "), " FROM main.", QuoteName(key.table), " c WHERE ",
                                       absl::StrJoin(present, " AND "), " AND NOT EXISTS (SELECT 1 FROM main.",
                                       QuoteName(key.parent), " p WHERE ", absl::StrJoin(matched, " AND "), ") LIMIT ", kMaxRows));
}

// The entities of the plan that break a key, into `detail`. Sets `deleted` where the first one is a row that the plan deletes.
absl::Status AddEntities(Database& database, const SchemaIndex& schema, const BrokenKey& key, PlanRows& plan,
                         v1::ErrorDetail& detail, bool& deleted) {
  UOW_ASSIGN_OR_RETURN(std::vector<std::string> primary_key, PrimaryKey(database, key.table));
  UOW_ASSIGN_OR_RETURN(Statement select, SelectBrokenRows(database, key, primary_key));
  std::set<const StepRow*> seen;
  int code;
  while ((code = select.Step()) == SQLITE_ROW && detail.entities_size() < kMaxEntities) {
    std::string child, parent;
    const int split = static_cast<int>(primary_key.size());
    for (int i = 0; i < split; ++i) AppendPart(select.Text(i), child);
    for (int i = split; i < split + static_cast<int>(key.columns.size()); ++i) AppendPart(select.Text(i), parent);
    PlanRows::Found found = plan.Find(key.table, primary_key, false, child);
    if (found.row == nullptr) found = plan.Find(key.parent, key.parent_columns, true, parent);
    if (found.row == nullptr || !seen.insert(found.row).second) continue;
    if (detail.entities().empty()) {
      detail.set_offset(found.row->offset);
      deleted = found.step->kind == StepKind::kDelete;
    }
    *detail.add_entities() = EntityOf(schema, *found.step, *found.row);
  }
  return code == SQLITE_DONE || code == SQLITE_ROW ? absl::OkStatus() : database.Error(code);
}

std::string ConstraintName(const SchemaIndex& schema, const BrokenKey& broken) {
  for (const v1::Table& table : schema.proto().tables()) {
    if (!absl::EqualsIgnoreCase(table.name(), broken.table)) continue;
    for (const v1::ForeignKey& key : table.foreign_keys()) {
      bool same = key.columns_size() == static_cast<int>(broken.columns.size());
      for (int i = 0; same && i < key.columns_size(); ++i) {
        same = absl::EqualsIgnoreCase(table.columns(key.columns(i)).name(), broken.columns[i]);
      }
      if (same) return key.name();
    }
  }
  return "";
}

}  // namespace

absl::Status NameForeignKeyFailure(Database& database, const SchemaIndex& schema, const std::vector<const Step*>& steps,
                                   const HandleMap& keys, const absl::Status& error) {
  absl::StatusOr<std::vector<BrokenKey>> broken = FindBrokenKeys(database);
  if (!broken.ok()) return error;
  PlanRows plan(schema, steps, keys);
  for (const BrokenKey& key : *broken) {
    v1::ErrorDetail detail = DetailOf(error).value_or(v1::ErrorDetail());
    bool deleted = false;
    if (!AddEntities(database, schema, key, plan, detail, deleted).ok() || detail.entities().empty()) continue;
    for (const std::string& column : key.columns) detail.add_columns(column);
    detail.set_constraint(ConstraintName(schema, key));
    return MakeError(v1::ERROR_REASON_CONSTRAINT_FOREIGN_KEY,
                     absl::StrCat(key.table, " (", absl::StrJoin(key.columns, ", "), ") refers to a row of ", key.parent, " that ",
                                  deleted ? "the save deletes" : "doesn't exist", ", event ", detail.offset(),
                                  "; roll the change back, or create or keep the row that is referred to"),
                     detail);
  }
  return error;
}

}  // namespace uow::sqlite
