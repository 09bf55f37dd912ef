#pragma once

#include <string>

#include "adapters/plan/plan.h"
#include "journal/schema_index.h"

namespace uow::sqlite {

// The statement of a step, run once a row; placeholder ?n is the row's n-th value. An insert that generates a key omits its column,
// so that placeholder is not used, and returns the key.
std::string RenderStep(const SchemaIndex& schema, const Step& step);

// "column" = ?n for every key column of the step and "column" IS ?n for every checked one, joined by AND.
std::string RenderKeyCondition(const v1::Table& table, const Step& step);

}  // namespace uow::sqlite
