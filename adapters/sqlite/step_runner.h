#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "adapters/sqlite/database.h"
#include "adapters/sqlite/render.h"
#include "journal/schema_index.h"

namespace uow::sqlite {

// How the generated keys of a table are told: by the rowid where the key is the rowid.
absl::StatusOr<KeySource> FindKeySource(Database& database, const v1::Table& table);

// Runs a step's statement once a row. See Connection::RunStep.
absl::Status RunStepRows(Database& database, const SchemaIndex& schema, const Step& step, HandleMap& keys);

// See Connection::FindMissing.
absl::StatusOr<std::vector<const StepRow*>> FindMissingRows(Database& database, const SchemaIndex& schema, const Step& step,
                                                            const HandleMap& keys);

}  // namespace uow::sqlite
