#include "adapters/mysql/children_first.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "adapters/plan/row_graph.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

// Bytes of `width` columns of the row from `first` on; empty where one of them is NULL.
std::string TupleBytes(const Row& row, size_t first, size_t width) {
  std::string bytes;
  for (size_t i = first; i < first + width; ++i) {
    if (!row[i]) return "";
    absl::StrAppend(&bytes, row[i]->size(), ":", *row[i]);
  }
  return bytes;
}

}  // namespace

bool RefersToItself(const SchemaIndex& schema, uint32_t table) {
  const auto& keys = schema.table(table).foreign_keys();
  return std::any_of(keys.begin(), keys.end(), [table](const v1::ForeignKey& key) { return key.referenced_table() == table; });
}

absl::StatusOr<std::vector<std::vector<uint32_t>>> ChildrenFirst(const SchemaIndex& schema, uint32_t table, size_t count,
                                                                 const std::vector<Row>& found) {
  std::vector<uint32_t> places;
  for (const Row& row : found) {
    uint32_t place = 0;
    if (!absl::SimpleAtoi(row[0].value_or(""), &place) || place >= count) return InternalError("a row is in no place");
    places.push_back(place);
  }
  RowGraph graph(found.size());
  size_t column = 1;
  for (const v1::ForeignKey& key : schema.table(table).foreign_keys()) {
    if (key.referenced_table() != table) continue;
    const size_t width = key.columns_size();
    absl::flat_hash_map<std::string, uint32_t> referenced;
    for (uint32_t r = 0; r < found.size(); ++r) referenced.try_emplace(TupleBytes(found[r], column + width, width), r);
    for (uint32_t child = 0; child < found.size(); ++child) {
      const std::string reference = TupleBytes(found[child], column, width);
      auto parent = reference.empty() ? referenced.end() : referenced.find(reference);
      if (parent != referenced.end() && parent->second != child) graph.AddEdge(child, parent->second);
    }
    column += 2 * width;
  }
  std::vector<uint32_t> level_of, cycle;
  if (!graph.Levels(level_of, cycle)) level_of.assign(found.size(), 0);
  std::vector<std::vector<uint32_t>> levels;
  for (uint32_t r = 0; r < found.size(); ++r) {
    if (level_of[r] >= levels.size()) levels.resize(level_of[r] + 1);
    levels[level_of[r]].push_back(places[r]);
  }
  for (std::vector<uint32_t>& level : levels) std::sort(level.begin(), level.end());
  return levels;
}

}  // namespace uow::mysql
