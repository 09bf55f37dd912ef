#include "adapters/plan/op_graph.h"

#include "gmock/gmock.h"

namespace uow {
namespace {

using testing::ElementsAre;

// Costs by `detail`.
EdgeCost ByDetail(const OpEdge& edge) { return static_cast<EdgeCost>(edge.detail); }

OpEdge Edge(uint32_t before, uint32_t after, EdgeCost cost = EdgeCost::kImpossible) {
  return {before, after, EdgeKind::kSlot, static_cast<uint32_t>(cost)};
}

TEST(OpGraphTest, APlaceIsTheLongestPath) {
  OpGraph graph(4);
  graph.AddEdge(Edge(2, 0));
  graph.AddEdge(Edge(0, 1));
  graph.AddEdge(Edge(2, 1));
  graph.AddEdge(Edge(2, 1));
  EXPECT_THAT(graph.Places({0, 0, 0, 0}), ElementsAre(1, 2, 0, 0));
}

TEST(OpGraphTest, APhaseIsLoweredForWhoWaits) {
  OpGraph graph(3);
  graph.AddEdge(Edge(0, 1));
  const uint64_t second = uint64_t{1} << 32, third = uint64_t{2} << 32;
  EXPECT_THAT(graph.Places({2, 1, 2}), ElementsAre(second, second + 1, third));
}

TEST(OpGraphTest, ChainsOfJunctionsTakeNoPlaces) {
  OpGraph graph(4);
  const uint32_t first = graph.AddJunction(), second = graph.AddJunction();
  graph.AddEdge(Edge(0, first));
  graph.AddEdge(Edge(first, second));
  graph.AddEdge(Edge(1, second));
  graph.AddEdge(Edge(first, 2));
  graph.AddEdge(Edge(second, 3));
  EXPECT_THAT(graph.Places({0, 0, 0, 0, 0, 0}), ElementsAre(0, 0, 1, 1, 1, 1));
}

TEST(OpGraphTest, TheCheapestEdgeOfACycleIsTakenOut) {
  OpGraph graph(3);
  graph.AddEdge(Edge(0, 1, EdgeCost::kParking));
  graph.AddEdge(Edge(1, 2, EdgeCost::kStatement));
  graph.AddEdge(Edge(2, 0, EdgeCost::kImpossible));
  std::vector<OpEdge> broken;
  std::vector<uint32_t> cycle;
  ASSERT_TRUE(graph.BreakCycles(ByDetail, broken, cycle));
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_EQ(broken[0].before, 1u);
  EXPECT_THAT(graph.Places({0, 0, 0}), ElementsAre(1, 2, 0));
}

TEST(OpGraphTest, EdgesOutsideOfCyclesStayAndCostNothing) {
  OpGraph graph(4);
  graph.AddEdge(Edge(0, 1, EdgeCost::kNothing));
  graph.AddEdge(Edge(1, 0, EdgeCost::kNothing));
  graph.AddEdge({2, 3, EdgeKind::kSlot, 99});
  std::vector<OpEdge> broken;
  std::vector<uint32_t> cycle;
  ASSERT_TRUE(graph.BreakCycles(
      [](const OpEdge& edge) {
        EXPECT_NE(edge.detail, 99u);
        return ByDetail(edge);
      },
      broken, cycle));
  EXPECT_EQ(broken.size(), 1u);
  EXPECT_EQ(graph.edges().size(), 2u);
}

TEST(OpGraphTest, WhatCantBeBrokenIsNamedWithoutItsTail) {
  OpGraph graph(5);
  graph.AddEdge(Edge(1, 3));
  graph.AddEdge(Edge(3, 2));
  graph.AddEdge(Edge(2, 1));
  graph.AddEdge(Edge(2, 4));
  graph.AddEdge(Edge(0, 1, EdgeCost::kNothing));
  std::vector<OpEdge> broken;
  std::vector<uint32_t> cycle;
  ASSERT_FALSE(graph.BreakCycles(ByDetail, broken, cycle));
  EXPECT_THAT(cycle, testing::UnorderedElementsAre(1, 2, 3));
}

TEST(OpGraphTest, WhatComesAfterBringsItsGroupAlong) {
  OpGraph graph(6);
  graph.AddEdge(Edge(0, 1));
  graph.AddEdge(Edge(2, 3));
  graph.AddEdge(Edge(4, 5));
  int asked = 0;
  const auto group = [&](uint32_t op) {
    asked += op == 1 ? 1 : 0;
    return op == 1 ? std::vector<uint32_t>{1, 2} : std::vector<uint32_t>{};
  };
  EXPECT_THAT(graph.After({0, 1}, group), ElementsAre(true, true, true, true, false, false));
  EXPECT_EQ(asked, 1);
}

TEST(OpGraphTest, ALongCycleNeedsNoRecursion) {
  constexpr uint32_t kOperations = 200'000;
  OpGraph graph(kOperations);
  for (uint32_t op = 0; op < kOperations; ++op) {
    graph.AddEdge(Edge(op, (op + 1) % kOperations, op == 7 ? EdgeCost::kGuess : EdgeCost::kImpossible));
  }
  std::vector<OpEdge> broken;
  std::vector<uint32_t> cycle;
  ASSERT_TRUE(graph.BreakCycles(ByDetail, broken, cycle));
  EXPECT_EQ(broken.size(), 1u);
  EXPECT_EQ(graph.Places(std::vector<uint32_t>(kOperations, 0))[7], kOperations - 1);
}

}  // namespace
}  // namespace uow
