#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "uow/entity.h"
#include "uow/table.h"

namespace uow::inline client {

namespace internal {
class UnitOfWork;
}

// A named position in a session, to roll back to or to save up to.
struct Checkpoint {
  std::string name;
};

// What a save did.
struct SaveResult {
  std::string save_id;
  // The events [from, to) of the journal are now in the database.
  uint64_t from = 0;
  uint64_t to = 0;
  // Rows.
  uint64_t inserted = 0;
  uint64_t updated = 0;
  uint64_t deleted = 0;
  // Entities whose generated keys or other columns were filled in.
  uint64_t hydrated = 0;
};

// How far a save is. Totals are 0 as long as they aren't known.
struct SaveProgress {
  uint64_t statements_done = 0;
  uint64_t statements_total = 0;
  uint64_t rows_done = 0;
  uint64_t rows_total = 0;
};

// How far a save's transaction is kept apart from concurrent ones. kDefault: as the target has it.
enum class IsolationLevel { kDefault, kReadCommitted, kRepeatableRead, kSerializable };

struct SaveOptions {
  // Called now and then while the save runs, on the thread that called save.
  std::function<void(const SaveProgress&)> progress = {};
  IsolationLevel isolation_level = IsolationLevel::kDefault;
  // How long one statement may take, 1 millisecond to 1 day; never longer than the target allows, which is also what holds where it
  // is infinite. INVALID_ARGUMENT (INVALID_REQUEST) for others.
  absl::Duration statement_timeout = absl::InfiniteDuration();
};

// What a save of everything would change: entities, not events.
struct PendingChanges {
  uint64_t inserts = 0;
  uint64_t updates = 0;
  uint64_t deletes = 0;
  uint64_t replaces = 0;  // deleted and created again with the same key
  uint64_t total() const { return inserts + updates + deletes + replaces; }
};

// A unit of work: changes to entities, in memory and in the service's journal. Client::open and Client::resume make it.
//
// A change is applied in memory at once and streamed to the journal in the background; `flush` waits until all is durable. `save`
// writes what is pending into the database in one transaction. The destructor ends the stream, not the session: what was flushed
// can be resumed by another process, and what was not flushed is sent for a moment longer (ConnectOptions::linger).
//
// Threads: a session and its entities belong to one thread at a time; different sessions are independent.
//
// Every change and every call below may also return:
// - RESOURCE_EXHAUSTED: too much is unacknowledged (ConnectOptions::max_unacknowledged_bytes). Nothing has changed; flush, or try
// later.
// - UNAVAILABLE: the service could not be reached for ConnectOptions::retry_for. Nothing is lost: call again to go on trying.
// - FAILED_PRECONDITION: the session was closed, or has diverged: the journal refused a rollback that memory has done. Then only
//   reload() and close() go on.
//
// A change that the journal refuses after it was made in memory (a value out of the database's range, say) makes flush and save
// return that error until it is rolled back past. A rollback by another writer of the same session undoes in memory whatever of
// ours it has removed from the journal, at our next call; the next save then returns once with reason STALE_EPOCH and saves
// nothing.
class Session {
 public:
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Creates a row: `session.create(Country::name = "Aruba", …)`. A generated key that is left out gets its value at the save; until
  // then the entity stands for it in references. ALREADY_EXISTS where the session has a live entity of that key.
  template <typename T, typename... Cs>
  requires CompleteRow<T, Cs...> absl::StatusOr<Entity<T>> create(Assignment<T, Cs>... values) {
    return Typed<T>(CreateEntity(internal::InfoOf<T>(), {std::move(values.operand)...}));
  }

  // Takes up a row that the program has read from the database: its key and whatever columns were loaded. Returns the session's
  // entity where it has one already; then loaded values only replace values that this session hasn't changed. Sent to the journal
  // only once the row changes.
  template <typename T, typename... Cs>
  requires LoadedRow<T, Cs...> absl::StatusOr<Entity<T>> attach(Assignment<T, Cs>... values) {
    return Typed<T>(AttachEntity(internal::InfoOf<T>(), {std::move(values.operand)...}));
  }

