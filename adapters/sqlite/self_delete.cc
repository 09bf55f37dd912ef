#include "adapters/sqlite/self_delete.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "adapters/plan/row_graph.h"
#include "adapters/quote.h"
#include "adapters/sqlite/render.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

// The foreign keys of a table that refer to itself, and the statement that reads a row's values in their columns.
struct SelfReferences {
  std::vector<const v1::ForeignKey*> keys;
  std::string sql;
};

SelfReferences FindReferences(const v1::Table& table, uint32_t position, const Step& step) {
  SelfReferences self;
  std::string columns;
  auto add = [&](uint32_t column) {
    absl::StrAppend(&columns, columns.empty() ? "" : ", ", QuoteName(table.columns(column).name()));
  };
  for (const v1::ForeignKey& key : table.foreign_keys()) {
    if (key.referenced_table() != position) continue;
    self.keys.push_back(&key);
    for (uint32_t column : key.columns()) add(column);
    for (uint32_t column : key.referenced_columns()) add(column);
  }
  self.sql = absl::StrCat("SELECT ", columns, " FROM ", QuoteTable(table), " WHERE ", RenderKeyCondition(table, step));
  return self;
}

// Bytes of `count` columns of the row from `first` on; empty where one of them is NULL.
std::string TupleBytes(const Statement& statement, int first, int count) {
  std::string bytes;
  for (int i = first; i < first + count; ++i) {
    if (statement.IsNull(i)) return "";
    std::string text = statement.Text(i);
    absl::StrAppend(&bytes, text.size(), ":", text);
  }
  return bytes;
}

}  // namespace

bool RefersToItself(const SchemaIndex& schema, uint32_t table) {
  const auto& keys = schema.table(table).foreign_keys();
  return std::any_of(keys.begin(), keys.end(), [table](const v1::ForeignKey& key) { return key.referenced_table() == table; });
}

absl::StatusOr<SelfDeletes> FindSelfDeletes(Database& database, const SchemaIndex& schema, const Step& step, const HandleMap& keys,
                                            const RowBinder& binder) {
  const SelfReferences self = FindReferences(schema.table(step.table), step.table, step);
  UOW_ASSIGN_OR_RETURN(Statement read, database.Prepare(self.sql));
  SelfDeletes deletes;
  std::vector<const StepRow*> rows;
  // By foreign key: the rows by what they are referred to by, and what each row refers to.
  std::vector<absl::flat_hash_map<std::string, uint32_t>> referenced(self.keys.size());
  std::vector<std::vector<std::string>> references(self.keys.size());
  for (const StepRow& row : step.rows) {
    UOW_RETURN_IF_ERROR(binder.Bind(row, keys, read));
    const int code = read.Step();
    if (code == SQLITE_DONE) {
      deletes.missing.push_back(&row);
    } else if (code != SQLITE_ROW) {
      return database.Error(code);
    } else {
      int column = 0;
      for (size_t k = 0; k < self.keys.size(); ++k) {
        const int width = self.keys[k]->columns_size();
        references[k].push_back(TupleBytes(read, column, width));
        referenced[k].try_emplace(TupleBytes(read, column + width, width), static_cast<uint32_t>(rows.size()));
        column += 2 * width;
      }
      rows.push_back(&row);
    }
    read.Reset();
  }

  RowGraph graph(rows.size());
  for (size_t k = 0; k < self.keys.size(); ++k) {
    for (uint32_t child = 0; child < rows.size(); ++child) {
      if (references[k][child].empty()) continue;
      auto parent = referenced[k].find(references[k][child]);
      if (parent != referenced[k].end() && parent->second != child) graph.AddEdge(child, parent->second);
    }
  }
  std::vector<uint32_t> levels, cycle, order(rows.size());
  // Rows in a cycle go as they come: with deferred foreign keys that is good enough, unless they RESTRICT one another.
  if (!graph.Levels(levels, cycle)) levels.assign(rows.size(), 0);
  for (uint32_t r = 0; r < order.size(); ++r) order[r] = r;
  std::stable_sort(order.begin(), order.end(), [&levels](uint32_t a, uint32_t b) { return levels[a] < levels[b]; });
  deletes.children_first.reserve(rows.size());
  for (uint32_t r : order) deletes.children_first.push_back(rows[r]);
  return deletes;
}

}  // namespace uow::sqlite
