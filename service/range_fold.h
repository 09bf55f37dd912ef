#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "journal/journal.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// Folds the events of [from, to) into net changes. The errors of ReadEvents and of Fold. Memory grows with the net changes.
absl::StatusOr<std::vector<v1::NetChange>> FoldRange(Journal& journal, const SessionId& session, const SchemaRef& schema,
                                                     uint64_t from, uint64_t to, std::optional<uint64_t> epoch);

}  // namespace uow
