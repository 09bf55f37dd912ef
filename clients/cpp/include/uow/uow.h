#pragma once

// The whole client: `#include "uow/uow.h"`.
#include "uow/client.h"   // IWYU pragma: export
#include "uow/entity.h"   // IWYU pragma: export
#include "uow/errors.h"   // IWYU pragma: export
#include "uow/session.h"  // IWYU pragma: export
#include "uow/table.h"    // IWYU pragma: export
#include "uow/types.h"    // IWYU pragma: export