  // The live entity of that key, if the session has one.
  template <typename T, typename... Cs>
  requires KeyOf<T, Cs...> std::optional<Entity<T>> find(Assignment<T, Cs>... key)
  const {
    internal::EntityPtr state = FindEntity(internal::InfoOf<T>(), {std::move(key.operand)...});
    return state == nullptr ? std::optional<Entity<T>>() : std::optional<Entity<T>>(Entity<T>(std::move(state)));
  }

  // All live entities of a table, in the order in which the session came to know them.
  template <TableType T>
  std::vector<Entity<T>> entities() const {
    std::vector<Entity<T>> result;
    for (internal::EntityPtr& state : ListEntities(internal::InfoOf<T>())) result.emplace_back(std::move(state));
    return result;
  }

  // Deletes a row. Rows that refer to it are not touched in memory; what the database does to them shows after the save.
  template <TableType T>
  absl::Status erase(const Entity<T>& entity) {
    return EraseEntity(entity.state());
  }

  // Names the present state. Durable in the background. Without a name it gets one. ALREADY_EXISTS for a name in use,
  // INVALID_ARGUMENT for one that is longer than 255 bytes.
  absl::StatusOr<Checkpoint> set_checkpoint(absl::string_view name = "");
  // The session's checkpoints that can be rolled back to, oldest first, those of before a resume included.
  std::vector<Checkpoint> checkpoints() const;

  // Undoes all changes since the checkpoint, in memory at once and in the journal in the background, and drops later checkpoints.
  // Entities created since are detached; erased ones are live again. What was only loaded stays. Costs as much as what is undone.
  // NOT_FOUND for an unknown checkpoint, FAILED_PRECONDITION (ROLLBACK_BELOW_SAVED) for one below what is saved.
  absl::Status rollback(const Checkpoint& checkpoint);

  // Writes all pending changes into the database in one transaction. On success generated keys are in the entities. On failure the
  // database and the journal are as before; DetailOf says which entity and which constraint. Call again to retry, or roll back.
  // Blocks until the outcome is known; a lost answer is asked for again under the same save id.
  absl::StatusOr<SaveResult> save(const SaveOptions& options = {});
  // The same, up to a checkpoint. Later changes stay pending, and are not overwritten.
  absl::StatusOr<SaveResult> save(const Checkpoint& checkpoint, const SaveOptions& options = {});

  // Waits until every change, checkpoint and rollback so far is durable.
  absl::Status flush();

  // Asks the service what is pending. Flushes first.
  absl::StatusOr<PendingChanges> pending();

  // Flushes where it can, then builds memory anew from the journal. Entities stay the same objects. Ends a divergence.
  absl::Status reload();

  // Closes the session for good: pending changes are given up. With history the journal stays readable for a while.
  absl::Status close(bool keep_history = false);

  // The session's id, for Client::resume.
  const std::string& id() const;

 private:
  friend class Client;
  explicit Session(std::unique_ptr<internal::UnitOfWork> unit);

  template <typename T>
  static absl::StatusOr<Entity<T>> Typed(absl::StatusOr<internal::EntityPtr> state) {
    if (!state.ok()) return state.status();
    return Entity<T>(*std::move(state));
  }

  absl::StatusOr<internal::EntityPtr> CreateEntity(const internal::TableInfo* table, const std::vector<internal::Operand>& values);
  absl::StatusOr<internal::EntityPtr> AttachEntity(const internal::TableInfo* table, const std::vector<internal::Operand>& values);
  internal::EntityPtr FindEntity(const internal::TableInfo* table, const std::vector<internal::Operand>& key) const;
  std::vector<internal::EntityPtr> ListEntities(const internal::TableInfo* table) const;
  absl::Status EraseEntity(const internal::EntityPtr& entity);

  std::unique_ptr<internal::UnitOfWork> unit_;
};

}  // namespace uow::inline client
