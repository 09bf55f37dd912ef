#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/target.h"
#include "journal/journal.h"
#include "journal/session_id.h"

namespace uow {

// Runs one attempt of a save in its target: fence, statements, marker, COMMIT.
struct SaveTask {
  SessionId session;
  SaveIntent intent;
  SchemaRef schema;
  const std::vector<v1::NetChange>* changes = nullptr;  // complete when Run is called
  TransactionOptions transaction;
  // Called between steps.
  std::function<void(const v1::SaveProgress&)> on_progress;
  // For RemoveOldMarkers.
  std::function<bool(const std::string& session)> session_alive;
};

// A save in its target. What it holds in memory, and its connection, go when it is destroyed: with many rows that takes a while,
// and those who wait for the outcome needn't wait for it.
class TargetSave {
 public:
  // Both, and what the task refers to, outlive the save.
  TargetSave(Target& target, SaveTask task);
  ~TargetSave();
  TargetSave(const TargetSave&) = delete;
  TargetSave& operator=(const TargetSave&) = delete;

  // Takes a connection and the fence before the task's changes are complete, unless that would keep others from the target.
  // For a save of many changes, at most once; Run does it otherwise. Errors are Run's.
  void Begin();

  // Plans the changes and runs them in one transaction of the target, exactly as described in design section 6, step 3. A
  // transaction that the target gave up (TARGET_CONFLICT) is replayed up to 5 times. An empty plan writes nothing: `executed` is
  // false. The returned error is SAVE_IN_DOUBT where the outcome is unknown, and otherwise means that nothing was written; changes
  // that can't be planned have at most cost keys, where they are many. Once.
  absl::StatusOr<SaveOutcome> Run();

  // Removes old markers of other sessions, where the save has run. May wait for the target.
  void TidyUp();

 private:
  Target& target_;
  const SaveTask task_;
  Plan plan_;
  std::unique_ptr<class SaveRun> run_;
  std::optional<absl::Status> begun_;  // how the transaction of run_ began that hasn't run yet
};

// All of it at once.
absl::StatusOr<SaveOutcome> RunSave(Target& target, const SaveTask& task);

// Finds out what became of an attempt that may have committed: commits the higher fence `intent.attempt`, then looks for the save
// id. The outcome if it was committed; SAVE_NOT_FOUND if it was not and never will be; other errors: not known yet.
absl::StatusOr<SaveOutcome> SettleSave(Target& target, const std::string& session, const SaveIntent& intent);

}  // namespace uow
