#pragma once

#include <vector>

#include "uow/v1/save_service.pb.h"

namespace uow {

// Generated values by entity and in groups. `Grouped` is v1::GroupedValues or v1::SaveResult.

// Adds the entities [begin, end) to the groups.
template <typename Grouped>
void GroupEntities(const v1::GeneratedEntity* begin, const v1::GeneratedEntity* end, Grouped& grouped);

// Takes the entities out of the groups: keys first, then versions, then the others. False where a group contradicts itself.
template <typename Grouped>
bool UngroupEntities(Grouped& grouped, std::vector<v1::GeneratedEntity>& entities);

}  // namespace uow
