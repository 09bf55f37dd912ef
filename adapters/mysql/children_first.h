#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/mysql/link.h"
#include "journal/schema_index.h"

namespace uow::mysql {

// Whether a foreign key of the table refers to the table itself.
bool RefersToItself(const SchemaIndex& schema, uint32_t table);

// The order in which rows of a table that refers to itself are deleted, so that none goes before one that refers to it: rows of a
// level together, level after level. `found` is what Read::kReferences read of `count` rows; rows that it lacks are in no level.
// Rows that refer to one another in a cycle are one level: the database will refuse them.
absl::StatusOr<std::vector<std::vector<uint32_t>>> ChildrenFirst(const SchemaIndex& schema, uint32_t table, size_t count,
                                                                 const std::vector<Row>& found);

}  // namespace uow::mysql
