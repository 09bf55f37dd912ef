#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "adapters/postgres/link.h"
#include "journal/schema_index.h"
#include "uow/v1/save_service.pb.h"

namespace uow::postgres {

// The keys of one column that a plan needs.
struct KeyDemand {
  uint32_t table = 0;
  uint32_t column = 0;
  uint64_t count = 0;
};

// What the plan's inserts need from sequences, in order of first use.
std::vector<KeyDemand> KeyDemands(const SchemaIndex& schema, const Plan& plan);

// The one statement that draws all of these keys, as PlanSave shows it: a row of parameters for each column.
v1::PlannedStatement RenderKeyDemands(const SchemaIndex& schema, const std::vector<KeyDemand>& demands);

// SET CONSTRAINTS … DEFERRED for what a plan defers; empty where it defers nothing.
std::string RenderDeferral(const SchemaIndex& schema, const Plan& plan);

// Draws the keys of a plan in one round trip. Sequences are found in the catalog by the statement itself, so that nothing goes
// stale when a migration changes them. Handles of columns without a sequence, or with one that this user may not use, stay open:
// their rows are inserted one by one.
absl::Status DrawKeys(Link& link, const SchemaIndex& schema, const Plan& plan, HandleMap& keys);

}  // namespace uow::postgres
