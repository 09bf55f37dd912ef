#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/mysql/link.h"
#include "adapters/target.h"

namespace uow::mysql {

// The table of the markers.
inline constexpr char kCreateMarkerTable[] =
    "CREATE TABLE IF NOT EXISTS uow_saves (session VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, fence "
    "BIGINT "
    "UNSIGNED NOT NULL, save_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, saved BIGINT UNSIGNED NOT NULL, "
    "result "
    "LONGBLOB NOT NULL, updated_at DATETIME(6) NOT NULL) ENGINE=InnoDB";

// The statements over uow_saves, for the methods of Connection of the same names.

// Creates the table where the database has none. Commits.
absl::Status EnsureMarkerTable(Link& link);
absl::Status TakeFence(Link& link, const std::string& session, uint64_t fence, const std::string& executed_save_id);
absl::Status WriteMarker(Link& link, const std::string& session, const Marker& marker);
// Commits.
absl::StatusOr<Marker> Settle(Link& link, const std::string& session, uint64_t fence);
// Looks at the `limit` rows after the session `cursor` and moves it on, so that rows of living sessions never bar the way. Commits.
absl::Status RemoveOldMarkers(Link& link, size_t limit, const std::function<bool(const std::string& session)>& alive,
                              std::string& cursor);

}  // namespace uow::mysql
