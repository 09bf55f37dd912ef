#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "adapters/postgres/link.h"
#include "adapters/postgres/result.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/save_service.pb.h"

namespace uow::postgres {

// What a plan asks of a table that it inserts into: keys of one column, or only whether COPY may write it.
struct KeyDemand {
  uint32_t table = 0;
  std::optional<uint32_t> column;
  uint64_t count = 0;
};

// What the catalog says of the tables that a plan inserts into.
struct InsertFacts {
  // Tables that COPY may write.
  absl::flat_hash_set<uint32_t> copyable;
  // Columns, by table, whose keys are drawn ahead.
  absl::flat_hash_set<std::pair<uint32_t, uint32_t>> drawn;
  // Those of them whose keys are drawn from a default expression; the database's own text of it.
  std::vector<std::pair<KeyDemand, std::string>> expressions;
};

// What has to be asked ahead of the plan's inserts, in order of first use. Nothing for a few rows whose keys RETURNING tells in
// time.
// Without `may_return` that isn't considered.
std::vector<KeyDemand> KeyDemands(const SchemaIndex& schema, const Plan& plan, bool may_return = true);

// The one statement that asks for all of that, and draws the keys of columns with a sequence: a row of parameters for each demand.
v1::PlannedStatement RenderKeyDemands(const SchemaIndex& schema, const std::vector<KeyDemand>& demands);

// SET CONSTRAINTS … DEFERRED for what a plan defers; empty where it defers nothing.
std::string RenderDeferral(const SchemaIndex& schema, const Plan& plan);

// What the catalog has said, and the keys that were drawn.
struct KeyAnswer {
  std::vector<KeyDemand> demands;
  Result result;  // a row for each
};

// Asks what a plan of many net changes is going to ask, as far as that can be told before it is there. Nothing where they insert no
// rows that matter to it.
absl::StatusOr<std::optional<KeyAnswer>> DrawKeysAhead(Link& link, const SchemaIndex& schema,
                                                       const std::vector<v1::NetChange>& changes);

// Asks the same for a plan, without drawing keys.
absl::StatusOr<InsertFacts> FindFacts(Link& link, const SchemaIndex& schema, const Plan& plan);

// What runs ahead of the steps, as PlanSave shows it: the deferral, and the statements of DrawKeys.
std::vector<v1::PlannedStatement> RenderAhead(const SchemaIndex& schema, const Plan& plan, const std::vector<KeyDemand>& demands,
                                              const InsertFacts& facts);

// Draws the keys of a plan: in one round trip those of sequences, and in one for each column those of other default expressions.
// Sequences and expressions are found in the catalog, so that nothing goes stale when a migration changes them. Handles of columns
// without either, or with a sequence that this user may not use, stay open: their rows are inserted one by one. `ahead` is what has
// been asked for its changes; where that isn't enough, all is asked anew, and keys are left over.
absl::StatusOr<InsertFacts> DrawKeys(Link& link, const SchemaIndex& schema, const Plan& plan, std::optional<KeyAnswer> ahead,
                                     HandleMap& keys);

}  // namespace uow::postgres
