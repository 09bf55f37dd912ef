#include "adapters/plan/row_graph.h"

#include <algorithm>
#include <limits>

namespace uow {

bool RowGraph::Levels(std::vector<uint32_t>& levels, std::vector<uint32_t>& cycle) const {
  levels.assign(rows_, 0);
  if (edges_.empty()) return true;

  // The successors of row r are successors[first[r]] to successors[first[r + 1]].
  std::vector<uint32_t> first(rows_ + 1, 0);
  std::vector<uint32_t> waiting(rows_, 0);  // predecessors that aren't placed yet
  for (const auto& [before, after] : edges_) {
    ++first[before + 1];
    ++waiting[after];
  }
  for (size_t r = 0; r < rows_; ++r) first[r + 1] += first[r];
  std::vector<uint32_t> successors(edges_.size());
  std::vector<uint32_t> next(first.begin(), first.end() - 1);
  for (const auto& [before, after] : edges_) successors[next[before]++] = after;

  std::vector<uint32_t> placed;
  placed.reserve(rows_);
  for (uint32_t r = 0; r < rows_; ++r) {
    if (waiting[r] == 0) placed.push_back(r);
  }
  for (size_t i = 0; i < placed.size(); ++i) {
    uint32_t row = placed[i];
    for (uint32_t s = first[row]; s < first[row + 1]; ++s) {
      uint32_t successor = successors[s];
      levels[successor] = std::max(levels[successor], levels[row] + 1);
      if (--waiting[successor] == 0) placed.push_back(successor);
    }
  }
  if (placed.size() == rows_) return true;
  cycle = FindCycle(waiting);
  return false;
}

std::vector<uint32_t> RowGraph::FindCycle(const std::vector<uint32_t>& waiting) const {
  // Every row that waits has a predecessor that waits: going back from one to the next must come round.
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> predecessor(rows_, kNone);
  for (const auto& [before, after] : edges_) {
    if (waiting[before] > 0 && waiting[after] > 0) predecessor[after] = std::min(predecessor[after], before);
  }
  uint32_t row = 0;
  while (waiting[row] == 0) ++row;
  std::vector<bool> seen(rows_, false);
  while (!seen[row]) {
    seen[row] = true;
    row = predecessor[row];
  }
  std::vector<uint32_t> cycle = {row};
  for (uint32_t r = predecessor[row]; r != row; r = predecessor[r]) cycle.push_back(r);
  std::reverse(cycle.begin(), cycle.end());
  return cycle;
}

}  // namespace uow
