#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "journal/journal.h"
#include "journal/session_state.h"
#include "journal/truncations.h"

namespace uow {

// What the rules of a session look up in its store: the state as of the last group commit.
class SessionLookup {
 public:
  virtual ~SessionLookup() = default;

  virtual absl::StatusOr<WriterState> LoadWriter(absl::string_view writer) = 0;
  // The note of an applied command; none where the store holds it no more.
  virtual absl::StatusOr<std::optional<CommandNote>> FindCommand(absl::string_view writer, uint64_t sequence) = 0;
  // The largest sequence of the writer whose offset is at most `offset`; 0 if there is none.
  virtual absl::StatusOr<uint64_t> LastSurviving(absl::string_view writer, uint64_t offset) = 0;
  virtual absl::StatusOr<std::optional<CheckpointPlace>> FindCheckpoint(absl::string_view name) = 0;
};

// What a command comes to, decided but not yet done.
struct Effect {
  enum class Kind { kRetry, kAppend, kCheckpoint, kRollback };
  Kind kind = Kind::kRetry;
  uint64_t offset = 0;   // after the command
  uint64_t epoch = 0;    // after the command
  uint64_t ordinal = 0;  // kCheckpoint: the new one's. kRollback: those at `offset` with larger ordinals go too

  // Whether this rollback drops the checkpoint.
  bool Drops(const CheckpointPlace& place) const { return place.offset > offset || place.ordinal > ordinal; }
};

// The rules of one session, whatever stores it: sequences, epochs, retries, checkpoints, rollbacks and saves. Decide… say what is
// to be done or why not and change nothing; once the store has staged it, Apply… changes the state. Not thread-safe.
class Session {
 public:
  Session(const SessionId& id, SessionState state, Truncations truncations, std::unique_ptr<SessionLookup> lookup);

  const SessionId& id() const { return id_; }
  SessionState& state() { return state_; }
  const SessionState& state() const { return state_; }
  const Truncations& truncations() const { return truncations_; }
  SessionLookup& lookup() { return *lookup_; }

  // SESSION_NOT_FOUND for an expired session, SESSION_CLOSED.
  absl::Status CheckOpen(int64_t now_us) const;
  // The writer, loaded at its first use. Stays where it is until the session goes.
  absl::StatusOr<WriterState*> FindWriter(const std::string& name);

  // Of a session that is open. See journal_service.proto for the errors.
  absl::StatusOr<Effect> Decide(const WriterState& writer, const Command& command, uint64_t hash);
  void Apply(WriterState& writer, const Command& command, uint64_t hash, const Effect& effect);

  // What a client that knows `epoch` has missed; none if nothing.
  absl::StatusOr<std::optional<v1::StaleEpoch>> Missed(const WriterState& writer, uint64_t epoch);

  // `record` is the save's, where the id was used before.
  absl::Status CheckBegin(const std::string& save_id, const ResolvedPosition& to, const SaveRecord* record) const;
  SaveIntent ApplyBegin(const std::string& save_id, const ResolvedPosition& to, absl::Time now);
  // SAVE_NOT_FOUND where no save stands.
  absl::Status CheckPending() const;
  // FENCED unless that attempt stands.
  absl::Status CheckFinish(const SaveIntent& intent) const;
  void ApplyFinish(const SaveIntent& intent, const SaveOutcome& outcome);

  // Those with commands that aren't in the store yet.
  const std::vector<WriterState*>& pending_writers() const { return pending_writers_; }
  // The group commit is durable: what was pending is in the store.
  void ForgetPending();

  size_t ApproximateBytes() const;

 private:
  absl::StatusOr<Effect> DecideRetry(const WriterState& writer, const Command& command, uint64_t hash);
  absl::StatusOr<Effect> DecideCheckpoint(const std::string& name);
  absl::StatusOr<std::optional<CheckpointPlace>> FindCheckpoint(const std::string& name);
  absl::StatusOr<Effect> DecideRollback(const RollbackAction& rollback);
  absl::Status StaleError(const WriterState& writer, uint64_t epoch);

  const SessionId id_;
  SessionState state_;
  Truncations truncations_;
  std::unique_ptr<SessionLookup> lookup_;
  absl::flat_hash_map<std::string, std::unique_ptr<WriterState>> writers_;
  std::vector<WriterState*> pending_writers_;
  // What the store doesn't know yet: new checkpoints, and a rollback that drops old ones.
  absl::flat_hash_map<std::string, CheckpointPlace> pending_checkpoints_;
  std::optional<Effect> pending_rollback_;
};

// The error for a session that isn't there.
absl::Status SessionNotFound(const SessionId& id);
absl::Status SessionClosed(const SessionId& id);
absl::Status JournalShuttingDown();
// STALE_EPOCH without what was missed: for reads, which have no writer.
absl::Status StalePosition(const SessionState& state, const Truncations& truncations, uint64_t epoch);
// OFFSET_BEYOND_HEAD.
absl::Status BeyondHead(uint64_t offset, uint64_t head);

}  // namespace uow
