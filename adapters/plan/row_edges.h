#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "adapters/plan/handle_owners.h"
#include "adapters/plan/op_graph.h"
#include "adapters/plan/plan.h"
#include "adapters/plan/row_values.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// The operations of a change. One of both may be missing.
struct ChangeOps {
  // Inserts the row, updates it, or deletes it.
  uint32_t main = kNoOp;
  // Deletes the row that is then inserted again: a replacement that can't be an update.
  uint32_t removal = kNoOp;
};

// Finds which operations must come before which others: by foreign keys, by unique values that go from one row to another, and,
// where the journal doesn't know enough, by the order of events. Linear, but for sorting by offset.
class RowEdges {
 public:
  // All outlive the edges. `ops` has an element for each change; several deletes may share an operation.
  RowEdges(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
           const std::vector<ChangeOps>& ops, OpGraph& graph)
      : schema_(schema), changes_(changes), traits_(traits), ops_(ops), graph_(graph), by_table_(schema.table_count()) {
    for (uint32_t c = 0; c < changes.size(); ++c) by_table_[changes[c].table()].push_back(c);
  }

  // `inserts` are the changes that `owners` numbers. With `keys_ahead` a row may carry its own handle in another column.
  void AddHandles(const HandleOwners& owners, const std::vector<size_t>& inserts, bool keys_ahead);
  void AddForeignKeys();
  void AddUniques();
  // Cascades that reach rows which nobody knows: they make room for rows that are created after them, and take rows that were
  // changed before them.
  void AddCascades();

  // Deleted rows that such a cascade may have taken already, where nothing says which goes first.
  const absl::flat_hash_set<size_t>& may_be_gone() const { return may_be_gone_; }

 private:
  using Tuples = absl::flat_hash_map<std::string, uint32_t>;  // by bytes: a change
  // A row goes, at the event `first` or later, at `last` at the latest.
  struct Removal {
    uint64_t first = 0, last = 0;
    uint32_t op = 0;
  };
  struct Cascades {
    bool any = false;
    std::vector<std::vector<Removal>> own;       // by table: of its rows
    std::vector<std::vector<Removal>> reaching;  // of rows that may take some of the table with them
    std::vector<bool> circular;                  // whether a row that goes may take others of its table
  };
  struct Exposure;

  bool IsUpdate(uint32_t c) const {
    return changes_[c].kind() == v1::CHANGE_KIND_UPDATE ||
           (changes_[c].kind() == v1::CHANGE_KIND_REPLACE && ops_[c].removal == kNoOp);
  }
  bool IsInsert(uint32_t c) const { return changes_[c].kind() == v1::CHANGE_KIND_INSERT || ops_[c].removal != kNoOp; }
  // The operation that removes the row's old values, and the one that brings its new ones; kNoOp where it doesn't.
  uint32_t Removing(uint32_t c, const Columns& columns) const;
  uint32_t Bringing(uint32_t c, const Columns& columns) const;
  // Whether an update writes one of the columns; for a replaced row, whether it brings another value.
  bool Changes(uint32_t c, const Columns& columns) const;

  // The rows of the table whose old values in the columns go, or whose new values come.
  Tuples RemovedTuples(uint32_t table, const Columns& columns, bool null_is_value = false) const;
  Tuples BroughtTuples(uint32_t table, const Columns& columns) const;
  void AddForeignKey(uint32_t table, uint32_t position);
  // What keeps a row from being deleted or getting another key, for it refers to itself (PlanTraits::keeps_self_references).
  void AddSelfReference(uint32_t change, uint32_t position);
  void AddParent(uint32_t child, uint32_t position, const Tuples& brought, const Tuples& removed);
  // The operation that takes these values away from the row that had them before `bringer`, perhaps the same one, where the key
  // acts on references to it; else kNoOp.
  uint32_t ActingHolder(const v1::ForeignKey& key, uint32_t bringer, const Tuples& removed, const std::string& bytes) const;
  void AddUnique(uint32_t table, uint32_t position, const Columns& columns);
  // Children whose reference nobody knows, and removed parents, in the order of their events.
  void AddInOrder(const std::vector<uint32_t>& children, uint32_t parent_table, const Columns& referenced);

  // In cascade_edges.cc.
  Cascades FindCascades() const;
  // A deleted row may go by the cascade of another deleted row instead: who moves away from the one does so before the other, too.
  void AddMovesAway();
  // The first event of the row that the change leaves there.
  uint64_t FirstOffset(uint32_t c) const;
  void AddFreedValues(uint32_t table, std::vector<Removal> removals);
  // Whether the change brings unique values that no other change gives up. `removed`: by unique constraint, and those of the key.
  bool TakesUnheldValues(uint32_t c, const std::vector<Tuples>& removed) const;
  void AddExposedRows(const Cascades& cascades);
  void FindExposed(uint32_t table, const v1::ForeignKey& key, const Cascades& cascades, std::vector<Exposure>& exposures,
                   std::vector<std::vector<uint32_t>>& children) const;
  void AddAhead(const Cascades& cascades, std::vector<Exposure> exposed, std::vector<Removal> removals);

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const PlanTraits& traits_;
  const std::vector<ChangeOps>& ops_;
  OpGraph& graph_;
  std::vector<std::vector<uint32_t>> by_table_;
  absl::flat_hash_set<size_t> may_be_gone_;
};

}  // namespace uow
