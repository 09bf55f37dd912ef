#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "adapters/plan/plan.h"

namespace uow {

// The columns that a row writes. Rows of one shape share a statement.
struct RowShape {
  // First, so that rows with given keys go before those whose keys the database generates, and might choose the same.
  int generated = -1;
  std::vector<uint32_t> columns;
  std::vector<uint32_t> default_columns;
  std::vector<uint32_t> check_columns;
  VersionMove version_move = VersionMove::kNone;

  // Empties it, and keeps its memory.
  void Clear() {
    generated = -1;
    columns.clear();
    default_columns.clear();
    check_columns.clear();
    version_move = VersionMove::kNone;
  }
  auto operator<=>(const RowShape&) const = default;
};

// Collects rows of one kind and makes steps of them: by level, then table, then shape, the rows by key.
class StepGroups {
 public:
  StepGroups(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, StepKind kind, size_t max_rows)
      : schema_(schema), changes_(changes), kind_(kind), max_rows_(max_rows) {}

  // `change` is an index into the changes. Rows that stay together are in one step however many they are.
  void Add(size_t change, uint64_t level, const RowShape& shape, bool together = false);
  void AppendTo(std::vector<Step>& steps);

 private:
  struct Key {
    uint64_t level = 0;
    uint32_t table = 0;
    RowShape shape;

    auto operator<=>(const Key&) const = default;
  };
  struct Group {
    std::vector<size_t> changes;
    bool together = false;
  };

  void SortByKey(std::vector<size_t>& rows) const;
  StepRow MakeRow(const RowShape& shape, size_t change) const;

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const StepKind kind_;
  const size_t max_rows_;
  std::map<Key, Group> groups_;
  Key wanted_;  // kept for its memory
};

}  // namespace uow
