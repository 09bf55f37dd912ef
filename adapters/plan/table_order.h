#pragma once

#include <cstdint>
#include <vector>

#include "journal/schema_index.h"

namespace uow {

// How a schema's foreign keys order its tables.
class TableOrder {
 public:
  explicit TableOrder(const SchemaIndex& schema);

  // The length of the longest path of foreign keys from this table to one that refers to no other. Tables that refer to one another
  // in a cycle share a depth and a group.
  uint32_t depth(uint32_t table) const { return depth_[group_[table]]; }
  // Tables of one group refer to one another in a cycle, or the group is one table.
  uint32_t group(uint32_t table) const { return group_[table]; }
  // Whether the rows of the table's group can refer to one another: a table that refers to itself, or a cycle.
  bool cyclic(uint32_t table) const { return cyclic_[group_[table]]; }
  // The tables that refer to one of `tables`, directly or through others, and `tables` themselves.
  std::vector<bool> Referring(std::vector<uint32_t> tables) const;

 private:
  void FindGroups(const SchemaIndex& schema);

  std::vector<uint32_t> group_;  // by table; a group that is referred to has a lower number
  std::vector<uint32_t> depth_;  // by group
  std::vector<bool> cyclic_;     // by group
  std::vector<std::vector<uint32_t>> referring_;
};

}  // namespace uow
