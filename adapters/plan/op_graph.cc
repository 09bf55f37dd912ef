#include "adapters/plan/op_graph.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <queue>

namespace uow {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
constexpr size_t kCosts = static_cast<size_t>(EdgeCost::kImpossible) + 1;

// Places operations one after the other, those first that wait for nothing; where all wait, takes out the cheapest edges of one.
class CycleBreaker {
 public:
  CycleBreaker(const std::vector<OpEdge>& edges, const std::vector<EdgeCost>& costs, uint32_t operations)
      : edges_(edges), costs_(costs), placed(operations, false), broken(edges.size(), false), waiting_(operations) {
    for (size_t e = 0; e < edges.size(); ++e) ++waiting_[edges[e].after][static_cast<size_t>(costs[e])];
    for (uint32_t op = 0; op < operations; ++op) Offer(op);
  }

  // `incoming` and `outgoing`: the positions of an operation's edges.
  template <typename Edges>
  size_t Run(const Edges& incoming, const Edges& outgoing) {
    size_t count = 0;
    for (uint32_t op = Next(); op != kNone; op = Next(), ++count) {
      for (uint32_t e : incoming(op)) {
        if (!placed[edges_[e].before]) broken[e] = true;
      }
      placed[op] = true;
      for (uint32_t e : outgoing(op)) {
        const uint32_t after = edges_[e].after;
        if (placed[after] || broken[e]) continue;
        --waiting_[after][static_cast<size_t>(costs_[e])];
        Offer(after);
      }
    }
    return count;
  }

 private:
  using Heap = std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>>;

  // 0: it waits for nothing; else one more than the dearest edge that it waits for.
  size_t Class(uint32_t op) const {
    for (size_t cost = kCosts; cost > 0; --cost) {
      if (waiting_[op][cost - 1] > 0) return cost;
    }
    return 0;
  }
  void Offer(uint32_t op) {
    if (const size_t c = Class(op); c < kCosts) heaps_[c].push(op);
  }
  uint32_t Next() {
    for (size_t c = 0; c < kCosts; ++c) {
      while (!heaps_[c].empty()) {
        const uint32_t op = heaps_[c].top();
        heaps_[c].pop();
        if (!placed[op] && Class(op) == c) return op;
      }
    }
    return kNone;
  }

  const std::vector<OpEdge>& edges_;
  const std::vector<EdgeCost>& costs_;

 public:
  std::vector<bool> placed;
  std::vector<bool> broken;

 private:
  std::vector<std::array<uint32_t, kCosts>> waiting_;  // edges from operations that aren't placed, by cost
  std::array<Heap, kCosts> heaps_;
};

}  // namespace

OpGraph::Adjacency OpGraph::Outgoing() const {
  Adjacency adjacency;
  adjacency.first.assign(operations_ + 1, 0);
  adjacency.edges.resize(edges_.size());
  for (const OpEdge& edge : edges_) ++adjacency.first[edge.before + 1];
  for (uint32_t op = 0; op < operations_; ++op) adjacency.first[op + 1] += adjacency.first[op];
  std::vector<uint32_t> next(adjacency.first.begin(), adjacency.first.end() - 1);
  for (uint32_t e = 0; e < edges_.size(); ++e) adjacency.edges[next[edges_[e].before]++] = e;
  return adjacency;
}

std::vector<uint32_t> OpGraph::Sorted(const Adjacency& outgoing) const {
  std::vector<uint32_t> waiting(operations_, 0), sorted;
  for (const OpEdge& edge : edges_) ++waiting[edge.after];
  sorted.reserve(operations_);
  for (uint32_t op = 0; op < operations_; ++op) {
    if (waiting[op] == 0) sorted.push_back(op);
  }
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (uint32_t e = outgoing.first[sorted[i]]; e < outgoing.first[sorted[i] + 1]; ++e) {
      const uint32_t after = edges_[outgoing.edges[e]].after;
      if (--waiting[after] == 0) sorted.push_back(after);
    }
  }
  return sorted;
}

// Tarjan's strongly connected components, without recursion: chains of rows may be long.
std::vector<uint32_t> OpGraph::Components(const Adjacency& outgoing) const {
  std::vector<uint32_t> component(operations_, kNone), index(operations_, kNone), low(operations_, 0), open;
  struct Frame {
    uint32_t op, next;
  };
  std::vector<Frame> stack;
  uint32_t visited = 0, components = 0;
  for (uint32_t root = 0; root < operations_; ++root) {
    if (index[root] != kNone) continue;
    index[root] = low[root] = visited++;
    open.push_back(root);
    stack.push_back({root, outgoing.first[root]});
    while (!stack.empty()) {
      const uint32_t op = stack.back().op;
      if (stack.back().next < outgoing.first[op + 1]) {
        const uint32_t after = edges_[outgoing.edges[stack.back().next++]].after;
        if (index[after] == kNone) {
          index[after] = low[after] = visited++;
          open.push_back(after);
          stack.push_back({after, outgoing.first[after]});
        } else if (component[after] == kNone) {
          low[op] = std::min(low[op], index[after]);
        }
        continue;
      }
      stack.pop_back();
      if (!stack.empty()) low[stack.back().op] = std::min(low[stack.back().op], low[op]);
      if (low[op] != index[op]) continue;
      uint32_t member;
      do {
        member = open.back();
        open.pop_back();
        component[member] = components;
      } while (member != op);
      ++components;
    }
  }
  return component;
}

