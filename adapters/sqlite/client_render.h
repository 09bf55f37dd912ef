#pragma once

#include <memory>

#include "adapters/client_renderer.h"

namespace uow::sqlite {

// Statements of many rows: VALUES lists, within the limit on parameters and 1,000 rows each. `save` outlives the renderer.
std::unique_ptr<ClientRenderer> MakeClientRenderer(const ClientSave& save);

}  // namespace uow::sqlite
