#pragma once

#include <vector>

#include "uow/v1/save_service.pb.h"
#include "uow/v1/schema_service.pb.h"

namespace uow {

// Makes of a plan's steps, which have their indexes and phases, ones for an atomic batch (v1::BeginSaveRequest.atomic_batch): keys
// are drawn ahead of it, every count is checked by a statement that raises an error, and a step that runs once a row is a step for
// each row. The dialect is PostgreSQL or SQLite.
void MakeBatch(v1::Dialect dialect, std::vector<v1::SaveStep>& steps);

}  // namespace uow
