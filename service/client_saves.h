#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "journal/journal.h"
#include "journal/mutex.h"
#include "service/fold_ahead.h"
#include "uow/v1/save_service.pb.h"

namespace uow {

// What a call of BeginSave hands out.
struct BegunAttempt {
  SessionId session;
  v1::BegunSave header;
  std::vector<v1::SaveStep> steps;             // EXECUTE, SETTLE
  std::vector<v1::GeneratedEntity> generated;  // COMMITTED
  v1::Save committed;                          // COMMITTED
  uint64_t lease = 0;                          // EXECUTE, SETTLE: for Delivered and Abandon
  absl::Duration lease_time;
};

// Saves that clients execute (design section 6): hands out plans, and takes their outcomes. An attempt is a standing intent of the
// journal; whoever asks next settles it once its client's lease is over. Leases are kept in memory alone: fencing keeps an attempt
// from being applied twice in any case. Thread-safe. All methods wait for the journal's disk.
class ClientSaves {
 public:
  // Both outlive this object.
  ClientSaves(Journal& journal, FoldAhead& fold_ahead) : journal_(journal), fold_ahead_(fold_ahead) {}

  // Nothing as long as the position's command isn't durable; then ask again. The errors of SaveService.BeginSave.
  absl::StatusOr<std::optional<BegunAttempt>> Begin(const v1::BeginSaveRequest& request, absl::Time deadline);
  // The client has got all of the attempt: its lease begins.
  void Delivered(const BegunAttempt& attempt);
  // The client can't have got all of the attempt, and so has run nothing of it.
  void Abandon(const BegunAttempt& attempt);

  // The errors of SaveService.FinishSave. `result` is a serialised v1::SaveResult, or empty.
  absl::StatusOr<v1::FinishSaveResponse> Finish(const v1::AttemptOutcome& outcome, const std::string& result);

  // Why the session's standing intent can't be settled here: SAVE_IN_PROGRESS while its client's lease is running, then
  // SAVE_IN_DOUBT, for a client has to settle it, or SAVE_UNDECIDED.
  absl::Status WhyStanding(const SessionInfo& session);

 private:
  struct Lease {
    uint64_t number = 0;
    std::string client;
    absl::Time until = absl::InfiniteFuture();  // until it is delivered
    uint64_t new_keys = 0;                      // that the result must have
  };

  // SAVE_IN_PROGRESS while somebody else's lease is running. Returns the new lease's number.
  absl::StatusOr<uint64_t> TakeLease(const SessionId& session, const v1::BeginSaveRequest& request);
  void EndLease(const SessionId& session, uint64_t number);
  bool IsLeased(const SessionId& session);

  absl::StatusOr<BegunAttempt> BeginLeased(const SessionId& id, const v1::BeginSaveRequest& request,
                                           const std::optional<absl::StatusOr<ResolvedPosition>>& to, uint64_t lease);
  absl::StatusOr<BegunAttempt> BeginSettling(const SessionInfo& session, bool atomic_batch);
  absl::StatusOr<BegunAttempt> BeginNew(const SessionInfo& session, const v1::BeginSaveRequest& request, const ResolvedPosition& to,
                                        uint64_t lease);
  absl::StatusOr<BegunAttempt> Committed(const SessionInfo& session, const std::string& save_id);

  // How the journal is to note an outcome; none where the save goes on standing.
  absl::StatusOr<std::optional<SaveOutcome>> Judge(const SessionInfo& session, const v1::Save& save,
                                                   const v1::AttemptOutcome& outcome, const std::string& result);
  absl::StatusOr<SaveOutcome> JudgeSettled(const SessionInfo& session, const v1::Save& save, const v1::FoundMarker& found,
                                           const std::string& result);
  absl::StatusOr<SaveOutcome> Decode(const SessionInfo& session, const std::string& result);
  absl::Status CheckKeys(const SessionId& session, const SaveOutcome& outcome);
  void AddRemoval(const SessionInfo& session, const v1::AttemptOutcome& outcome, v1::FinishSaveResponse& response);

  Journal& journal_;
  FoldAhead& fold_ahead_;
  Mutex mutex_;
  uint64_t last_lease_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<SessionId, Lease> leases_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow
