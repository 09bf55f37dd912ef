// UnitOfWork: checkpoints, rollback and save.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/events.h"
#include "clients/cpp/status.h"
#include "clients/cpp/unit_of_work.h"

namespace uow::inline client::internal {
namespace {

constexpr size_t kMaxCheckpointName = 255;

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
  // Should the journal refuse the rollback, reload wants these back as the objects that they are.
  if (recorder_.IsDurable(last_rollback_)) undone_.clear();
  for (EntityPtr& entity : memory_.CreatedSince(mark->position)) undone_.push_back(std::move(entity));
  memory_.UndoTo(mark->position);
  last_rollback_ = recorder_.AddRollback(name, mark->ticket);
  marks_.erase(mark + 1, marks_.end());
  return absl::OkStatus();
}

// ---- Saving ----

absl::Status UnitOfWork::Flush() {
  UOW_CLIENT_RETURN_IF_ERROR(Ready());
  absl::Status status = recorder_.WaitDurable();
  if (status.ok()) undone_.clear();
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

void UnitOfWork::ResolveKey(const v1::GeneratedEntity& generated) {
  for (int i = 0; i < std::min(generated.key_size(), generated.generated_key_size()); ++i) {
    if (generated.key(i).kind_case() != v1::Value::kHandleValue) continue;
    if (generated.generated_key(i).kind_case() == v1::Value::kHandleValue) continue;
    memory_.Resolve(generated.key(i).handle_value(), generated.generated_key(i));
  }
}

void UnitOfWork::ForEachGenerated(const v1::GeneratedEntity& generated,
                                  const std::function<void(const EntityPtr&, uint32_t, const v1::Value&)>& visit) {
  const BoundTable* table = binding_.At(generated.table());
  if (table == nullptr || generated.fields_size() == 0) return;
  EntityPtr entity = memory_.identities().Find(*table, {generated.key().begin(), generated.key().end()});
  if (entity == nullptr) return;
  for (const v1::Field& field : generated.fields()) {
    int column = table->ColumnAt(field.column());
    if (column >= 0) visit(entity, static_cast<uint32_t>(column), field.value());
  }
}

void UnitOfWork::ApplySave(const SaveAttempt& attempt, const CommittedSave& committed) {
  memory_.TrimTo(attempt.memory_position);
  for (Mark& mark : marks_) mark.saved = mark.saved || mark.position < attempt.memory_position;
  for (const v1::GeneratedEntity& entity : committed.generated) {
    ResolveKey(entity);
    ForEachGenerated(entity,
                     [&](const EntityPtr& row, uint32_t column, const v1::Value& value) { memory_.Hydrate(row, column, value); });
  }
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

}  // namespace uow::inline client::internal
