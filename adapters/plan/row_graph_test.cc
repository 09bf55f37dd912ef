#include "adapters/plan/row_graph.h"

#include <algorithm>

#include "gmock/gmock.h"

namespace uow {
namespace {

using testing::ElementsAre;

TEST(RowGraphTest, ALevelIsTheLongestPath) {
  RowGraph graph(5);
  graph.AddEdge(3, 1);
  graph.AddEdge(1, 0);
  graph.AddEdge(3, 0);
  graph.AddEdge(3, 0);
  graph.AddEdge(2, 0);
  std::vector<uint32_t> levels, cycle;
  ASSERT_TRUE(graph.Levels(levels, cycle));
  EXPECT_THAT(levels, ElementsAre(2, 1, 0, 0, 0));
}

TEST(RowGraphTest, ACycleIsNamedInOrderWithoutItsTail) {
  RowGraph graph(6);
  graph.AddEdge(0, 1);
  graph.AddEdge(1, 2);
  graph.AddEdge(2, 0);
  graph.AddEdge(2, 3);
  graph.AddEdge(3, 4);
  std::vector<uint32_t> levels, cycle;
  ASSERT_FALSE(graph.Levels(levels, cycle));
  ASSERT_EQ(cycle.size(), 3u);
  std::rotate(cycle.begin(), std::find(cycle.begin(), cycle.end(), 0u), cycle.end());
  EXPECT_THAT(cycle, ElementsAre(0, 1, 2));
}

TEST(RowGraphTest, ARowThatWaitsForItselfIsACycle) {
  RowGraph graph(2);
  graph.AddEdge(1, 1);
  std::vector<uint32_t> levels, cycle;
  ASSERT_FALSE(graph.Levels(levels, cycle));
  EXPECT_THAT(cycle, ElementsAre(1));
}

TEST(RowGraphTest, ALongChainNeedsNoRecursion) {
  constexpr uint32_t kRows = 200'000;
  RowGraph graph(kRows);
  for (uint32_t r = 0; r + 1 < kRows; ++r) graph.AddEdge(r + 1, r);
  std::vector<uint32_t> levels, cycle;
  ASSERT_TRUE(graph.Levels(levels, cycle));
  EXPECT_EQ(levels[0], kRows - 1);
}

}  // namespace
}  // namespace uow
