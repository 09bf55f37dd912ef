#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace uow {

// Which rows must come before which others. Rows are numbers from 0; parallel edges are allowed.
class RowGraph {
 public:
  explicit RowGraph(size_t rows) : rows_(rows) {}

  void AddEdge(uint32_t before, uint32_t after) { edges_.emplace_back(before, after); }

  // Sets each row's level: the length of the longest path that leads to it. False where there is a cycle; then `cycle` has its
  // rows, each before the next. Linear.
  bool Levels(std::vector<uint32_t>& levels, std::vector<uint32_t>& cycle) const;

 private:
  std::vector<uint32_t> FindCycle(const std::vector<uint32_t>& waiting) const;

  size_t rows_;
  std::vector<std::pair<uint32_t, uint32_t>> edges_;
};

}  // namespace uow
