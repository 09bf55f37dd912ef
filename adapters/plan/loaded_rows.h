#pragma once

#include <vector>

#include "adapters/plan/plan.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// What the changes of a plan were based on: steps whose keys and checks select rows as they were ahead of the save, whatever the
// plan makes of them on its way. They write nothing, and are never run. Without rows that a cascade may take, and those whose keys
// may follow a key that the plan changes. The changes outlive the steps.
std::vector<Step> LoadedRows(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const Plan& plan);

}  // namespace uow
