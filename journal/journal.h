#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "journal/generated_records.h"
#include "journal/saved_version.h"
#include "journal/schema_index.h"
#include "journal/session_id.h"
#include "uow/v1/errors.pb.h"
#include "uow/v1/event.pb.h"
#include "uow/v1/journal_service.pb.h"
#include "uow/v1/save_service.pb.h"
#include "uow/v1/schema_service.pb.h"

namespace uow {

// ---- Sessions ----

struct NewSession {
  // Either the name of a target that the server holds, or the dialect of one that the client holds.
  std::string target;
  v1::Dialect dialect = v1::DIALECT_UNSPECIFIED;
  std::string schema_id;
  std::map<std::string, std::string> labels;
  absl::Duration idle_ttl;
  // Absent: chosen at random.
  std::optional<SessionId> id;
};

// A session as the journal knows it.
struct SessionInfo {
  SessionId id;
  std::string target;                             // empty where the client holds the target
  v1::Dialect dialect = v1::DIALECT_UNSPECIFIED;  // set where the client holds the target
  std::string schema_id;
  std::map<std::string, std::string> labels;
  bool open = true;
  bool keep_history = false;
  absl::Time create_time;
  absl::Time active_time;
  absl::Time close_time;  // where !open
  absl::Duration idle_ttl;
  uint64_t head = 0;
  uint64_t saved = 0;
  uint64_t epoch = 0;
  // The fence: the number of the last save attempt or settling. Only ever rises.
  uint64_t attempt = 0;
  // The save that stands, if any.
  std::string pending_save_id;
  // The last save whose transaction ran in the target; empty before the first. What the marker row holds.
  std::string executed_save_id;
};

struct SessionFilter {
  std::map<std::string, std::string> labels;
  std::optional<bool> open;
};

struct SessionPage {
  std::vector<SessionInfo> sessions;
  std::optional<SessionId> next;  // where the next page begins
};

// ---- Commands ----

// Appends `events` serialised AppendEvents messages' worth of checked events.
struct AppendAction {
  uint64_t events = 0;       // their number, at least 1
  uint64_t last_handle = 0;  // the largest counter of the writer's own handles in them; 0 if there is none
  std::string bytes;         // an AppendEvents message, serialised, names replaced by positions
};
struct CheckpointAction {
  std::string name;
};
struct RollbackAction {
  std::variant<uint64_t, std::string> to;  // an offset, or a checkpoint's name
};

// One command of one writer.
struct Command {
  uint64_t sequence = 0;
  uint64_t epoch = 0;
  std::variant<AppendAction, CheckpointAction, RollbackAction> action;
};

// Where a stream of commands comes from and where their outcomes go. One per attached stream or unary call.
class CommandSource {
 public:
  CommandSource(const SessionId& session, std::string writer) : session_(session), writer_(std::move(writer)) {}
  virtual ~CommandSource() = default;

  const SessionId& session() const { return session_; }
  const std::string& writer() const { return writer_; }

  // Called on the journal's committer thread, in the order of submission; must not block. Commands up to ack.sequence() are
  // durable. Cumulative: of several commands in one group commit only the last one is acknowledged.
  virtual void OnCommitted(const v1::Ack& ack) = 0;
  // The command failed and was not applied; the journal is as before. Commands of this source that were submitted after it are
  // dropped without a further call. Same thread as OnCommitted.
  virtual void OnFailed(uint64_t sequence, const absl::Status& status) = 0;

  // What the journal notes of a source. Touched on its committer thread alone.
  struct Progress {
    bool failed = false;
    uint64_t group = 0;  // the last group commit that the source had a part in
    size_t slot = 0;     // its place in there
  };
  Progress& progress() { return progress_; }

