#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "adapters/plan/op_graph.h"
#include "adapters/plan/plan.h"
#include "adapters/plan/row_edges.h"
#include "adapters/plan/step_groups.h"
#include "journal/schema_index.h"

namespace uow {

// Knows what it takes to do without an edge of the graph, and does it.
class CycleBreaks {
 public:
  // What the plan has beside the changes, once cycles are broken.
  struct Extras {
    std::set<DeferredConstraint> deferred;
    RowEdits edits;                                     // what early, main and late statements write otherwise
    absl::flat_hash_map<size_t, uint32_t> early, late;  // operations, by change
    absl::flat_hash_set<size_t> may_be_gone;            // deletes whose rows a cascade takes first
  };

  // All outlive this object.
  // `kinds` has what the operations of changes do, by operation; `may_be_gone` the deletes of which that is known already.
  CycleBreaks(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
              const std::vector<ChangeOps>& ops, const std::vector<StepKind>& kinds, OpGraph& graph,
              absl::flat_hash_set<size_t> may_be_gone)
      : schema_(schema), changes_(changes), traits_(traits), ops_(ops), kinds_(kinds), graph_(graph) {
    extras_.may_be_gone = std::move(may_be_gone);
  }

  EdgeCost CostOf(const OpEdge& edge) const;
  // Makes up for the edges that were taken out.
  void Replace(const std::vector<OpEdge>& broken);
  Extras TakeExtras() && { return std::move(extras_); }

 private:
  const v1::ForeignKey& KeyOf(const OpEdge& edge) const {
    return schema_.table(changes_[edge.change].table()).foreign_keys(static_cast<int>(edge.detail));
  }
  // Whether an operation deletes, or is a junction that stands for those that do.
  bool Deletes(uint32_t op) const { return op >= kinds_.size() || kinds_[op] == StepKind::kDelete; }
  const Columns& SlotColumns(const OpEdge& edge) const;
  // What the database does to the reference when the row that is referred to goes, or changes its key.
  v1::ReferentialAction ActionOn(const OpEdge& edge) const;
  bool CanDefer(const v1::ForeignKey& key) const;
  EdgeCost CostOfHandle(const OpEdge& edge) const;
  EdgeCost CostOfParent(const OpEdge& edge) const;
  EdgeCost CostOfChild(const OpEdge& edge) const;
  EdgeCost CostOfSlot(const OpEdge& edge) const;
  // Whether the row is found by a column of the key, or such a column is checked.
  bool IsFoundBy(uint32_t change, const Columns& columns) const;

  bool CanBeNull(uint32_t change, uint32_t column) const;
  // Whether a value that stands in for the column's own is gone once the change has been made.
  bool Overwrites(uint32_t change, uint32_t column) const;
  // A column that can be NULL for a while, of which nothing is left after the change; `written`: which the change writes. Nothing
  // where there is none.
  std::optional<uint32_t> NullableColumn(uint32_t change, const Columns& columns, bool written) const;
  // A column of a unique constraint that can hold a parked value, of which nothing is left after the change.
  std::optional<uint32_t> ParkableColumn(uint32_t change, const Columns& columns) const;

  void Defer(uint32_t table, bool unique, uint32_t position) {
    if (unique || !traits_.defers_foreign_keys) extras_.deferred.insert({table, unique, static_cast<int>(position)});
  }
  void ReplaceOne(const OpEdge& edge);
  // What a cascade takes, takes rows in turn.
  void SpreadCascades(const std::vector<OpEdge>& broken);
  // Whether a reference that is written ahead of its row may be written once more: what it refers to until then gets another key,
  // and takes the reference with it.
  bool CanWriteAgain(const OpEdge& edge) const;
  // The change writes NULL first, and the column's value once `before` has run.
  void WriteLate(uint32_t change, uint32_t column, uint32_t before);
  void WriteAgain(const OpEdge& edge);
  // The statement that writes a row's values behind the row itself, and behind `before`.
  RowEdit& LateEdit(uint32_t change, uint32_t before);
  // The existing row gives the column's value up ahead of `after`.
  void GiveUpEarly(uint32_t change, uint32_t column, v1::Value instead, uint32_t after);
  v1::Value Park(uint32_t change, uint32_t column);

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const PlanTraits& traits_;
  const std::vector<ChangeOps>& ops_;
  const std::vector<StepKind>& kinds_;
  OpGraph& graph_;
  Extras extras_;
  uint32_t parked_ = 0;
  // The values that the changes know of a column, by table and column.
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, absl::flat_hash_set<std::string>> known_;
};

}  // namespace uow
