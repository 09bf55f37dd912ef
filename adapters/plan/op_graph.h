#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace uow {

inline constexpr uint32_t kNoOp = UINT32_MAX;

// Why one operation comes before another.
enum class EdgeKind : uint8_t {
  kHandle,  // `after` uses the key that `before` generates; `detail` is the column of `after`
  kParent,  // `after` refers to what `before` brings; `detail` is the foreign key of the table of `after`
  kChild,   // `before` gives up a reference to what `after` removes; `detail` is the foreign key of the table of `before`
  kSlot,    // `before` gives up unique values that `after` takes; `detail` is the constraint
  kOrder,   // nobody knows whether they touch one another: in the order of their events
  kHint,    // the same against the order of their events: better so, where nothing stands against it
  kSame,    // both are parts of one row
};

struct OpEdge {
  uint32_t before = 0;
  uint32_t after = 0;
  EdgeKind kind = EdgeKind::kSame;
  uint32_t detail = 0;
  uint32_t change = 0;  // the change that refers, or gives up
  // kParent: the operation that takes away what was there before, whose reference is the same, and whose going acts on references;
  // kNoOp where there is none.
  uint32_t holder = kNoOp;
};

// What it takes to do without an edge, the cheapest first.
enum class EdgeCost : uint8_t {
  kNothing,    // a deferred check, or a cascade
  kStatement,  // one more statement with a NULL
  kParking,    // one more statement with a value that stands in for another
  kGuess,      // what the edge assumes needn't be so
  kImpossible,
};

// The operations of a plan, numbered from 0, and which must come before which others. Parallel edges and edges from an operation to
// itself are allowed. Everything is linear in operations and edges, but for a logarithm where cycles are broken, and deterministic.
class OpGraph {
 public:
  explicit OpGraph(uint32_t operations) : operations_(operations) {}

  // One more operation.
  uint32_t Add() { return operations_++; }
  // One that stands for none, so that many edges to many others can go through it.
  uint32_t AddJunction() {
    junctions_.resize(operations_ + 1, false);
    junctions_[operations_] = true;
    return operations_++;
  }
  void AddEdge(const OpEdge& edge) { edges_.push_back(edge); }
  uint32_t size() const { return operations_; }
  const std::vector<OpEdge>& edges() const { return edges_; }

  // Takes out edges until there are no cycles, and returns them in `broken`; asks for the costs of edges in cycles only. False
  // where that is impossible; then `cycle` has the operations of a cycle, each before the next.
  bool BreakCycles(const std::function<EdgeCost(const OpEdge&)>& cost, std::vector<OpEdge>& broken, std::vector<uint32_t>& cycle);

  // Which operations come after one of `from`, those included; with an operation come all that `group` names, once for each group.
  std::vector<bool> After(std::vector<uint32_t> from, const std::function<std::vector<uint32_t>(uint32_t)>& group) const;

  // The place of each operation, once there are no cycles: phases first, which are lowered where a later operation of a lower phase
  // waits, then the longest path that leads to it; junctions have no length.
  std::vector<uint64_t> Places(std::vector<uint32_t> phases) const;

 private:
  struct Adjacency {
    std::vector<uint32_t> first;  // by operation, into `edges`; one more at the end
    std::vector<uint32_t> edges;  // positions in edges_
  };

  Adjacency Outgoing() const;
  // Operations in an order that follows the edges, as far as cycles allow.
  std::vector<uint32_t> Sorted(const Adjacency& outgoing) const;
  std::vector<uint32_t> Components(const Adjacency& outgoing) const;
  std::vector<uint32_t> FindCycle(const std::vector<bool>& placed, const std::vector<EdgeCost>& costs) const;

  uint32_t operations_;
  std::vector<bool> junctions_;  // shorter where there are none after
  std::vector<OpEdge> edges_;
};

}  // namespace uow
