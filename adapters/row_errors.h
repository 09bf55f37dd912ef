#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/plan/plan.h"
#include "journal/schema_index.h"
#include "uow/v1/errors.pb.h"

namespace uow {

// The error with the entity of a row and the offset of its last event: in the detail, which starts from `detail`, and in words.
absl::Status WithRow(const absl::Status& error, const SchemaIndex& schema, const Step& step, const StepRow& row,
                     v1::ErrorDetail detail);

// A row of a step that isn't as it should be.
struct StaleRow {
  const Step* step = nullptr;
  const StepRow* row = nullptr;
};

// STALE_ENTITY naming rows of any updates and deletes, the first 100 in the detail; OK where there are none.
absl::Status StaleRows(const SchemaIndex& schema, const std::vector<StaleRow>& rows);
// The same for rows of one step that don't exist any more or aren't as they should be.
absl::Status StaleRows(const SchemaIndex& schema, const Step& step, const std::vector<const StepRow*>& rows);

// What a user can do where a server refuses a save for a reason of the schema or of privileges, to follow the message; else empty.
absl::string_view Advice(v1::ErrorReason reason);

}  // namespace uow
