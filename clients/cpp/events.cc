#include "clients/cpp/events.h"

#include <utility>

namespace uow::inline client::internal {
namespace {

v1::Value ToWire(v1::Value value, absl::string_view writer) {
  if (value.kind_case() == v1::Value::kHandleValue && absl::string_view(value.handle_value().writer()) == writer) {
    value.mutable_handle_value()->clear_writer();
  }
  return value;
}

v1::Event MakeEvent(v1::EventKind kind, const BoundTable& table, const std::vector<v1::Value>& key, absl::string_view writer) {
  v1::Event event;
  event.set_kind(kind);
  event.set_table(table.position);
  for (const v1::Value& part : key) *event.add_key() = ToWire(part, writer);
  return event;
}

v1::Field& AddField(v1::Event& event, const BoundTable& table, uint32_t column, const v1::Value& value, absl::string_view writer) {
  v1::Field& field = *event.add_fields();
  field.set_column(table.columns[column].position);
  *field.mutable_value() = ToWire(value, writer);
  return field;
}

}  // namespace

v1::Event CreatedEvent(const BoundTable& table, const std::vector<v1::Value>& key, const std::vector<ColumnValue>& values,
                       absl::string_view writer) {
  v1::Event event = MakeEvent(v1::EVENT_KIND_CREATED, table, key, writer);
  for (const ColumnValue& value : values) AddField(event, table, value.column, value.value, writer);
  return event;
}

v1::Event ObservedEvent(const EntityState& entity, absl::string_view writer) {
  v1::Event event = MakeEvent(v1::EVENT_KIND_OBSERVED, *entity.table, entity.key, writer);
  for (uint32_t column = 0; column < entity.slots.size(); ++column) {
    const v1::Value& value = entity.slots[column].value;
    if (value.kind_case() != v1::Value::KIND_NOT_SET) AddField(event, *entity.table, column, value, writer);
  }
  return event;
}

v1::Event UpdatedEvent(const EntityState& entity, const std::vector<ColumnValue>& values, absl::string_view writer) {
  v1::Event event = MakeEvent(v1::EVENT_KIND_UPDATED, *entity.table, entity.key, writer);
  for (const ColumnValue& value : values) {
    v1::Field& field = AddField(event, *entity.table, value.column, value.value, writer);
    const v1::Value& old = entity.slots[value.column].value;
    if (old.kind_case() != v1::Value::KIND_NOT_SET) *field.mutable_old() = ToWire(old, writer);
  }
  return event;
}

v1::Event DeletedEvent(const EntityState& entity, absl::string_view writer) {
  return MakeEvent(v1::EVENT_KIND_DELETED, *entity.table, entity.key, writer);
}

bool HasLoadedValues(const EntityState& entity) {
  for (const Slot& slot : entity.slots) {
    if (slot.value.kind_case() != v1::Value::KIND_NOT_SET) return true;
  }
  return false;
}

v1::Value FromWire(v1::Value value, absl::string_view writer) {
  if (value.kind_case() == v1::Value::kHandleValue && value.handle_value().writer().empty()) {
    value.mutable_handle_value()->set_writer(std::string(writer));
  }
  return value;
}

}  // namespace uow::inline client::internal
