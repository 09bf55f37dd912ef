#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "adapters/handle_map.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// What a save that has run generated, in order of the changes: the keys that stand behind the handles of new entities, and the new
// versions of written rows. `generated` has what the database gave. While the target waits for it, many changes are gone through by
// two threads. INTERNAL where a handle has no key.
absl::StatusOr<std::vector<v1::GeneratedEntity>> GeneratedEntities(const SchemaIndex& schema,
                                                                   const std::vector<v1::NetChange>& changes,
                                                                   const HandleMap& generated, bool target_waits);

}  // namespace uow
