#pragma once

#include <vector>

#include "absl/status/status.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "journal/schema_index.h"

namespace uow::postgres {

// The error of a constraint that failed at the end of the transaction, with the row of the steps that it is about: the one whose
// values the server shows in its detail, as in "Key (order_id)=(7) is not present". The error as it was where no row has them.
absl::Status NameDeferredFailure(const absl::Status& error, const SchemaIndex& schema, const std::vector<const Step*>& steps,
                                 const HandleMap& keys);

}  // namespace uow::postgres
