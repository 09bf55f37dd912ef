#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/postgres/link.h"
#include "adapters/target.h"

namespace uow::postgres {

// The statements over uow_saves, for the methods of Connection of the same names.

// Creates the table where the search path has none. Safe against others who do the same.
absl::Status EnsureMarkerTable(Link& link);
absl::Status TakeFence(Link& link, const std::string& session, uint64_t fence, const std::string& executed_save_id);
// Sends the statement along with the next one. That one fails where this one doesn't write its row.
void WriteMarker(Link& link, const std::string& session, const Marker& marker);
absl::StatusOr<Marker> Settle(Link& link, const std::string& session, uint64_t fence);
// Looks at the `limit` rows after the session `cursor` and moves it on, so that rows of living sessions never bar the way.
absl::Status RemoveOldMarkers(Link& link, size_t limit, const std::function<bool(const std::string& session)>& alive,
                              std::string& cursor);

}  // namespace uow::postgres
