#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cpp/service.h"

namespace uow::inline client::internal {

// What the service has of a session, as far as memory is rebuilt from it.
struct History {
  v1::Session session;
  std::vector<v1::JournalEntry> entries;       // all, from offset 0 to the head
  std::vector<v1::Checkpoint> checkpoints;     // in order
  std::vector<v1::GeneratedEntity> generated;  // of all committed saves
  // The end of the save that stands; 0 if there is none.
  uint64_t pending_save_to = 0;
};

// Reads it. Begins again when somebody rolls the session back meanwhile. FAILED_PRECONDITION for a closed
// session.
absl::StatusOr<History> ReadHistory(const Service& service, absl::string_view session_id);

}  // namespace uow::inline client::internal
