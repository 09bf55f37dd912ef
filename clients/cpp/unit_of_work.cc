#include "clients/cpp/unit_of_work.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/cpp/events.h"
#include "clients/cpp/status.h"

namespace uow::inline client::internal {
namespace {

// What an event costs beside its own bytes: the tag and length in its command.
constexpr size_t kEventOverhead = 6;

size_t Size(const v1::Event& event) { return event.ByteSizeLong() + kEventOverhead; }

bool Same(const v1::Value& a, const v1::Value& b) {
  return a.kind_case() == b.kind_case() && a.SerializeAsString() == b.SerializeAsString();
}

absl::Status Misuse(v1::ErrorReason reason, absl::string_view message) {
  return LocalError(absl::StatusCode::kFailedPrecondition, reason, message);
}

}  // namespace

UnitOfWork::UnitOfWork(std::shared_ptr<const Service> service, std::string session_id, Binding binding, uint64_t epoch)
    : service_(service),
      session_id_(session_id),
      binding_(std::move(binding)),
      memory_(this),
      recorder_(std::move(service), std::move(session_id), Uuid::random().text(), epoch) {}

// ---- What a change needs ----

absl::Status UnitOfWork::Ready() {
  if (closed_) return Misuse(v1::ERROR_REASON_SESSION_CLOSED, "the session was closed; open a new one");
  switch (recorder_.trouble()) {
    case Recorder::Trouble::kNone:
    case Recorder::Trouble::kRefused:
      return absl::OkStatus();
    case Recorder::Trouble::kStale:
      rolled_back_elsewhere_ = recorder_.trouble_status();
      return LoadHistory();
    case Recorder::Trouble::kDiverged: {
      absl::Status status = recorder_.trouble_status();
      return LocalError(absl::StatusCode::kFailedPrecondition, ReasonOf(status), status.message(),
                        DetailOf(status).value_or(v1::ErrorDetail()));
    }
    case Recorder::Trouble::kFatal:
      return recorder_.trouble_status();
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> UnitOfWork::Admit(size_t bytes) {
  absl::Status admitted = recorder_.Admit(bytes);
  if (admitted.ok()) return true;
  if (recorder_.trouble() == Recorder::Trouble::kStale) return false;
  return admitted;
}

absl::StatusOr<v1::Value> UnitOfWork::ValueOf(const BoundTable& table, const Operand& operand) const {
  const BoundColumn& column = table.columns[operand.column];
  if (operand.entity == nullptr) {
    v1::Value value = operand.value;
    UOW_CLIENT_RETURN_IF_ERROR(FitValue(table, column, value));
    return value;
  }
  const EntityState& entity = *operand.entity;
  if (entity.unit != this) {
    return absl::InvalidArgumentError(
        absl::StrCat(table.name(), ".", column.info->name, ": the entity belongs to another session"));
  }
  if (entity.life == EntityLife::kDetached) {
    return Misuse(v1::ERROR_REASON_HANDLE_UNKNOWN,
                  absl::StrCat(table.name(), ".", column.info->name, ": the creation of the entity referred to was rolled back"));
  }
  const BoundColumn& referred = entity.table->columns[operand.entity_column];
  const v1::Value& value = referred.key_index >= 0 ? entity.key[referred.key_index] : entity.slots[operand.entity_column].value;
  if (value.kind_case() == v1::Value::KIND_NOT_SET) {
    return absl::FailedPreconditionError(absl::StrCat(table.name(), ".", column.info->name, ": the value of ", entity.table->name(),
                                                      ".", referred.info->name, " isn't known for the entity referred to"));
  }
  return memory_.identities().Resolved(value);
}

absl::StatusOr<std::vector<ColumnValue>> UnitOfWork::Values(const BoundTable& table, const std::vector<Operand>& operands) const {
  std::vector<ColumnValue> values;
  values.reserve(operands.size());
  for (const Operand& operand : operands) {
    absl::StatusOr<v1::Value> value = ValueOf(table, operand);
    if (!value.ok()) return value.status();
    values.push_back({operand.column, *std::move(value)});
  }
  return values;
}

std::vector<v1::Value> UnitOfWork::TakeKey(const BoundTable& table, std::vector<ColumnValue>& values, bool generate) {
  std::vector<v1::Value> key(table.key.size());
  std::vector<ColumnValue> rest;
  for (ColumnValue& value : values) {
    int index = table.columns[value.column].key_index;
    if (index >= 0) {
      key[index] = std::move(value.value);
    } else {
      rest.push_back(std::move(value));
    }
  }
  values = std::move(rest);
  for (v1::Value& part : key) {
    if (!generate || part.kind_case() != v1::Value::KIND_NOT_SET) continue;
    part.mutable_handle_value()->set_writer(recorder_.writer());
    part.mutable_handle_value()->set_counter(++last_handle_);
  }
  return key;
}

absl::Status UnitOfWork::CheckWritable(const EntityState& entity) const {
  switch (entity.life) {
    case EntityLife::kLive:
      return absl::OkStatus();
    case EntityLife::kErased:
      return Misuse(v1::ERROR_REASON_ENTITY_DELETED, absl::StrCat("the entity of table ", entity.table->name(), " was erased"));
    case EntityLife::kDetached:
      return Misuse(v1::ERROR_REASON_HANDLE_UNKNOWN,
                    absl::StrCat("the creation of the entity of table ", entity.table->name(), " was rolled back"));
  }
  return absl::OkStatus();
}

std::optional<v1::Event> UnitOfWork::Observation(const EntityState& entity) const {
  if (entity.in_journal || !HasLoadedValues(entity)) return std::nullopt;
  return ObservedEvent(entity, recorder_.writer());
}

void UnitOfWork::RecordObservation(const EntityPtr& entity, std::optional<v1::Event> observed) {
  if (observed) Record(*std::move(observed));
  // Also where there was nothing to say: from now on the values are no longer those that were loaded.
  if (!entity->in_journal) memory_.MarkObserved(entity);
}

void UnitOfWork::Record(v1::Event event) {
  size_t bytes = Size(event);
  recorder_.AddEvent(std::move(event), bytes);
}

// ---- Changes ----

absl::StatusOr<EntityPtr> UnitOfWork::Create(const TableInfo* info, const std::vector<Operand>& operands) {
  absl::StatusOr<const BoundTable*> table = binding_.Find(info);
  if (!table.ok()) return table.status();
  while (true) {
    UOW_CLIENT_RETURN_IF_ERROR(Ready());
    absl::StatusOr<std::vector<ColumnValue>> values = Values(**table, operands);
    if (!values.ok()) return values.status();
    std::vector<v1::Value> key = TakeKey(**table, *values, /*generate=*/true);
    if (memory_.identities().Find(**table, key) != nullptr) {
      return LocalError(absl::StatusCode::kAlreadyExists, v1::ERROR_REASON_ENTITY_EXISTS,
                        absl::StrCat("the session has an entity of table ", (*table)->name(), " with that key"));
    }
    v1::Event event = CreatedEvent(**table, key, *values, recorder_.writer());
    absl::StatusOr<bool> admitted = Admit(Size(event));
    if (!admitted.ok()) return admitted.status();
    if (!*admitted) continue;
    Record(std::move(event));
    return memory_.Create(**table, std::move(key), *std::move(values));
  }
}

absl::Status UnitOfWork::Set(const EntityPtr& entity, const std::vector<Operand>& operands) {
  while (true) {
    UOW_CLIENT_RETURN_IF_ERROR(Ready());
    UOW_CLIENT_RETURN_IF_ERROR(CheckWritable(*entity));
    absl::StatusOr<std::vector<ColumnValue>> values = Values(*entity->table, operands);
    if (!values.ok()) return values.status();
    std::erase_if(*values, [&](const ColumnValue& value) {
      return Same(value.value, memory_.identities().Resolved(entity->slots[value.column].value));
    });
    if (values->empty()) return absl::OkStatus();
    std::optional<v1::Event> observed = Observation(*entity);
    v1::Event event = UpdatedEvent(*entity, *values, recorder_.writer());
    absl::StatusOr<bool> admitted = Admit((observed ? Size(*observed) : 0) + Size(event));
    if (!admitted.ok()) return admitted.status();
    if (!*admitted) continue;
    RecordObservation(entity, std::move(observed));
    Record(std::move(event));
    for (ColumnValue& value : *values) memory_.Set(entity, value.column, std::move(value.value));
    return absl::OkStatus();
  }
}

absl::Status UnitOfWork::Erase(const EntityPtr& entity) {
  while (true) {
    UOW_CLIENT_RETURN_IF_ERROR(Ready());
    if (entity->unit != this) return absl::InvalidArgumentError("the entity belongs to another session");
    UOW_CLIENT_RETURN_IF_ERROR(CheckWritable(*entity));
    std::optional<v1::Event> observed = Observation(*entity);
    v1::Event event = DeletedEvent(*entity, recorder_.writer());
    absl::StatusOr<bool> admitted = Admit((observed ? Size(*observed) : 0) + Size(event));
    if (!admitted.ok()) return admitted.status();
    if (!*admitted) continue;
    RecordObservation(entity, std::move(observed));
    Record(std::move(event));
    memory_.Erase(entity);
    return absl::OkStatus();
  }
}

absl::StatusOr<EntityPtr> UnitOfWork::Attach(const TableInfo* info, const std::vector<Operand>& operands) {
  absl::StatusOr<const BoundTable*> table = binding_.Find(info);
  if (!table.ok()) return table.status();
  UOW_CLIENT_RETURN_IF_ERROR(Ready());
  absl::StatusOr<std::vector<ColumnValue>> values = Values(**table, operands);
  if (!values.ok()) return values.status();
  std::vector<v1::Value> key = TakeKey(**table, *values, /*generate=*/false);
  EntityPtr entity = memory_.identities().Find(**table, key);
  if (entity == nullptr && memory_.identities().IsErased(**table, key)) {
    return Misuse(v1::ERROR_REASON_ENTITY_DELETED, absl::StrCat("the entity of table ", (*table)->name(), " was erased"));
  }
  if (entity == nullptr) entity = memory_.Attach(**table, std::move(key));
  for (ColumnValue& value : *values) memory_.Load(entity, value.column, std::move(value.value));
  return entity;
}

// ---- Reading ----

EntityPtr UnitOfWork::Find(const TableInfo* info, const std::vector<Operand>& operands) const {
  absl::StatusOr<const BoundTable*> table = binding_.Find(info);
  if (!table.ok()) return nullptr;
  absl::StatusOr<std::vector<ColumnValue>> values = Values(**table, operands);
  if (!values.ok()) return nullptr;
  std::vector<v1::Value> key((*table)->key.size());
  for (ColumnValue& value : *values) key[(*table)->columns[value.column].key_index] = std::move(value.value);
  return memory_.identities().Find(**table, key);
}

std::vector<EntityPtr> UnitOfWork::List(const TableInfo* info) const {
  absl::StatusOr<const BoundTable*> table = binding_.Find(info);
  return table.ok() ? memory_.identities().List(**table) : std::vector<EntityPtr>();
}

absl::StatusOr<v1::Value> UnitOfWork::Get(const EntityState& entity, uint32_t column) const {
  const BoundColumn& bound = entity.table->columns[column];
  const v1::Value& value =
      memory_.identities().Resolved(bound.key_index >= 0 ? entity.key[bound.key_index] : entity.slots[column].value);
  if (value.kind_case() == v1::Value::KIND_NOT_SET) {
    return absl::FailedPreconditionError(
        absl::StrCat(entity.table->name(), ".", bound.info->name, " isn't known: it was neither loaded nor set"));
  }
  if (value.kind_case() == v1::Value::kHandleValue) {
    return absl::FailedPreconditionError(
        absl::StrCat(entity.table->name(), ".", bound.info->name,
                     " is a key that the database generates at the next save; until then, use the entity"));
  }
  return value;
}

absl::StatusOr<EntityPtr> UnitOfWork::Follow(const EntityState& entity, uint32_t column) {
  const BoundColumn& bound = entity.table->columns[column];
  v1::Value value = memory_.identities().Resolved(bound.key_index >= 0 ? entity.key[bound.key_index] : entity.slots[column].value);
  if (value.kind_case() == v1::Value::KIND_NOT_SET) {
    return absl::FailedPreconditionError(
        absl::StrCat(entity.table->name(), ".", bound.info->name, " isn't known: it was neither loaded nor set"));
  }
  if (value.kind_case() == v1::Value::kNullValue) return EntityPtr();
  absl::StatusOr<const BoundTable*> target = binding_.Find(bound.info->referenced());
  if (!target.ok()) return target.status();
  if ((*target)->key.size() != 1 || (*target)->columns[(*target)->key[0]].info->name != bound.info->referenced_column) {
    return absl::FailedPreconditionError(
        absl::StrCat(entity.table->name(), ".", bound.info->name, " doesn't refer to a whole primary key; use find or entities"));
  }
  EntityPtr found = memory_.identities().Find(**target, {value});
  if (found != nullptr) return found;
  if (value.kind_case() == v1::Value::kHandleValue) {
    return Misuse(v1::ERROR_REASON_HANDLE_UNKNOWN, absl::StrCat("the entity that ", entity.table->name(), ".", bound.info->name,
                                                                " refers to was erased or its creation was rolled back"));
  }
  return memory_.Attach(**target, {value});
}

// ---- What entity.h calls ----

absl::Status SetColumns(const EntityPtr& entity, const std::vector<Operand>& values) { return entity->unit->Set(entity, values); }
absl::StatusOr<v1::Value> GetColumn(const EntityPtr& entity, uint32_t column) { return entity->unit->Get(*entity, column); }
absl::StatusOr<EntityPtr> FollowColumn(const EntityPtr& entity, uint32_t column) { return entity->unit->Follow(*entity, column); }
EntityLife LifeOf(const EntityPtr& entity) { return entity->life; }
bool HasKey(const EntityPtr& entity) {
  return std::none_of(entity->key.begin(), entity->key.end(),
                      [](const v1::Value& part) { return part.kind_case() == v1::Value::kHandleValue; });
}

}  // namespace uow::inline client::internal
