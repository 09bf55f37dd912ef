#pragma once

#include <cstdint>
#include <vector>

#include "adapters/plan/table_order.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// Where a deleted row stands: rows of lower levels go first.
struct DeletePlace {
  uint64_t level = 0;
  // The rows of this table must go in one statement: they may refer to one another, and nothing says how.
  bool together = false;
};

// Orders deleted rows: tables that refer to others before those. Rows that refer to rows of their own table, or of tables that
// refer back, are ordered by what the journal knows of their foreign keys (`old`); where that isn't enough, they stay together.
// `deletes` are indexes into `changes`.
std::vector<DeletePlace> PlaceDeletes(const SchemaIndex& schema, const TableOrder& tables,
                                      const std::vector<v1::NetChange>& changes, const std::vector<size_t>& deletes);

}  // namespace uow
