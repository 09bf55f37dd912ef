// The second half of UnitOfWork: checkpoints, rollback, save, and memory rebuilt from the journal.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/events.h"
#include "clients/cpp/status.h"
#include "clients/cpp/unit_of_work.h"

namespace uow::inline client::internal {
namespace {

constexpr size_t kMaxCheckpointName = 255;

std::string KeyBytes(const BoundTable& table, const std::vector<v1::Value>& key) {
  std::string bytes = absl::StrCat(table.position);
  for (const v1::Value& part : key) absl::StrAppend(&bytes, "/", part.SerializeAsString());
  return bytes;
}

void Count(const CommittedSave& committed, SaveResult& result) {
  if (result.save_id.empty()) result.from = committed.save.from();
  result.save_id = committed.save.save_id();
  result.to = committed.save.to();
  result.inserted += committed.save.inserted();
  result.updated += committed.save.updated();
  result.deleted += committed.save.deleted();
  result.hydrated += committed.generated.size();
}

}  // namespace

// ---- Checkpoints and rollback ----

std::vector<UnitOfWork::Mark>::iterator UnitOfWork::FindMark(const std::string& name) {
  return std::find_if(marks_.begin(), marks_.end(), [&](const Mark& mark) { return mark.name == name; });
}

absl::StatusOr<Checkpoint> UnitOfWork::SetCheckpoint(absl::string_view wanted) {
  UOW_CLIENT_RETURN_IF_ERROR(Ready());
  std::string name(wanted);
  if (name.empty()) name = absl::StrCat("checkpoint ", ++last_checkpoint_, " of ", recorder_.writer());
  if (name.size() > kMaxCheckpointName) {
    return LocalError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_INVALID_REQUEST,
                      "a checkpoint's name has at most 255 bytes");
  }
  if (FindMark(name) != marks_.end()) {
    return LocalError(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_CHECKPOINT_EXISTS,
                      absl::StrCat("the session has a checkpoint \"", name, "\"; choose another name or roll back past it"));
  }
  marks_.push_back({name, recorder_.AddCheckpoint(name), memory_.position()});
  return Checkpoint{std::move(name)};
}

std::vector<Checkpoint> UnitOfWork::Checkpoints() const {
  std::vector<Checkpoint> result;
  for (const Mark& mark : marks_) {
    if (!mark.saved) result.push_back({mark.name});
  }
  return result;
}

absl::Status UnitOfWork::Rollback(const std::string& name) {
  UOW_CLIENT_RETURN_IF_ERROR(Ready());
  auto mark = FindMark(name);
  if (mark == marks_.end()) {
    return LocalError(absl::StatusCode::kNotFound, v1::ERROR_REASON_CHECKPOINT_NOT_FOUND,
                      absl::StrCat("the session has no checkpoint \"", name, "\": never set, or dropped by a rollback"));
  }
  if (mark->saved) {
    return LocalError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_ROLLBACK_BELOW_SAVED,
                      absl::StrCat("what came after checkpoint \"", name, "\" is saved already"));
  }
  if (unsettled_ && mark->position < unsettled_->memory_position) {
    return LocalError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_SAVE_IN_DOUBT,
                      absl::StrCat("whether save ", unsettled_->save_id, " is committed isn't known; save again to find out"));
  }
  memory_.UndoTo(mark->position);
  recorder_.AddRollback(name, mark->ticket);
  marks_.erase(mark + 1, marks_.end());
  return absl::OkStatus();
}

// ---- Saving ----

absl::Status UnitOfWork::Flush() {
  UOW_CLIENT_RETURN_IF_ERROR(Ready());
  absl::Status status = recorder_.WaitDurable();
  if (recorder_.trouble() == Recorder::Trouble::kStale) return Ready();
  return status;
}

// The position of all that this session has done; everything is durable.
v1::Position UnitOfWork::Head() const {
  v1::Position to;
  Recorder::Position durable = recorder_.durable();
  to.set_epoch(durable.epoch);
  if (durable.sequence > 0) {
    to.mutable_command()->set_writer(recorder_.writer());
    to.mutable_command()->set_sequence(durable.sequence);
  } else {
    to.set_offset(head_offset_);
  }
  return to;
}

absl::Status UnitOfWork::SettleSave(const SaveOptions& options, SaveResult& result) {
  bool unknown = false;
  absl::StatusOr<CommittedSave> committed = RunSave(*service_, session_id_, *unsettled_, options, unknown);
  if (!committed.ok()) {
    if (!unknown) unsettled_.reset();
    return committed.status();
  }
  ApplySave(*unsettled_, *committed);
  unsettled_.reset();
  Count(*committed, result);
  return absl::OkStatus();
}

