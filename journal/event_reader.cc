#include "journal/event_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/entity_ref.h"
#include "journal/errors.h"
#include "journal/text.h"

namespace uow {
namespace {

using v1::Value;

constexpr size_t kShownKeyBytes = 200;

bool IsHandle(const Value& value) { return value.kind_case() == Value::kHandleValue; }

}  // namespace

absl::Status EventReader::ReadKey(uint64_t offset, absl::string_view writer, v1::Event& event) {
  offset_ = offset;
  writer_ = writer;
  event_ = &event;
  has_open_handle_ = false;
  own_handles_.clear();
  key_.clear();
  return ReadKeyValues(*event.mutable_key(), identity_);
}

void EventReader::TakeKey() {
  for (Value& value : *event_->mutable_key()) key_.push_back(std::move(value));
}

absl::Status EventReader::ReadNewKey(NetEntity::Key& key, EntityIdentity& identity) {
  key.assign(event_->new_key().begin(), event_->new_key().end());
  return ReadKeyValues(key, identity);
}

template <typename Key>
absl::Status EventReader::ReadKeyValues(Key& key, EntityIdentity& identity) {
  const auto& columns = schema_.table(event_->table()).primary_key();
  identity.Begin(event_->table());
  for (int i = 0; i < columns.size(); ++i) {
    if (IsHandle(key[i])) {
      UOW_RETURN_IF_ERROR(ReadKeyHandle(columns[i], key[i], identity));
      if (IsHandle(key[i])) continue;
    }
    UOW_RETURN_IF_ERROR(Canonical(columns[i], key[i]));
    identity.Append(key[i]);
  }
  return absl::OkStatus();
}

EntityIdentity EventReader::IdentityOf(uint32_t table, const NetEntity::Key& key) {
  EntityIdentity identity;
  identity.Begin(table);
  for (const Value& value : key) {
    if (!IsHandle(value)) {
      identity.Append(value);
      continue;
    }
    Value copy = value;
    identity.Append(handles_.Identify(writer_, *copy.mutable_handle_value()));
  }
  return identity;
}

absl::Status EventReader::ReadKeyHandle(uint32_t column, Value& value, EntityIdentity& identity) {
  uint32_t table = event_->table();
  HandleBook::Id id = handles_.Identify(writer_, *value.mutable_handle_value());
  UOW_ASSIGN_OR_RETURN(HandleState state, handles_.Resolve(id, value));
  // A generated key that is also a foreign key may be shared with the entity that it refers to.
  bool creates = event_->kind() == v1::EVENT_KIND_CREATED &&
                 schema_.table(table).columns(column).generation() == v1::GENERATION_KEY &&
                 (state == HandleState::kUnknown || !schema_.in_foreign_key(table, column));
  if (creates && state != HandleState::kUnknown) {
    return Error(v1::ERROR_REASON_ENTITY_EXISTS,
                 "the event creates an entity with a handle that was used before; use a new handle for each entity");
  }
  if (!creates && state == HandleState::kUnknown) return UnknownHandle(value);
  if (creates) own_handles_.push_back(id);
  if (state == HandleState::kResolved) return absl::OkStatus();
  has_open_handle_ = true;
  identity.Append(id);
  return absl::OkStatus();
}

bool EventReader::CanReadInPlace() const {
  const v1::Field* last = nullptr;
  for (const v1::Field& field : event_->fields()) {
    if (last != nullptr && last->column() >= field.column()) return false;
    if (IsWrittenAsSent(field.column(), field.value()) || IsWrittenAsSent(field.column(), field.old())) return false;
    last = &field;
  }
  return true;
}

absl::Status EventReader::ReadFieldsInPlace() {
  for (v1::Field& field : *event_->mutable_fields()) {
    if (field.has_value()) UOW_RETURN_IF_ERROR(ReadValue(field.column(), *field.mutable_value()));
    if (field.has_old()) UOW_RETURN_IF_ERROR(ReadOld(field.column(), *field.mutable_old()));
  }
  return absl::OkStatus();
}

absl::Status EventReader::ReadFields() {
  fields_.clear();
  fields_.reserve(event_->fields_size());
  bool sorted = true;
  for (v1::Field& given : *event_->mutable_fields()) {
    sorted = sorted && (fields_.empty() || fields_.back().column < given.column());
    NetField& field = fields_.emplace_back();
    field.column = given.column();
    field.offset = offset_;
    if (given.has_value()) {
      if (IsWrittenAsSent(field.column, given.value())) field.value_sent = std::make_shared<const Value>(given.value());
      field.value = std::move(*given.mutable_value());
      UOW_RETURN_IF_ERROR(ReadValue(field.column, field.value));
      if (field.value_sent != nullptr && SameValue(*field.value_sent, field.value)) field.value_sent = nullptr;
    }
    if (given.has_old()) {
      if (IsWrittenAsSent(field.column, given.old())) field.old_sent = std::make_shared<const Value>(given.old());
      field.old = std::move(*given.mutable_old());
      UOW_RETURN_IF_ERROR(ReadOld(field.column, field.old));
      if (field.old_sent != nullptr && SameValue(*field.old_sent, field.old)) field.old_sent = nullptr;
    }
  }
  if (!sorted) std::sort(fields_.begin(), fields_.end(), [](const NetField& a, const NetField& b) { return a.column < b.column; });
  return absl::OkStatus();
}

absl::StatusOr<bool> EventReader::ReadVersion(Value& version) const {
  if (!event_->has_version() || event_->version().kind_case() == Value::KIND_NOT_SET) return false;
  version = event_->version();
  UOW_RETURN_IF_ERROR(Canonical(schema_.version_column(event_->table()), version));
  return true;
}

absl::StatusOr<HandleState> EventReader::ReadHandle(Value& value) {
  HandleBook::Id id = handles_.Identify(writer_, *value.mutable_handle_value());
  return handles_.Resolve(id, value);
}

absl::Status EventReader::ReadValue(uint32_t column, Value& value) {
  if (IsHandle(value)) {
    UOW_ASSIGN_OR_RETURN(HandleState state, ReadHandle(value));
    if (state == HandleState::kUnknown) return UnknownHandle(value);
  }
  return Canonical(column, value);
}

absl::Status EventReader::ReadOld(uint32_t column, Value& old) {
  if (IsHandle(old)) {
    UOW_ASSIGN_OR_RETURN(HandleState state, ReadHandle(old));
    // No row can have held it: the client doesn't know what was there.
    if (state == HandleState::kUnknown) old.Clear();
  }
  return Canonical(column, old);
}

absl::Status EventReader::Canonical(uint32_t column, Value& value) const {
  if (value.kind_case() == Value::KIND_NOT_SET) return absl::OkStatus();
  const v1::Column& definition = schema_.table(event_->table()).columns(column);
  absl::Status status = Canonicalize(definition.type(), value);
  if (status.ok()) return status;
  return Error(ReasonOf(status), absl::StrCat("column ", Quoted(definition.name()), ": ", status.message()));
}

bool EventReader::IsWrittenAsSent(uint32_t column, const Value& value) const {
  if (value.kind_case() != Value::kJsonValue && value.kind_case() != Value::kArrayValue) return false;
  const v1::Type& type = schema_.table(event_->table()).columns(column).type();
  const v1::Type& element = type.kind() == v1::Type::KIND_ARRAY ? type.element() : type;
  return element.kind() == v1::Type::KIND_JSON;
}

absl::Status EventReader::UnknownHandle(const Value& handle) const {
  return Error(v1::ERROR_REASON_HANDLE_UNKNOWN,
               absl::StrCat(DebugString(handle), " stands for no entity: none was created with it before this event"));
}

absl::Status EventReader::Error(v1::ErrorReason reason, absl::string_view what) const {
  if (!key_.empty()) return FoldError(schema_, reason, offset_, event_->table(), key_, what);
  return FoldError(schema_, reason, offset_, event_->table(), NetEntity::Key(event_->key().begin(), event_->key().end()), what);
}

absl::Status FoldError(const SchemaIndex& schema, v1::ErrorReason reason, uint64_t offset, uint32_t table,
                       const NetEntity::Key& key, absl::string_view what) {
  google::protobuf::RepeatedPtrField<Value> values;
  std::string shown;
  for (const Value& value : key) {
    *values.Add() = value;
    absl::StrAppend(&shown, shown.empty() ? "" : ", ", DebugString(value));
  }
  v1::ErrorDetail detail;
  detail.set_offset(offset);
  *detail.add_entities() = MakeEntityRef(schema, table, values, offset);
  return MakeError(reason,
                   absl::StrCat("event at offset ", offset, ", table ", Quoted(schema.TableLabel(table)), ", key (",
                                ClipText(shown, kShownKeyBytes), "): ", what),
                   detail);
}

}  // namespace uow