 private:
  const SessionId session_;
  const std::string writer_;
  Progress progress_;
};

// A writer as it stands when a stream attaches.
struct WriterInfo {
  SessionInfo session;
  uint64_t last_sequence = 0;
  uint64_t last_handle_counter = 0;
  // Set where the epoch that the client named is older than the session's.
  std::optional<v1::StaleEpoch> stale;
};

// ---- Saves ----

// A save that was begun: the intent.
struct SaveIntent {
  std::string save_id;
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t epoch = 0;
  uint64_t attempt = 0;          // the fence of this attempt
  std::string executed_save_id;  // what the marker must hold: SessionInfo::executed_save_id when the save began
  absl::Time begin_time;
};

// How a save ended.
struct SaveOutcome {
  absl::Status status;    // OK: committed
  bool executed = false;  // committed by a transaction that wrote the marker; false for an empty plan
  uint64_t inserted = 0;
  uint64_t updated = 0;
  uint64_t deleted = 0;
  std::vector<v1::GeneratedEntity> generated;  // handles with their writers
  // Those of `generated`, where somebody has made them already.
  std::optional<GeneratedRecords> records;
};

struct SaveRecord {
  v1::Save save;  // without `generated`
  bool executed = false;
};

struct SavePage {
  std::vector<v1::Save> saves;
  std::string next;  // page token; empty at the end
};

struct CheckpointPage {
  std::vector<v1::Checkpoint> checkpoints;
  std::string next;  // page token; empty at the end
};

// A position that was resolved: an offset within [0, head], and the epoch that it holds in.
struct ResolvedPosition {
  uint64_t offset = 0;
  uint64_t epoch = 0;
};

// Sees one event, which it may take apart. Return an error to stop reading; ReadEvents returns it.
using EventVisitor =
    std::function<absl::Status(uint64_t offset, absl::string_view writer, uint64_t sequence, absl::Time time, v1::Event& event)>;

// ---- The journal ----

// Keeps sessions: their events, checkpoints, writers, save intents and outcomes. Knows no SQL and no gRPC.
//
// A call that changes something returns, or calls back, once the change is durable. Every method may block on the disk, except
// Submit. Thread-safe. Every method that takes a session may return SESSION_NOT_FOUND, JOURNAL_CORRUPT and, where it writes,
// DISK_FULL, SHUTTING_DOWN and SESSION_CLOSED; further errors are listed at each.
class Journal {
 public:
  virtual ~Journal() = default;

  // Stores a schema under its id. Idempotent.
  virtual absl::Status PutSchema(const SchemaRef& schema) = 0;
  // SCHEMA_NOT_FOUND.
  virtual absl::StatusOr<SchemaRef> GetSchema(absl::string_view id) = 0;

  // SESSION_EXISTS where the id was used before and isn't purged yet.
  virtual absl::StatusOr<SessionInfo> CreateSession(const NewSession& session) = 0;
  virtual absl::StatusOr<SessionInfo> GetSession(const SessionId& id) = 0;
  // At most `limit` sessions with ids from `from` on.
  virtual absl::StatusOr<SessionPage> ListSessions(const SessionFilter& filter, const SessionId& from, size_t limit) = 0;
  // Counts as activity; a zero `idle_ttl` keeps the old one.
  virtual absl::StatusOr<SessionInfo> RenewSession(const SessionId& id, absl::Duration idle_ttl) = 0;
  // Idempotent. SAVE_IN_PROGRESS while an intent stands.
  virtual absl::StatusOr<SessionInfo> CloseSession(const SessionId& id, bool keep_history) = 0;
  // Removes what is expired, and what was closed longer ago than `history_retention` (with history) or at all (without), but no
  // session with a standing intent. At most `limit` sessions; returns how many.
  virtual absl::StatusOr<size_t> Purge(absl::Duration history_retention, size_t limit) = 0;

  // The state for attaching. `epoch` is what the client knows of, if it resumes.
  virtual absl::StatusOr<WriterInfo> GetWriter(const SessionId& id, const std::string& writer, std::optional<uint64_t> epoch) = 0;

  // Queues a command. Its outcome goes to `source`, which the journal keeps until then; commands of one source are applied in
  // order. Never blocks. False where the byte budget is spent: nothing was queued, and `source` may try again once WhenReady calls.
  virtual bool Submit(const std::shared_ptr<CommandSource>& source, Command command) = 0;
  // Calls `ready` once, on the committer thread, when the budget has room again; at once where it has.
  virtual void WhenReady(std::function<void()> ready) = 0;

