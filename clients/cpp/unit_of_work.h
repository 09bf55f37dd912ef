#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cpp/binding.h"
#include "clients/cpp/history.h"
#include "clients/cpp/memory.h"
#include "clients/cpp/recorder.h"
#include "clients/cpp/saver.h"
#include "clients/cpp/service.h"
#include "uow/session.h"

namespace uow::inline client::internal {

// What stands behind a Session: applies each change to memory and hands it to the recorder, and keeps the two together through
// rollbacks, saves, refusals and the rollbacks of others. Session documents the calls.
class UnitOfWork {
 public:
  UnitOfWork(std::shared_ptr<const Service> service, std::string session_id, Binding binding, uint64_t epoch);

  absl::StatusOr<EntityPtr> Create(const TableInfo* info, const std::vector<Operand>& operands);
  absl::StatusOr<EntityPtr> Attach(const TableInfo* info, const std::vector<Operand>& operands);
  EntityPtr Find(const TableInfo* info, const std::vector<Operand>& operands) const;
  std::vector<EntityPtr> List(const TableInfo* info) const;
  absl::Status Set(const EntityPtr& entity, const std::vector<Operand>& operands);
  absl::Status Erase(const EntityPtr& entity);
  absl::StatusOr<v1::Value> Get(const EntityState& entity, uint32_t column) const;
  absl::StatusOr<EntityPtr> Follow(const EntityState& entity, uint32_t column);

  absl::StatusOr<Checkpoint> SetCheckpoint(absl::string_view name);
  std::vector<Checkpoint> Checkpoints() const;
  absl::Status Rollback(const std::string& name);
  absl::StatusOr<SaveResult> Save(const std::string* checkpoint, const SaveOptions& options);
  absl::Status Flush();
  absl::StatusOr<PendingChanges> Pending();
  absl::Status Reload();
  absl::Status Close(bool keep_history);
  // Builds memory from what the service has, for a session that was resumed.
  absl::Status LoadHistory();

  const std::string& id() const { return session_id_; }

 private:
  struct Mark {
    std::string name;
    uint64_t ticket = 0;    // of its command; 0 for one from the history
    uint64_t position = 0;  // in memory's undo log
    bool saved = false;     // what came next is saved already
  };

  // Whether changes may go on. After a rollback by another writer, first brings memory in line with the journal.
  absl::Status Ready();
  // Asks the recorder for room. False where the session's state changed while waiting: prepare the change again.
  absl::StatusOr<bool> Admit(size_t bytes);

  // The operands as values of their columns: checked, and with entities replaced by their keys.
  absl::StatusOr<std::vector<ColumnValue>> Values(const BoundTable& table, const std::vector<Operand>& operands) const;
  absl::StatusOr<v1::Value> ValueOf(const BoundTable& table, const Operand& operand) const;
  // The key among the values; parts that are missing become handles where `generate` is set.
  std::vector<v1::Value> TakeKey(const BoundTable& table, std::vector<ColumnValue>& values, bool generate);
  // Why a live entity is wanted and this one isn't.
  absl::Status CheckWritable(const EntityState& entity) const;
  // The entity's OBSERVED event, if the journal wants one before the first change.
  std::optional<v1::Event> Observation(const EntityState& entity) const;
  void RecordObservation(const EntityPtr& entity, std::optional<v1::Event> observed);
  void Record(v1::Event event);

  // The session's objects by key, for memory to be built anew with the same ones.
  struct Revivals {
    absl::flat_hash_map<std::string, EntityPtr> created;  // by changes that aren't saved
    absl::flat_hash_map<std::string, EntityPtr> rows;     // live without those changes
  };
  // Takes them out of memory, with what isn't saved undone.
  Revivals MakeRevivals(const History& history);
  static EntityPtr Revive(absl::flat_hash_map<std::string, EntityPtr>& from, const std::string& key);
  void ReplayEvent(const v1::JournalEntry& entry, Revivals& revivals);
  void Adopt(const History& history);
  void ApplySave(const SaveAttempt& attempt, const CommittedSave& committed);
  // Finds out the outcome of a save whose answer was lost.
  absl::Status SettleSave(const SaveOptions& options, SaveResult& result);
  v1::Position Head() const;
  // After a call that another writer's rollback made fail: brings memory in line.
  absl::Status FindOutRollback();
  // Notes the key values that stand for the entity's handles.
  void ResolveKey(const v1::GeneratedEntity& generated);
  // Calls `visit` with the live entity, a declared column and its value, for each other column that the database filled in.
  void ForEachGenerated(const v1::GeneratedEntity& generated,
                        const std::function<void(const EntityPtr& entity, uint32_t column, const v1::Value& value)>& visit);
  std::vector<Mark>::iterator FindMark(const std::string& name);

  const std::shared_ptr<const Service> service_;
  const std::string session_id_;
  const Binding binding_;
  Memory memory_;
  Recorder recorder_;
  std::vector<Mark> marks_;  // in the order of their positions
  uint64_t last_handle_ = 0;
  uint64_t last_checkpoint_ = 0;
  uint64_t head_offset_ = 0;  // the journal's head when it was last read; 0 for a new session
  // Entities whose creation was undone by rollbacks that may not be durable yet, and the ticket of the last of those.
  std::vector<EntityPtr> undone_;
  uint64_t last_rollback_ = 0;
  std::optional<SaveAttempt> unsettled_;
  absl::Status rolled_back_elsewhere_;  // an error until a save has returned it
  bool closed_ = false;
};

}  // namespace uow::inline client::internal
