#pragma once

#include <memory>

#include "adapters/client_renderer.h"
#include "adapters/target.h"

namespace uow::mssql {

// Statements of many rows, for MS SQL Server 2016 and later: VALUES as a table that is joined, within 2,000 parameters and 1,000
// rows each. `save` outlives the renderer.
std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save);

// A target that shows plans, and is never connected: its connections and its catalog are NOT_SUPPORTED, for only clients save in
// MS SQL Server.
std::unique_ptr<Target> MakeUnconnectedTarget();

}  // namespace uow::mssql
