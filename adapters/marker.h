#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "adapters/target.h"

namespace uow {

// Why a session's marker could not be fenced: FENCED where its fence isn't below `fence`, else MARKER_LOST. `found` is the row in
// uow_saves, if there is one.
absl::Status MarkerError(const std::string& session, uint64_t fence, const std::string& executed_save_id,
                         const std::optional<Marker>& found);

}  // namespace uow
