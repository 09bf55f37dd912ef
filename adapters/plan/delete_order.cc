#include "adapters/plan/delete_order.h"

#include <algorithm>
#include <map>
#include <string>

#include "adapters/plan/row_graph.h"
#include "adapters/plan/row_values.h"

namespace uow {
namespace {

// The levels of the rows of one group of tables, children first. Empty where the journal doesn't know enough, or the rows refer to
// one another in a cycle.
std::vector<uint32_t> RowLevels(const SchemaIndex& schema, const TableOrder& tables, const std::vector<v1::NetChange>& changes,
                                const std::vector<size_t>& rows) {
  ReferencedRows referenced(schema, changes, rows, RowState::kOld);
  RowGraph graph(rows.size());
  std::string bytes;
  for (uint32_t row = 0; row < rows.size(); ++row) {
    const v1::NetChange& change = changes[rows[row]];
    for (const v1::ForeignKey& key : schema.table(change.table()).foreign_keys()) {
      if (tables.group(key.referenced_table()) != tables.group(change.table())) continue;
      TupleKind kind = TupleOf(schema, change, key.columns(), RowState::kOld, bytes);
      if (kind == TupleKind::kUnknown) return {};
      if (kind == TupleKind::kNull) continue;
      int64_t parent = referenced.Find(key, bytes);
      if (parent >= 0 && parent != row) graph.AddEdge(row, static_cast<uint32_t>(parent));
      // A parent whose referenced columns aren't its key can't be found unless the journal has them.
      for (uint32_t column : key.referenced_columns()) {
        if (!schema.is_key(key.referenced_table(), column)) return {};
      }
    }
  }
  std::vector<uint32_t> levels, cycle;
  if (!graph.Levels(levels, cycle)) return {};
  return levels;
}

}  // namespace

std::vector<DeletePlace> PlaceDeletes(const SchemaIndex& schema, const TableOrder& tables,
                                      const std::vector<v1::NetChange>& changes, const std::vector<size_t>& deletes) {
  uint32_t deepest = 0;
  std::map<uint32_t, std::vector<uint32_t>> cyclic;  // rows by group, as positions in `deletes`
  for (uint32_t i = 0; i < deletes.size(); ++i) {
    uint32_t table = changes[deletes[i]].table();
    deepest = std::max(deepest, tables.depth(table));
    if (tables.cyclic(table)) cyclic[tables.group(table)].push_back(i);
  }

  std::vector<DeletePlace> places(deletes.size());
  for (uint32_t i = 0; i < deletes.size(); ++i) {
    places[i].level = uint64_t{deepest - tables.depth(changes[deletes[i]].table())} << 32;
  }
  for (const auto& [group, members] : cyclic) {
    std::vector<size_t> rows;
    rows.reserve(members.size());
    for (uint32_t i : members) rows.push_back(deletes[i]);
    std::vector<uint32_t> levels = RowLevels(schema, tables, changes, rows);
    for (size_t m = 0; m < members.size(); ++m) {
      if (levels.empty()) {
        places[members[m]].together = true;
      } else {
        places[members[m]].level |= levels[m];
      }
    }
  }
  return places;
}

}  // namespace uow
