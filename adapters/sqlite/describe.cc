#include "adapters/sqlite/describe.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/sqlite/types.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

constexpr char kMarkerTable[] = "uow_saves";

// What PRAGMA table_list says of a table.
struct Listed {
  std::string name;
  std::string type;
  bool without_rowid = false;
};

v1::ReferentialAction ActionNamed(absl::string_view name) {
  if (name == "CASCADE") return v1::REFERENTIAL_ACTION_CASCADE;
  if (name == "RESTRICT") return v1::REFERENTIAL_ACTION_RESTRICT;
  if (name == "SET NULL") return v1::REFERENTIAL_ACTION_SET_NULL;
  if (name == "SET DEFAULT") return v1::REFERENTIAL_ACTION_SET_DEFAULT;
  return v1::REFERENTIAL_ACTION_UNSPECIFIED;
}

// Whether a default is computed anew for each row, and not a literal.
bool IsExpression(absl::string_view text) {
  double number;
  return !(absl::StartsWith(text, "'") || absl::StartsWith(text, "\"") || absl::StartsWithIgnoreCase(text, "x'") ||
           absl::EqualsIgnoreCase(text, "null") || absl::EqualsIgnoreCase(text, "true") || absl::EqualsIgnoreCase(text, "false") ||
           absl::SimpleAtod(text, &number));
}

class Describer {
 public:
  explicit Describer(Database& database) : database_(database) {}

  absl::StatusOr<TargetDescription> Describe() {
    UOW_ASSIGN_OR_RETURN(std::vector<Listed> tables, ListTables());
    for (const Listed& listed : tables) {
      if (listed.type != "table") {
        Skip(listed.name, listed.type == "view" ? "it is a view" : absl::StrCat("it is a ", listed.type, " table"));
        continue;
      }
      v1::Table table;
      table.set_name(listed.name);
      UOW_RETURN_IF_ERROR(AddColumns(table));
      if (table.primary_key().empty()) {
        Skip(listed.name, "it has no primary key");
        continue;
      }
      UOW_RETURN_IF_ERROR(AddUniques(table, listed.without_rowid));
      positions_[absl::AsciiStrToLower(table.name())] = description_.schema.tables_size();
      *description_.schema.add_tables() = std::move(table);
    }
    for (v1::Table& table : *description_.schema.mutable_tables()) UOW_RETURN_IF_ERROR(AddForeignKeys(table));
    return std::move(description_);
  }

 private:
  void Skip(const std::string& name, const std::string& why) {
    v1::SkippedTable& skipped = description_.skipped.emplace_back();
    skipped.set_name(name);
    skipped.set_why(why);
  }

