#pragma once

#include <optional>
#include <vector>

#include "adapters/plan/plan.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// What a write does with its row's version column.
struct RowVersion {
  // Where the write itself gives the column a value: the event's own, 1 for a new row, or one more than the version that is
  // checked.
  std::optional<v1::Value> written;
  // How the database moves it, also where it may replace what is written; kNone where `written` is what the row will have.
  VersionMove move = VersionMove::kNone;
};

// For an insert, an update or a replacement in a table with a version column.
RowVersion MoveVersion(const SchemaIndex& schema, const v1::NetChange& change, StepKind kind);

// The columns whose values an update or delete checks, in order; CheckedValue has them.
void AppendCheckedColumns(const SchemaIndex& schema, const v1::NetChange& change, std::vector<uint32_t>& columns);
const v1::Value& CheckedValue(const SchemaIndex& schema, const v1::NetChange& change, uint32_t column);

}  // namespace uow
