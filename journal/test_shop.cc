#include "journal/test_shop.h"

#include "google/protobuf/text_format.h"

namespace uow::shop {
namespace {

constexpr char kSchema[] = R"(
  tables {
    name: "customers" primary_key: 0
    columns { name: "id" type { kind: KIND_INT64 } generation: GENERATION_KEY }
    columns { name: "name" type { kind: KIND_TEXT } }
    columns { name: "email" type { kind: KIND_TEXT } nullable: true }
    columns { name: "balance" type { kind: KIND_DECIMAL precision: 10 scale: 2 } has_default: true }
    columns { name: "name_length" type { kind: KIND_INT32 } generation: GENERATION_COMPUTED }
  }
  tables {
    name: "orders" primary_key: 0
    columns { name: "id" type { kind: KIND_INT64 } generation: GENERATION_KEY }
    columns { name: "customer_id" type { kind: KIND_INT64 } }
    columns { name: "note" type { kind: KIND_TEXT } nullable: true }
    foreign_keys { columns: 1 referenced_table: 0 referenced_columns: 0 }
  }
  tables {
    name: "items" primary_key: 0 primary_key: 1
    columns { name: "order_id" type { kind: KIND_INT64 } }
    columns { name: "line" type { kind: KIND_INT32 } }
    columns { name: "product" type { kind: KIND_UUID } nullable: true }
    foreign_keys { columns: 0 referenced_table: 1 referenced_columns: 0 }
  }
  tables {
    name: "tags" primary_key: 0
    columns { name: "name" type { kind: KIND_TEXT } }
    columns { name: "color" type { kind: KIND_ENUM enum_values: "red" enum_values: "green" } nullable: true }
    columns { name: "parent" type { kind: KIND_TEXT } nullable: true }
    foreign_keys { columns: 2 referenced_table: 3 referenced_columns: 0 }
  }
)";

v1::Event MakeEvent(v1::EventKind kind, uint32_t table, Key key, std::vector<Change> changes) {
  v1::Event event;
  event.set_kind(kind);
  event.set_table(table);
  for (v1::Value& value : key) *event.add_key() = std::move(value);
  for (Change& change : changes) {
    v1::Field& field = *event.add_fields();
    field.set_column(change.column);
    if (change.value.kind_case() != v1::Value::KIND_NOT_SET) *field.mutable_value() = std::move(change.value);
    if (change.old.kind_case() != v1::Value::KIND_NOT_SET) *field.mutable_old() = std::move(change.old);
  }
  return event;
}

}  // namespace

v1::Schema Schema() {
  v1::Schema schema;
  google::protobuf::TextFormat::ParseFromString(kSchema, &schema);
  return schema;
}

SchemaRef Index() { return SchemaIndex::Create(Schema()).value(); }

v1::Value Null() {
  v1::Value value;
  value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  return value;
}
v1::Value Int(int64_t number) {
  v1::Value value;
  value.set_int64_value(number);
  return value;
}
v1::Value Text(absl::string_view text) {
  v1::Value value;
  value.set_text_value(std::string(text));
  return value;
}
v1::Value Decimal(absl::string_view text) {
  v1::Value value;
  value.set_decimal_value(std::string(text));
  return value;
}
v1::Value Double(double number) {
  v1::Value value;
  value.set_double_value(number);
  return value;
}
v1::Value Time(absl::string_view text) {
  v1::Value value;
  value.set_time_value(std::string(text));
  return value;
}
v1::Value Json(absl::string_view text) {
  v1::Value value;
  value.set_json_value(std::string(text));
  return value;
}
v1::Value Array(std::vector<v1::Value> elements) {
  v1::Value value;
  value.mutable_array_value();
  for (v1::Value& element : elements) *value.mutable_array_value()->add_elements() = std::move(element);
  return value;
}
v1::Value Handle(uint64_t counter, absl::string_view writer) {
  v1::Value value;
  value.mutable_handle_value()->set_counter(counter);
  value.mutable_handle_value()->set_writer(std::string(writer));
  return value;
}

v1::Event Created(uint32_t table, Key key, std::vector<Change> changes) {
  return MakeEvent(v1::EVENT_KIND_CREATED, table, std::move(key), std::move(changes));
}
v1::Event Updated(uint32_t table, Key key, std::vector<Change> changes) {
  return MakeEvent(v1::EVENT_KIND_UPDATED, table, std::move(key), std::move(changes));
}
v1::Event Observed(uint32_t table, Key key, std::vector<Change> changes) {
  return MakeEvent(v1::EVENT_KIND_OBSERVED, table, std::move(key), std::move(changes));
}
v1::Event Deleted(uint32_t table, Key key, std::vector<Change> changes) {
  return MakeEvent(v1::EVENT_KIND_DELETED, table, std::move(key), std::move(changes));
}

}  // namespace uow::shop
