#pragma once

#include "absl/status/status.h"
#include "adapters/handle_map.h"
#include "adapters/plan/plan.h"
#include "adapters/sqlite/database.h"
#include "journal/schema_index.h"

namespace uow::sqlite {

// Runs a step's statement once a row. See Connection::RunStep.
absl::Status RunStepRows(Database& database, const SchemaIndex& schema, const Step& step, HandleMap& keys);

}  // namespace uow::sqlite
