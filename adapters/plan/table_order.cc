#include "adapters/plan/table_order.h"

#include <algorithm>
#include <limits>

namespace uow {

TableOrder::TableOrder(const SchemaIndex& schema) : referring_(schema.table_count()) {
  FindGroups(schema);
  // Groups are numbered so that what is referred to comes first: one pass gives the depths.
  std::vector<uint32_t> tables(schema.table_count());
  for (uint32_t t = 0; t < tables.size(); ++t) tables[t] = t;
  std::stable_sort(tables.begin(), tables.end(), [this](uint32_t a, uint32_t b) { return group_[a] < group_[b]; });
  for (uint32_t table : tables) {
    for (const v1::ForeignKey& key : schema.table(table).foreign_keys()) {
      uint32_t parent = key.referenced_table();
      referring_[parent].push_back(table);
      if (group_[parent] == group_[table]) {
        cyclic_[group_[table]] = true;
      } else {
        depth_[group_[table]] = std::max(depth_[group_[table]], depth_[group_[parent]] + 1);
      }
    }
  }
}

// Tarjan's strongly connected components, without recursion: a schema may be a chain of thousands of tables.
void TableOrder::FindGroups(const SchemaIndex& schema) {
  constexpr uint32_t kNew = std::numeric_limits<uint32_t>::max();
  const uint32_t count = schema.table_count();
  group_.assign(count, kNew);
  std::vector<uint32_t> index(count, kNew), low(count, 0), open;
  struct Frame {
    uint32_t table;
    int next_key;
  };
  std::vector<Frame> stack;
  uint32_t visited = 0;
  for (uint32_t root = 0; root < count; ++root) {
    if (index[root] != kNew) continue;
    stack.push_back({root, 0});
    while (!stack.empty()) {
      Frame& frame = stack.back();
      const uint32_t table = frame.table;
      const auto& keys = schema.table(table).foreign_keys();
      if (frame.next_key == 0 && index[table] == kNew) {
        index[table] = low[table] = visited++;
        open.push_back(table);
      }
      if (frame.next_key < keys.size()) {
        uint32_t parent = keys[frame.next_key++].referenced_table();
        if (index[parent] == kNew) {
          stack.push_back({parent, 0});
        } else if (group_[parent] == kNew) {
          low[table] = std::min(low[table], index[parent]);
        }
        continue;
      }
      stack.pop_back();
      if (!stack.empty()) low[stack.back().table] = std::min(low[stack.back().table], low[table]);
      if (low[table] != index[table]) continue;
      uint32_t member;
      do {
        member = open.back();
        open.pop_back();
        group_[member] = depth_.size();
      } while (member != table);
      depth_.push_back(0);
      cyclic_.push_back(false);
    }
  }
}

std::vector<bool> TableOrder::Referring(std::vector<uint32_t> tables) const {
  std::vector<bool> reached(referring_.size(), false);
  while (!tables.empty()) {
    uint32_t table = tables.back();
    tables.pop_back();
    if (reached[table]) continue;
    reached[table] = true;
    tables.insert(tables.end(), referring_[table].begin(), referring_[table].end());
  }
  return reached;
}

}  // namespace uow
