#include "journal/fold_entity.h"

#include <google/protobuf/repeated_field.h>

#include "journal/canonical.h"

namespace uow {
namespace {

bool IsSet(const v1::Value& value) { return value.kind_case() != v1::Value::KIND_NOT_SET; }

// Whether a field of a first event is part of the net change.
bool Counts(v1::ChangeKind kind, const v1::Field& field) {
  if (kind == v1::CHANGE_KIND_DELETE) return true;
  if (kind == v1::CHANGE_KIND_INSERT) return field.has_value();
  return !field.has_old() || !SameValue(field.value(), field.old());
}

}  // namespace

uint64_t FoldEntity::first_offset() const {
  const auto* change = std::get_if<v1::NetChange>(&state_);
  return change == nullptr ? std::get<NetEntity>(state_).first_offset() : change->first_offset();
}

void FoldEntity::Keep(v1::ChangeKind kind, uint64_t offset, v1::Event& event, std::optional<v1::Value> version) {
  v1::NetChange& change = state_.emplace<v1::NetChange>();
  change.set_kind(kind);
  change.set_table(event.table());
  change.set_first_offset(offset);
  change.set_last_offset(offset);
  change.mutable_key()->Swap(event.mutable_key());
  change.mutable_fields()->Swap(event.mutable_fields());
  for (v1::Field& field : *change.mutable_fields()) {
    if (!field.column_name().empty()) field.clear_column_name();
    if (field.has_value() && !IsSet(field.value())) field.clear_value();
    // Neither what is there before a row is created nor a handle without a key is what the database has.
    if (field.has_old() && (kind == v1::CHANGE_KIND_INSERT || !IsSet(field.old()) || field.old().has_handle_value())) {
      field.clear_old();
    }
  }
  if (version) *change.mutable_version() = *std::move(version);
}

NetEntity& FoldEntity::Open() const {
  auto* known = std::get_if<NetEntity>(&state_);
  if (known != nullptr) return *known;
  v1::NetChange change = std::move(std::get<v1::NetChange>(state_));
  NetEntity::Key key;
  for (v1::Value& value : *change.mutable_key()) key.push_back(std::move(value));
  NetFields fields;
  fields.reserve(change.fields_size());
  for (v1::Field& given : *change.mutable_fields()) {
    NetField& field = fields.emplace_back();
    field.column = given.column();
    field.offset = change.last_offset();
    if (given.has_value()) field.value = std::move(*given.mutable_value());
    if (given.has_old()) field.old = std::move(*given.mutable_old());
  }
  NetEntity& entity = state_.emplace<NetEntity>(change.kind(), change.table(), std::move(key), change.first_offset(),
                                                change.last_offset(), std::move(fields));
  if (change.has_version()) entity.SetVersion(std::move(*change.mutable_version()));
  return entity;
}

std::optional<v1::NetChange> FoldEntity::Take() {
  std::optional<v1::NetChange> taken;
  if (auto* change = std::get_if<v1::NetChange>(&state_)) {
    google::protobuf::RepeatedPtrField<v1::Field>& fields = *change->mutable_fields();
    for (int i = fields.size() - 1; i >= 0; --i) {
      if (!Counts(change->kind(), fields[i])) fields.DeleteSubrange(i, 1);
    }
    if (change->kind() != v1::CHANGE_KIND_UPDATE || !fields.empty()) taken.emplace(std::move(*change));
  } else {
    taken = std::move(std::get<NetEntity>(state_)).Take();
  }
  reset();
  return taken;
}

}  // namespace uow
