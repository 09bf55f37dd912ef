#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "adapters/plan/plan.h"

namespace uow {

// Which of the statements that write a row: most rows have only the main one.
enum class RowPart {
  kEarly,  // ahead of the main one: gives a value or a reference up that another row waits for
  kMain,
  kLate,  // after the main one: sets a reference to a row that comes after this one
};

// What the plan does to a row beside what its change says.
struct RowEdit {
  // Values in place of the change's own, in order of column: parked ones, or NULL.
  std::vector<std::pair<uint32_t, v1::Value>> values;
  // The key by which the row is found, where it isn't the change's.
  std::vector<v1::Value> key;
};
using RowEdits = absl::flat_hash_map<std::pair<size_t, RowPart>, RowEdit>;  // by change and part

// The columns that a row writes. Rows of one shape share a statement.
struct RowShape {
  // First, so that rows with given keys go before those whose keys the database generates, and might choose the same.
  int generated = -1;
  std::vector<uint32_t> columns;
  std::vector<uint32_t> default_columns;
  std::vector<uint32_t> check_columns;
  VersionMove version_move = VersionMove::kNone;
  RowPart part = RowPart::kMain;
  // Whether a cascade of this plan may have deleted the row already.
  bool may_be_gone = false;

  // Empties it, and keeps its memory.
  void Clear() {
    generated = -1;
    columns.clear();
    default_columns.clear();
    check_columns.clear();
    version_move = VersionMove::kNone;
    part = RowPart::kMain;
    may_be_gone = false;
  }
  auto operator<=>(const RowShape&) const = default;
};

// Collects rows and makes steps of them: by level, then kind, table and shape, the rows by key.
class StepGroups {
 public:
  // `edits` may be null; all outlive the groups.
  StepGroups(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const PlanTraits& traits,
             const RowEdits* edits = nullptr)
      : schema_(schema), changes_(changes), traits_(traits), edits_(edits) {}

  // `change` is an index into the changes. Rows that stay together are in one step however many they are.
  void Add(StepKind kind, size_t change, uint64_t level, const RowShape& shape, bool together = false);
  // Whether there is a row that would share the change's step.
  bool Has(StepKind kind, size_t change, uint64_t level, const RowShape& shape);
  void AppendTo(std::vector<Step>& steps);

 private:
  struct Key {
    uint64_t level = 0;
    StepKind kind = StepKind::kInsert;
    uint32_t table = 0;
    RowShape shape;

    auto operator<=>(const Key&) const = default;
  };
  struct Group {
    std::vector<size_t> changes;
    bool together = false;
  };

  void Want(StepKind kind, size_t change, uint64_t level, const RowShape& shape);
  void SortByKey(std::vector<size_t>& rows) const;
  // Moves the group's next rows into a step, from `from` on, as many as one may have. Returns where they end.
  size_t FillStep(const Key& key, const Group& group, size_t from, Step& step) const;
  // Lists the values of a row.
  void ListValues(const Key& key, size_t change, ValueStore& store) const;
  const RowEdit* EditOf(size_t change, RowPart part) const;

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const PlanTraits& traits_;
  const RowEdits* const edits_;
  std::map<Key, Group> groups_;
  Key wanted_;  // kept for its memory
};

}  // namespace uow
