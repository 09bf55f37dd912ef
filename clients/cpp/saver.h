#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cpp/service.h"
#include "uow/session.h"

namespace uow::inline client::internal {

// A save that was begun and whose outcome isn't known yet.
struct SaveAttempt {
  std::string save_id;
  v1::Position to;               // where it ends
  bool pinned = false;           // the service knows where it ends: `to` is left out
  uint64_t memory_position = 0;  // the same place in memory's undo log
};

// A save that is committed.
struct CommittedSave {
  v1::Save save;
  std::vector<v1::GeneratedEntity> generated;
};

// Runs a save and asks again, under its id, where the answer was lost, for ConnectOptions::retry_for. `unknown` is set where the
// error leaves it open whether the save is committed: then it has to be asked for again before any other save.
absl::StatusOr<CommittedSave> RunSave(const Service& service, absl::string_view session_id, const SaveAttempt& attempt,
                                      const SaveOptions& options, bool& unknown);

}  // namespace uow::inline client::internal
