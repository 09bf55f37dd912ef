#pragma once

#include <vector>

#include "absl/status/status.h"
#include "adapters/plan/plan.h"
#include "adapters/target.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// The error of a save that a step has found STALE_ENTITY, with the stale rows of all other steps: looks for them in a transaction
// of its own, after the rollback, so that it finds what is there now. It explains what was decided, and never fails itself: where
// the target can't be asked, the error stays as it is.
absl::Status NameAllStaleRows(Connection& connection, const SchemaIndex& schema, const std::vector<v1::NetChange>& changes,
                              const Plan& plan, const absl::Status& error);

}  // namespace uow