absl::StatusOr<SaveResult> UnitOfWork::Save(const std::string* checkpoint, const SaveOptions& options) {
  UOW_CLIENT_RETURN_IF_ERROR(Flush());
  if (!rolled_back_elsewhere_.ok()) return std::exchange(rolled_back_elsewhere_, absl::OkStatus());
  SaveResult result;
  if (unsettled_) UOW_CLIENT_RETURN_IF_ERROR(SettleSave(options, result));

  SaveAttempt attempt;
  attempt.save_id = Uuid::random().text();
  if (checkpoint != nullptr) {
    auto mark = FindMark(*checkpoint);
    if (mark == marks_.end()) {
      return LocalError(absl::StatusCode::kNotFound, v1::ERROR_REASON_CHECKPOINT_NOT_FOUND,
                        absl::StrCat("the session has no checkpoint \"", *checkpoint, "\": never set, or dropped by a rollback"));
    }
    attempt.to.set_checkpoint(*checkpoint);
    attempt.memory_position = mark->position;
  } else {
    attempt.to = Head();
    attempt.memory_position = memory_.position();
  }
  unsettled_ = std::move(attempt);
  absl::Status status = SettleSave(options, result);
  if (ReasonOf(status) != v1::ERROR_REASON_STALE_EPOCH) {
    if (!status.ok()) return status;
    return result;
  }
  UOW_CLIENT_RETURN_IF_ERROR(FindOutRollback());
  rolled_back_elsewhere_ = absl::OkStatus();
  return status;
}

absl::Status UnitOfWork::FindOutRollback() {
  recorder_.Reattach().IgnoreError();
  return Ready();
}

void UnitOfWork::HydrateEntity(const v1::GeneratedEntity& generated) {
  int parts = std::min(generated.key_size(), generated.generated_key_size());
  std::vector<v1::Value> key;
  for (int i = 0; i < parts; ++i) {
    const v1::Value& part = generated.key(i);
    bool resolved =
        part.kind_case() == v1::Value::kHandleValue && generated.generated_key(i).kind_case() != v1::Value::kHandleValue;
    if (resolved) memory_.Resolve(part.handle_value(), generated.generated_key(i));
    key.push_back(generated.generated_key(i));
  }
  const BoundTable* table = binding_.At(generated.table());
  if (table == nullptr || generated.fields_size() == 0) return;
  EntityPtr entity = memory_.identities().Find(*table, key);
  if (entity == nullptr) return;
  for (const v1::Field& field : generated.fields()) {
    int column = table->ColumnAt(field.column());
    if (column >= 0) memory_.Hydrate(entity, static_cast<uint32_t>(column), field.value());
  }
}

void UnitOfWork::ApplySave(const SaveAttempt& attempt, const CommittedSave& committed) {
  memory_.TrimTo(attempt.memory_position);
  for (Mark& mark : marks_) mark.saved = mark.saved || mark.position < attempt.memory_position;
  base_offset_ = committed.save.to();
  for (const v1::GeneratedEntity& entity : committed.generated) HydrateEntity(entity);
}

absl::StatusOr<PendingChanges> UnitOfWork::Pending() {
  UOW_CLIENT_RETURN_IF_ERROR(Flush());
  v1::GetChangesRequest request;
  request.set_session_id(session_id_);
  *request.mutable_to() = Head();
  PendingChanges pending;
  absl::Status status = service_->Call("reading the pending changes", [&](grpc::ClientContext& context) {
    pending = PendingChanges();
    auto reader = service_->journal->GetChanges(&context, request);
    v1::GetChangesResponse response;
    while (reader->Read(&response)) {
      for (const v1::NetChange& change : response.changes()) {
        pending.inserts += change.kind() == v1::CHANGE_KIND_INSERT;
        pending.updates += change.kind() == v1::CHANGE_KIND_UPDATE;
        pending.deletes += change.kind() == v1::CHANGE_KIND_DELETE;
        pending.replaces += change.kind() == v1::CHANGE_KIND_REPLACE;
      }
    }
    return reader->Finish();
  });
  if (ReasonOf(status) == v1::ERROR_REASON_STALE_EPOCH) UOW_CLIENT_RETURN_IF_ERROR(FindOutRollback());
  UOW_CLIENT_RETURN_IF_ERROR(status);
  return pending;
}

absl::Status UnitOfWork::Close(bool keep_history) {
  if (closed_) return absl::OkStatus();
  v1::CloseSessionRequest request;
  request.set_session_id(session_id_);
  request.set_keep_history(keep_history);
  v1::CloseSessionResponse response;
  UOW_CLIENT_RETURN_IF_ERROR(service_->Call("closing the session", [&](grpc::ClientContext& context) {
    return service_->sessions->CloseSession(&context, request, &response);
  }));
  closed_ = true;
  recorder_.Restart(0);
  return absl::OkStatus();
}

// ---- Memory from the journal ----

absl::Status UnitOfWork::Reload() {
  if (closed_) return Ready();
  if (recorder_.trouble() == Recorder::Trouble::kNone) UOW_CLIENT_RETURN_IF_ERROR(recorder_.WaitDurable());
  if (recorder_.trouble() == Recorder::Trouble::kFatal) return recorder_.trouble_status();
  return LoadHistory();
}

