#pragma once

#include <memory>

#include "adapters/client_renderer.h"

namespace uow::postgres {

// Set-based statements: a parameter for each column, an array of all rows' values. Every parameter is text that the statement
// casts, so that it doesn't matter which types a driver infers. `save` outlives the renderer.
std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save);

}  // namespace uow::postgres