  // Waits until the writer's command is durable, at most until `deadline`; returns the offset after it. DEADLINE: a status of
  // code kDeadlineExceeded without a reason. STALE_EPOCH where `epoch` is not the session's. SEQUENCE_TOO_OLD.
  virtual absl::StatusOr<ResolvedPosition> WaitForCommand(const SessionId& id, const std::string& writer, uint64_t sequence,
                                                          uint64_t epoch, absl::Time deadline) = 0;
  // CHECKPOINT_NOT_FOUND.
  virtual absl::StatusOr<ResolvedPosition> FindCheckpoint(const SessionId& id, const std::string& name) = 0;
  // `page_token` from the page before, or empty. INVALID_REQUEST for a token that isn't one.
  virtual absl::StatusOr<CheckpointPage> ListCheckpoints(const SessionId& id, absl::string_view page_token, size_t limit) = 0;

  // Calls `visit` for every event of [from, to), in order, from one snapshot. OFFSET_BEYOND_HEAD; STALE_EPOCH where `epoch` is
  // given and is not the session's.
  virtual absl::Status ReadEvents(const SessionId& id, uint64_t from, uint64_t to, std::optional<uint64_t> epoch,
                                  const EventVisitor& visit) = 0;

  // Persists the intent to save [saved, to) and raises the attempt. While it stands, rollbacks below `to` and other saves are
  // refused. A failed save of the same id begins again with a new attempt. SAVE_IN_PROGRESS where an intent stands (also of this
  // id: settle it first); SAVE_MISMATCH where the id was used for another `to`, is committed, or `to` is below saved;
  // OFFSET_BEYOND_HEAD; STALE_EPOCH where `to.epoch` is not the session's.
  virtual absl::StatusOr<SaveIntent> BeginSave(const SessionId& id, const std::string& save_id, const ResolvedPosition& to) = 0;
  // The same for a save that leaves no marker in its target: noted in its record, v1::Save::without_marker.
  virtual absl::StatusOr<SaveIntent> BeginSaveWithoutMarker(const SessionId& id, const std::string& save_id,
                                                            const ResolvedPosition& to) = 0;
  // Raises the attempt of the standing intent, for settling it: the fence that the settler commits. SAVE_NOT_FOUND where none
  // stands.
  virtual absl::StatusOr<SaveIntent> RaiseAttempt(const SessionId& id) = 0;
  // Ends the standing intent of that save and attempt. Committed: moves `saved`, keeps the generated keys and
  // versions. Failed: keeps the error.
  // FENCED where another attempt stands.
  virtual absl::Status FinishSave(const SessionId& id, const SaveIntent& intent, const SaveOutcome& outcome) = 0;
  // SAVE_NOT_FOUND. With the generated values where `generated` is not null.
  virtual absl::StatusOr<SaveRecord> GetSave(const SessionId& id, const std::string& save_id,
                                             std::vector<v1::GeneratedEntity>* generated) = 0;
  // In the order in which they began.
  virtual absl::StatusOr<SavePage> ListSaves(const SessionId& id, absl::string_view page_token, size_t limit,
                                             bool include_generated) = 0;
  // The key that a committed save generated for a handle; false where there is none.
  virtual absl::StatusOr<bool> ResolveHandle(const SessionId& id, const v1::Handle& handle, v1::Value& value) = 0;
  // The version that committed saves gave a row; false where none did. The key has canonical values and no handles.
  virtual absl::StatusOr<bool> ResolveVersion(const SessionId& id, uint32_t table, absl::Span<const v1::Value> key,
                                              SavedVersion& saved) = 0;

  // Refuses new commands with SHUTTING_DOWN, commits what is queued, delivers the last acknowledgements, and stops. Idempotent.
  virtual void Shutdown() = 0;
};

}  // namespace uow