  absl::StatusOr<std::vector<Listed>> ListTables() {
    UOW_ASSIGN_OR_RETURN(Statement list, database_.Prepare("SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND "
                                                           "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
    std::vector<Listed> tables;
    int code;
    while ((code = list.Step()) == SQLITE_ROW) {
      if (absl::EqualsIgnoreCase(list.Text(0), kMarkerTable)) continue;
      tables.push_back({list.Text(0), list.Text(1), list.Int(2) != 0});
    }
    if (code != SQLITE_DONE) return database_.Error(code);
    return tables;
  }

  absl::Status AddColumns(v1::Table& table) {
    UOW_ASSIGN_OR_RETURN(
        Statement info,
        database_.Prepare("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main')"));
    info.Bind(1, table.name());
    std::map<int64_t, uint32_t> key;
    int code;
    while ((code = info.Step()) == SQLITE_ROW) {
      v1::Column& column = *table.add_columns();
      column.set_name(info.Text(0));
      *column.mutable_type() = TypeOf(info.Text(1));
      const bool in_key = info.Int(4) > 0;
      column.set_nullable(info.Int(2) == 0 && !in_key);
      column.set_has_default(!info.IsNull(3));
      if (info.Int(5) == 2 || info.Int(5) == 3) {
        column.set_generation(v1::GENERATION_COMPUTED);
      } else if (in_key && !info.IsNull(3) && IsExpression(info.Text(3))) {
        column.set_generation(v1::GENERATION_KEY);
      }
      if (in_key) key[info.Int(4)] = table.columns_size() - 1;
      if (in_key && info.Int(4) == 1 && absl::EqualsIgnoreCase(info.Text(1), "INTEGER")) integer_key_ = table.columns_size() - 1;
    }
    if (code != SQLITE_DONE) return database_.Error(code);
    for (const auto& [place, column] : key) table.add_primary_key(column);
    return absl::OkStatus();
  }

  // Unique constraints and indexes over plain columns of all rows. The index of the primary key tells whether the key is the rowid:
  // then there is none.
  absl::Status AddUniques(v1::Table& table, bool without_rowid) {
    UOW_ASSIGN_OR_RETURN(Statement list, database_.Prepare("SELECT name, origin, partial FROM pragma_index_list(?1, 'main') WHERE "
                                                           "\"unique\" = 1 ORDER BY name"));
    list.Bind(1, table.name());
    bool key_is_rowid = !without_rowid && table.primary_key_size() == 1 && integer_key_ == int64_t{table.primary_key(0)};
    int code;
    while ((code = list.Step()) == SQLITE_ROW) {
      if (list.Text(1) == "pk") {
        key_is_rowid = false;
      } else if (list.Int(2) == 0) {
        UOW_RETURN_IF_ERROR(AddUnique(table, list.Text(0)));
      }
    }
    if (code != SQLITE_DONE) return database_.Error(code);
    if (key_is_rowid) {
      v1::Column& column = *table.mutable_columns(table.primary_key(0));
      column.set_generation(v1::GENERATION_KEY);
      column.set_has_default(true);
    }
    integer_key_ = -1;
    return absl::OkStatus();
  }

  absl::Status AddUnique(v1::Table& table, const std::string& index) {
    UOW_ASSIGN_OR_RETURN(Statement info, database_.Prepare("SELECT cid FROM pragma_index_info(?1, 'main') ORDER BY seqno"));
    info.Bind(1, index);
    v1::UniqueConstraint unique;
    unique.set_name(index);
    int code;
    while ((code = info.Step()) == SQLITE_ROW) {
      if (info.Int(0) < 0) return absl::OkStatus();  // an expression
      unique.add_columns(static_cast<uint32_t>(info.Int(0)));
    }
    if (code != SQLITE_DONE) return database_.Error(code);
    *table.add_uniques() = std::move(unique);
    return absl::OkStatus();
  }

  // A foreign key of the catalog: SQLite keeps no names of them.
  struct Reference {
    std::string parent;
    std::string on_update, on_delete;
    std::vector<std::string> columns, parent_columns;  // the latter empty where the parent's key is meant
  };

  absl::Status AddForeignKeys(v1::Table& table) {
    UOW_ASSIGN_OR_RETURN(Statement list, database_.Prepare("SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM "
                                                           "pragma_foreign_key_list(?1, 'main') ORDER BY id DESC, seq"));
    list.Bind(1, table.name());
    std::map<int64_t, Reference, std::greater<>> references;  // the numbers count down
    int code;
    while ((code = list.Step()) == SQLITE_ROW) {
      Reference& reference = references[list.Int(0)];
      reference.parent = list.Text(1);
      reference.columns.push_back(list.Text(2));
      if (!list.IsNull(3)) reference.parent_columns.push_back(list.Text(3));
      reference.on_update = list.Text(4);
      reference.on_delete = list.Text(5);
    }
    if (code != SQLITE_DONE) return database_.Error(code);
    for (const auto& [id, reference] : references) AddForeignKey(reference, table);
    return absl::OkStatus();
  }

  // A key that refers to what isn't in the schema orders nothing, and is left out.
  void AddForeignKey(const Reference& reference, v1::Table& table) const {
    auto position = positions_.find(absl::AsciiStrToLower(reference.parent));
    if (position == positions_.end()) return;
    const v1::Table& parent = description_.schema.tables(position->second);
    v1::ForeignKey key;
    key.set_referenced_table(position->second);
    key.set_on_delete(ActionNamed(reference.on_delete));
    key.set_on_update(ActionNamed(reference.on_update));
    // Every check waits for COMMIT under defer_foreign_keys, but for RESTRICT.
    key.set_deferrable(key.on_delete() != v1::REFERENTIAL_ACTION_RESTRICT && key.on_update() != v1::REFERENTIAL_ACTION_RESTRICT);
    for (const std::string& column : reference.columns) {
      int found = ColumnNamed(table, column);
      if (found < 0) return;
      key.add_columns(found);
    }
    if (reference.parent_columns.empty()) *key.mutable_referenced_columns() = parent.primary_key();
    for (const std::string& column : reference.parent_columns) {
      int found = ColumnNamed(parent, column);
      if (found < 0) return;
      key.add_referenced_columns(found);
    }
    if (key.columns_size() == key.referenced_columns_size()) *table.add_foreign_keys() = std::move(key);
  }

  static int ColumnNamed(const v1::Table& table, const std::string& name) {
    for (int c = 0; c < table.columns_size(); ++c) {
      if (absl::EqualsIgnoreCase(table.columns(c).name(), name)) return c;
    }
    return -1;
  }

  Database& database_;
  TargetDescription description_;
  std::map<std::string, uint32_t> positions_;  // by name in lower case
  int64_t integer_key_ = -1;                   // the key column declared INTEGER of the table at hand
};

}  // namespace

absl::StatusOr<TargetDescription> Describe(Database& database) {
  // One read transaction, so that the catalog can't change in between.
  UOW_RETURN_IF_ERROR(database.Execute("BEGIN"));
  absl::Cleanup end = [&database] { (void)database.Execute("ROLLBACK"); };
  return Describer(database).Describe();
}

}  // namespace uow::sqlite
