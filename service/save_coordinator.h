#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/save_task.h"
#include "journal/journal.h"
#include "journal/mutex.h"
#include "service/blocking_pool.h"
#include "service/client_saves.h"
#include "service/fold_ahead.h"
#include "service/targets.h"

namespace uow {

// How a save ended: committed, with what the database generated.
struct SaveResult {
  v1::Save save;
  std::vector<std::string> generated;  // as EncodeGeneratedPages writes it
};

using SaveResultRef = std::shared_ptr<const SaveResult>;

// Follows a save. Called on the coordinator's threads, one call at a time; must not block.
class SaveObserver {
 public:
  virtual ~SaveObserver() = default;
  virtual void OnProgress(const v1::SaveProgress& progress) = 0;
  // The last call.
  virtual void OnDone(const absl::StatusOr<SaveResultRef>& result) = 0;
};

// A client's wish to save.
struct SaveCall {
  SessionId session;
  std::string save_id;             // empty: chosen here
  std::optional<v1::Position> to;  // absent: what the save id is pinned to, or the head
  TransactionOptions transaction;
  absl::Time deadline;         // for the command that `to` waits for
  std::function<bool()> gone;  // whether the client stopped waiting for that
  std::shared_ptr<SaveObserver> observer;
};

// Runs saves (design section 6): at most one at a time per session, on the pool of saves. A save goes on when its client goes away,
// and a client that asks for a running save joins it. An intent that no save of this process runs was left by a crash: it is
// settled by whoever asks next. Thread-safe.
class SaveCoordinator {
 public:
  // All outlive the coordinator.
  SaveCoordinator(Journal& journal, const Targets& targets, ClientSaves& client_saves, FoldAhead& fold_ahead, BlockingPool& pool);

  // The observer hears how it ends, whatever happens.
  void Save(SaveCall call);

  // Settles the session's standing intent if no save of this process runs it, waiting for the target. OK where none stands any
  // more; SAVE_IN_PROGRESS where a save runs; SAVE_IN_DOUBT where the target can't tell, or only a client can ask it.
  absl::Status SettleIfOrphan(const SessionId& session);

  // Begins nothing new, and waits until what runs is over, at most until `deadline`. False if something still runs then: its
  // observers have heard SHUTTING_DOWN, and the next server settles it.
  bool Drain(absl::Time deadline);

 private:
  // What runs for a session: a save, or only the settling of one.
  struct Running {
    std::string save_id;
    bool settling = false;
    std::optional<uint64_t> to;
    std::vector<std::shared_ptr<SaveObserver>> observers;
    absl::Time last_progress = absl::InfinitePast();
    // The save's rows, connection and outcome. They are cleared away once the observers have been told.
    FoldedRange range;
    std::unique_ptr<TargetSave> save;
    SaveOutcome outcome;
  };
  using RunningRef = std::shared_ptr<Running>;

  // A save once its position is known; an error there matters only if the save isn't committed already.
  struct Wish {
    SessionId session;
    std::string save_id;
    TransactionOptions transaction;
    std::optional<absl::StatusOr<ResolvedPosition>> to;
  };

  void ResolveAndRun(const std::shared_ptr<SaveCall>& call);
  // Null where the call joined a running save or was refused: the observer has been told or will be.
  RunningRef Claim(const SaveCall& call, const Wish& wish);
  // Frees what the save held, and removes old markers unless the server shuts down.
  void ClearAway(const RunningRef& running);
  void EndRunning(const SessionId& session, const RunningRef& running, const absl::StatusOr<SaveResultRef>& result);

  absl::StatusOr<SaveResultRef> Run(Wish& wish, const RunningRef& running);
  // The outcome of an earlier call with the id, where it is committed; otherwise pins `wish.to` to what the id was used for.
  absl::StatusOr<SaveResultRef> Replay(Wish& wish);
  absl::StatusOr<SaveResultRef> RunNew(const SessionInfo& session, const Wish& wish, const RunningRef& running);
  // Persists the intent and makes running->save of it, and folds the session's pending events up to `to` into running->range
  // meanwhile. They are the same before and after: where a rollback takes some of them first, the intent is refused, and later it
  // is the rollback. Of many events the target's transaction begins meanwhile, too. `folded` is how the fold went, where the intent
  // was persisted.
  absl::StatusOr<SaveIntent> Begin(const SessionInfo& session, const Wish& wish, const ResolvedPosition& to, Target& target,
                                   const SchemaRef& schema, const RunningRef& running, absl::Status& folded);
  // To write running->range into the target.
  SaveTask TaskOf(const SessionInfo& session, const SaveIntent& intent, const TransactionOptions& transaction,
                  const SchemaRef& schema, const RunningRef& running);
  absl::StatusOr<SaveResultRef> FinishCommitted(const SessionInfo& session, const SaveIntent& intent, SaveOutcome& outcome);
  absl::Status FinishFailed(const SessionInfo& session, const SaveIntent& intent, const absl::Status& failure);
  // Settles a save of this very process whose COMMIT got no answer.
  absl::StatusOr<SaveResultRef> FinishInDoubt(const SessionInfo& session, const SaveIntent& intent, const absl::Status& doubt);
  // Settles the standing intent; the journal then says how it ended.
  absl::Status Settle(const SessionInfo& session);
  void Progress(const RunningRef& running, const v1::SaveProgress& progress);

  Journal& journal_;
  const Targets& targets_;
  ClientSaves& client_saves_;
  FoldAhead& fold_ahead_;
  BlockingPool& pool_;
  Mutex mutex_;
  CondVar changed_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  int clearing_ ABSL_GUARDED_BY(mutex_) = 0;  // calls of ClearAway
  absl::flat_hash_map<SessionId, RunningRef> running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace uow
