#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "journal/committer.h"
#include "journal/durable_signal.h"
#include "journal/keys.h"
#include "journal/records.h"
#include "journal/rocks_journal.h"
#include "journal/rocks_store.h"

namespace uow {

// The embedded journal. Reads go to the store on the caller's thread and see what is durable; whatever changes something, or has to
// come after commands that are queued, goes through the committer. Its methods are in rocks_journal.cc (commands, schemas),
// rocks_sessions.cc, rocks_purge.cc, rocks_positions.cc and rocks_saves.cc.
class RocksJournal final : public Journal {
 public:
  RocksJournal(std::unique_ptr<RocksStore> store, const RocksJournalOptions& options);

  absl::Status PutSchema(const SchemaRef& schema) override;
  absl::StatusOr<SchemaRef> GetSchema(absl::string_view id) override;

  absl::StatusOr<SessionInfo> CreateSession(const NewSession& session) override;
  absl::StatusOr<SessionInfo> GetSession(const SessionId& id) override;
  absl::StatusOr<SessionPage> ListSessions(const SessionFilter& filter, const SessionId& from, size_t limit) override;
  absl::StatusOr<SessionInfo> RenewSession(const SessionId& id, absl::Duration idle_ttl) override;
  absl::StatusOr<SessionInfo> CloseSession(const SessionId& id, bool keep_history) override;
  absl::StatusOr<size_t> Purge(absl::Duration history_retention, size_t limit) override;

  absl::StatusOr<WriterInfo> GetWriter(const SessionId& id, const std::string& writer, std::optional<uint64_t> epoch) override;
  bool Submit(const std::shared_ptr<CommandSource>& source, Command command) override;
  void WhenReady(std::function<void()> ready) override;
  absl::StatusOr<ResolvedPosition> WaitForCommand(const SessionId& id, const std::string& writer, uint64_t sequence, uint64_t epoch,
                                                  absl::Time deadline) override;

  absl::StatusOr<ResolvedPosition> FindCheckpoint(const SessionId& id, const std::string& name) override;
  absl::StatusOr<CheckpointPage> ListCheckpoints(const SessionId& id, absl::string_view page_token, size_t limit) override;
  absl::Status ReadEvents(const SessionId& id, uint64_t from, uint64_t to, std::optional<uint64_t> epoch,
                          const EventVisitor& visit) override;

  absl::StatusOr<SaveIntent> BeginSave(const SessionId& id, const std::string& save_id, const ResolvedPosition& to) override;
  absl::StatusOr<SaveIntent> BeginSaveWithoutMarker(const SessionId& id, const std::string& save_id,
                                                    const ResolvedPosition& to) override;
  absl::StatusOr<SaveIntent> RaiseAttempt(const SessionId& id) override;
  absl::Status FinishSave(const SessionId& id, const SaveIntent& intent, const SaveOutcome& outcome) override;
  absl::StatusOr<SaveRecord> GetSave(const SessionId& id, const std::string& save_id,
                                     std::vector<v1::GeneratedEntity>* generated) override;
  absl::StatusOr<SavePage> ListSaves(const SessionId& id, absl::string_view page_token, size_t limit,
                                     bool include_generated) override;
  absl::StatusOr<bool> ResolveHandle(const SessionId& id, const v1::Handle& handle, v1::Value& value) override;
  absl::StatusOr<bool> ResolveVersion(const SessionId& id, uint32_t table, absl::Span<const v1::Value> key,
                                      SavedVersion& saved) override;

  void Shutdown() override;

 private:
  struct Due {
    DeadlineKind kind;
    int64_t time_us;
    SessionId id;
  };

  int64_t NowMicros() { return absl::ToUnixMicros(clock_.Now()); }
  // The state of a session that isn't expired.
  absl::StatusOr<SessionState> ReadLive(const SessionId& id, const rocksdb::Snapshot* snapshot = nullptr);
  // The command's offset once it is durable; none while it isn't.
  absl::StatusOr<std::optional<ResolvedPosition>> FindCommand(const SessionId& id, const std::string& writer, uint64_t sequence,
                                                              uint64_t epoch);
  absl::StatusOr<SessionInfo> CreateSessionAs(const SessionId& id, const NewSession& session);
  absl::StatusOr<SessionInfo> Describe(const SessionId& id, const SessionState& state);
  absl::StatusOr<SaveIntent> BeginSaveAs(const SessionId& id, const std::string& save_id, const ResolvedPosition& to,
                                         bool without_marker);
  absl::Status ReadGenerated(const SessionId& id, uint64_t ordinal, const rocksdb::Snapshot* snapshot,
                             const std::function<void(v1::GeneratedEntity&&)>& add, size_t& bytes);

  absl::StatusOr<std::vector<Due>> FindDue(DeadlineKind kind, int64_t until_us, size_t limit);
  absl::Status CloseExpired(size_t limit);
  absl::StatusOr<size_t> RemoveClosed(DeadlineKind kind, int64_t until_us, size_t limit);

  Clock& clock_;
  std::unique_ptr<RocksStore> store_;
  DurableSignal durable_;
  Mutex schemas_mutex_;
  absl::flat_hash_map<std::string, SchemaRef> schemas_ ABSL_GUARDED_BY(schemas_mutex_);
  Mutex creating_mutex_;
  CondVar created_;
  absl::flat_hash_set<SessionId> creating_ ABSL_GUARDED_BY(creating_mutex_);  // under ids of the clients' own
  Committer committer_;                                                       // last: its thread uses the others
};

// Moves a session's entry in the deadlines, and notes where it is.
void StageDeadline(RocksStore& store, const SessionId& id, DeadlineKind from, DeadlineKind to, int64_t time_us, SessionState& state,
                   rocksdb::WriteBatch& batch);

}  // namespace uow
