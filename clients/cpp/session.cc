#include "uow/session.h"

#include <utility>

#include "clients/cpp/unit_of_work.h"

namespace uow::inline client {

Session::Session(std::unique_ptr<internal::UnitOfWork> unit) : unit_(std::move(unit)) {}
Session::~Session() = default;

absl::StatusOr<internal::EntityPtr> Session::CreateEntity(const internal::TableInfo* table,
                                                          const std::vector<internal::Operand>& values) {
  return unit_->Create(table, values);
}

absl::StatusOr<internal::EntityPtr> Session::AttachEntity(const internal::TableInfo* table,
                                                          const std::vector<internal::Operand>& values) {
  return unit_->Attach(table, values);
}

internal::EntityPtr Session::FindEntity(const internal::TableInfo* table, const std::vector<internal::Operand>& key) const {
  return unit_->Find(table, key);
}

std::vector<internal::EntityPtr> Session::ListEntities(const internal::TableInfo* table) const { return unit_->List(table); }

absl::Status Session::EraseEntity(const internal::EntityPtr& entity) { return unit_->Erase(entity); }

absl::StatusOr<Checkpoint> Session::set_checkpoint(absl::string_view name) { return unit_->SetCheckpoint(name); }

std::vector<Checkpoint> Session::checkpoints() const { return unit_->Checkpoints(); }

absl::Status Session::rollback(const Checkpoint& checkpoint) { return unit_->Rollback(checkpoint.name); }

absl::StatusOr<SaveResult> Session::save(const SaveOptions& options) { return unit_->Save(nullptr, options); }

absl::StatusOr<SaveResult> Session::save(const Checkpoint& checkpoint, const SaveOptions& options) {
  return unit_->Save(&checkpoint.name, options);
}

absl::Status Session::flush() { return unit_->Flush(); }

absl::StatusOr<PendingChanges> Session::pending() { return unit_->Pending(); }

absl::Status Session::reload() { return unit_->Reload(); }

absl::Status Session::close(bool keep_history) { return unit_->Close(keep_history); }

const std::string& Session::id() const { return unit_->id(); }

}  // namespace uow::inline client