absl::Status UnitOfWork::LoadHistory() {
  absl::StatusOr<History> history = ReadHistory(*service_, session_id_, base_offset_);
  if (!history.ok()) return history.status();
  Adopt(*history);
  return absl::OkStatus();
}

void UnitOfWork::Adopt(const History& history) {
  std::vector<EntityPtr> created = memory_.Created();
  uint64_t base_offset = base_offset_;
  memory_.UndoTo(memory_.saved_position());
  std::vector<uint64_t> positions = Replay(history, created);
  for (const v1::GeneratedEntity& entity : history.generated) HydrateEntity(entity);

  auto position_of = [&](uint64_t offset) {
    return offset < base_offset ? uint64_t{0} : positions[std::min<uint64_t>(offset - base_offset, positions.size() - 1)];
  };
  marks_.clear();
  for (const v1::Checkpoint& checkpoint : history.checkpoints) {
    marks_.push_back({checkpoint.name(), 0, position_of(checkpoint.offset()), checkpoint.offset() < history.session.saved()});
  }
  unsettled_.reset();
  if (!history.session.pending_save_id().empty()) {
    unsettled_ = SaveAttempt{history.session.pending_save_id(), {}, /*pinned=*/true, position_of(history.pending_save_to)};
  }
  memory_.TrimTo(position_of(history.session.saved()));
  base_offset_ = history.session.saved();
  head_offset_ = history.session.head();
  recorder_.Restart(history.session.epoch());
}

std::vector<uint64_t> UnitOfWork::Replay(const History& history, const std::vector<EntityPtr>& created) {
  // Generated keys first: a key is one key whichever name an event uses for it.
  for (const v1::GeneratedEntity& entity : history.generated) {
    for (int i = 0; i < std::min(entity.key_size(), entity.generated_key_size()); ++i) {
      if (entity.key(i).kind_case() != v1::Value::kHandleValue || entity.generated_key(i).kind_case() == v1::Value::kHandleValue)
        continue;
      memory_.Resolve(entity.key(i).handle_value(), entity.generated_key(i));
    }
  }
  Revivals revivals;
  for (const EntityPtr& entity : created) {
    for (v1::Value& part : entity->key) part = v1::Value(memory_.identities().Resolved(part));
    revivals[KeyBytes(*entity->table, entity->key)] = entity;
  }
  std::vector<uint64_t> positions;
  positions.reserve(history.entries.size() + 1);
  positions.push_back(memory_.position());
  for (const v1::JournalEntry& entry : history.entries) {
    ReplayEvent(entry, revivals);
    positions.push_back(memory_.position());
  }
  return positions;
}

void UnitOfWork::ReplayEvent(const v1::JournalEntry& entry, const Revivals& revivals) {
  const v1::Event& event = entry.event();
  const BoundTable* table = binding_.At(event.table());
  if (table == nullptr) return;
  std::vector<v1::Value> key;
  for (const v1::Value& part : event.key()) key.push_back(memory_.identities().Resolved(FromWire(part, entry.writer())));
  std::vector<ColumnValue> values;
  std::vector<ColumnValue> olds;
  for (const v1::Field& field : event.fields()) {
    int column = table->ColumnAt(field.column());
    if (column < 0) continue;
    if (field.has_value()) values.push_back({static_cast<uint32_t>(column), FromWire(field.value(), entry.writer())});
    if (field.has_old()) olds.push_back({static_cast<uint32_t>(column), FromWire(field.old(), entry.writer())});
  }

  EntityPtr entity = memory_.identities().Find(*table, key);
  if (event.kind() == v1::EVENT_KIND_CREATED) {
    if (entity != nullptr) return;  // a contradiction that the next save will report
    auto revival = revivals.find(KeyBytes(*table, key));
    bool revive = revival != revivals.end() && revival->second->life == EntityLife::kDetached;
    memory_.Create(*table, std::move(key), std::move(values), revive ? revival->second : nullptr);
    return;
  }
  if (entity == nullptr) entity = memory_.Attach(*table, std::move(key));
  switch (event.kind()) {
    case v1::EVENT_KIND_OBSERVED:
      for (ColumnValue& value : values) memory_.Load(entity, value.column, std::move(value.value));
      memory_.MarkObserved(entity);
      break;
    case v1::EVENT_KIND_UPDATED:
      for (ColumnValue& old : olds) {
        bool known = entity->slots[old.column].value.kind_case() != v1::Value::KIND_NOT_SET;
        if (!known) memory_.Load(entity, old.column, std::move(old.value));
      }
      if (!entity->in_journal) memory_.MarkObserved(entity);
      for (ColumnValue& value : values) memory_.Set(entity, value.column, std::move(value.value));
      break;
    case v1::EVENT_KIND_DELETED:
      if (!entity->in_journal) memory_.MarkObserved(entity);
      memory_.Erase(entity);
      break;
    default:
      break;
  }
}

}  // namespace uow::inline client::internal