bool OpGraph::BreakCycles(const std::function<EdgeCost(const OpEdge&)>& cost, std::vector<OpEdge>& broken,
                          std::vector<uint32_t>& cycle) {
  const Adjacency outgoing = Outgoing();
  if (Sorted(outgoing).size() == operations_) return true;
  const std::vector<uint32_t> component = Components(outgoing);
  std::vector<EdgeCost> costs(edges_.size(), EdgeCost::kImpossible);
  Adjacency incoming;
  incoming.first.assign(operations_ + 1, 0);
  incoming.edges.resize(edges_.size());
  for (const OpEdge& edge : edges_) ++incoming.first[edge.after + 1];
  for (uint32_t op = 0; op < operations_; ++op) incoming.first[op + 1] += incoming.first[op];
  std::vector<uint32_t> next(incoming.first.begin(), incoming.first.end() - 1);
  for (uint32_t e = 0; e < edges_.size(); ++e) {
    incoming.edges[next[edges_[e].after]++] = e;
    if (component[edges_[e].before] == component[edges_[e].after]) costs[e] = cost(edges_[e]);
  }
  struct Edges {
    const Adjacency& adjacency;
    struct Range {
      const uint32_t *first, *last;
      const uint32_t* begin() const { return first; }
      const uint32_t* end() const { return last; }
    };
    Range operator()(uint32_t op) const {
      return {adjacency.edges.data() + adjacency.first[op], adjacency.edges.data() + adjacency.first[op + 1]};
    }
  };
  CycleBreaker breaker(edges_, costs, operations_);
  if (breaker.Run(Edges{incoming}, Edges{outgoing}) < operations_) {
    cycle = FindCycle(breaker.placed, costs);
    return false;
  }
  std::vector<OpEdge> kept;
  kept.reserve(edges_.size());
  for (size_t e = 0; e < edges_.size(); ++e) (breaker.broken[e] ? broken : kept).push_back(edges_[e]);
  edges_ = std::move(kept);
  return true;
}

// Every operation that waits does so for an edge that can't be broken, from another one that waits: going back must come round.
std::vector<uint32_t> OpGraph::FindCycle(const std::vector<bool>& placed, const std::vector<EdgeCost>& costs) const {
  std::vector<uint32_t> predecessor(operations_, kNone);
  for (size_t e = 0; e < edges_.size(); ++e) {
    const OpEdge& edge = edges_[e];
    if (placed[edge.before] || placed[edge.after] || costs[e] != EdgeCost::kImpossible) continue;
    predecessor[edge.after] = std::min(predecessor[edge.after], edge.before);
  }
  uint32_t op = 0;
  while (placed[op]) ++op;
  std::vector<bool> seen(operations_, false);
  while (!seen[op]) {
    seen[op] = true;
    op = predecessor[op];
  }
  std::vector<uint32_t> cycle = {op};
  for (uint32_t o = predecessor[op]; o != op; o = predecessor[o]) cycle.push_back(o);
  std::reverse(cycle.begin(), cycle.end());
  return cycle;
}

std::vector<bool> OpGraph::After(std::vector<uint32_t> from, const std::function<std::vector<uint32_t>(uint32_t)>& group) const {
  const Adjacency outgoing = Outgoing();
  std::vector<bool> after(operations_, false);
  while (!from.empty()) {
    const uint32_t op = from.back();
    from.pop_back();
    if (after[op]) continue;
    after[op] = true;
    for (uint32_t e = outgoing.first[op]; e < outgoing.first[op + 1]; ++e) from.push_back(edges_[outgoing.edges[e]].after);
    const std::vector<uint32_t> others = group(op);
    from.insert(from.end(), others.begin(), others.end());
  }
  return after;
}

std::vector<uint64_t> OpGraph::Places(std::vector<uint32_t> phases) const {
  const Adjacency outgoing = Outgoing();
  const std::vector<uint32_t> sorted = Sorted(outgoing);
  for (auto op = sorted.rbegin(); op != sorted.rend(); ++op) {
    for (uint32_t e = outgoing.first[*op]; e < outgoing.first[*op + 1]; ++e) {
      phases[*op] = std::min(phases[*op], phases[edges_[outgoing.edges[e]].after]);
    }
  }
  std::vector<uint64_t> places(operations_);
  for (uint32_t op = 0; op < operations_; ++op) places[op] = uint64_t{phases[op]} << 32;
  for (uint32_t op : sorted) {
    const uint64_t length = op < junctions_.size() && junctions_[op] ? 0 : 1;
    for (uint32_t e = outgoing.first[op]; e < outgoing.first[op + 1]; ++e) {
      const uint32_t after = edges_[outgoing.edges[e]].after;
      places[after] = std::max(places[after], places[op] + length);
    }
  }
  return places;
}

}  // namespace uow
