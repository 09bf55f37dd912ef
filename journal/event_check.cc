#include "journal/event_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/entity_ref.h"
#include "journal/errors.h"
#include "journal/text.h"

namespace uow {
namespace {

using v1::Value;

// Positions of columns. A table has at most 2,000.
class ColumnSet {
 public:
  // False if the column was there.
  bool Add(uint32_t column) {
    uint64_t& word = words_[column / 64];
    uint64_t bit = uint64_t{1} << (column % 64);
    bool added = (word & bit) == 0;
    word |= bit;
    return added;
  }
  bool Has(uint32_t column) const { return (words_[column / 64] >> (column % 64)) & 1; }

 private:
  std::array<uint64_t, 2048 / 64> words_{};
};

// The bytes of a value, as limits count them.
size_t ValueBytes(const Value& value) {
  switch (value.kind_case()) {
    case Value::kTextValue:
      return value.text_value().size();
    case Value::kBytesValue:
      return value.bytes_value().size();
    case Value::kJsonValue:
      return value.json_value().size();
    case Value::kDecimalValue:
      return value.decimal_value().size();
    case Value::kTimeValue:
      return value.time_value().size();
    case Value::kArrayValue:
      return value.array_value().ByteSizeLong();
    default:
      return 0;
  }
}

bool IsHandle(const Value& value) { return value.kind_case() == Value::kHandleValue; }
bool IsNull(const Value& value) { return value.kind_case() == Value::kNullValue; }
bool IsAbsent(const Value& value) { return value.kind_case() == Value::KIND_NOT_SET; }

// The check of one event.
class EventChecker {
 public:
  EventChecker(const SchemaIndex& schema, size_t max_value_bytes, v1::Event& event)
      : schema_(schema), max_value_bytes_(max_value_bytes), event_(event) {}

  absl::Status Check() {
    UOW_RETURN_IF_ERROR(ResolveTable());
    if (event_.kind() == v1::EVENT_KIND_UNSPECIFIED || !v1::EventKind_IsValid(event_.kind())) {
      return Error(v1::ERROR_REASON_INVALID_REQUEST, "the event's kind is missing or unknown; say what happened");
    }
    UOW_RETURN_IF_ERROR(CheckKey());
    if (event_.has_version() && !IsAbsent(event_.version())) UOW_RETURN_IF_ERROR(CheckVersion());
    ColumnSet given;
    for (v1::Field& field : *event_.mutable_fields()) {
      UOW_RETURN_IF_ERROR(CheckField(field));
      if (!given.Add(field.column())) {
        return ColumnError(field.column(), v1::ERROR_REASON_COLUMN_REPEATED, "the event names the column twice");
      }
    }
    if (event_.kind() == v1::EVENT_KIND_CREATED) return CheckComplete(given);
    if (!event_.new_key().empty()) return CheckNewKey();
    if (event_.kind() == v1::EVENT_KIND_UPDATED && event_.fields().empty()) {
      return Error(v1::ERROR_REASON_INVALID_REQUEST, "an update has no fields; it needs at least one");
    }
    return absl::OkStatus();
  }

 private:
  const v1::Table& table() const { return schema_.table(event_.table()); }

  absl::Status ResolveTable() {
    if (!event_.table_name().empty()) {
      UOW_ASSIGN_OR_RETURN(uint32_t position, schema_.FindTable(event_.table_name()));
      event_.set_table(position);
      event_.clear_table_name();
    }
    if (event_.table() < schema_.table_count()) return absl::OkStatus();
    return MakeError(v1::ERROR_REASON_TABLE_NOT_FOUND, absl::StrCat("the session's schema has ", schema_.table_count(),
                                                                    " tables; there is none at position ", event_.table()));
  }

  absl::Status CheckKey() {
    const auto& columns = table().primary_key();
    if (event_.key_size() != columns.size()) {
      return Error(v1::ERROR_REASON_KEY_MISSING,
                   absl::StrCat("the event has ", event_.key_size(), " key values; the primary key has ", columns.size(),
                                " columns (", KeyColumns(), ")"));
    }
    UOW_RETURN_IF_ERROR(CheckKeyValues(event_.key()));
    return event_.kind() == v1::EVENT_KIND_CREATED && columns.size() > 1 ? CheckOwnHandles() : absl::OkStatus();
  }

  absl::Status CheckKeyValues(const google::protobuf::RepeatedPtrField<Value>& key) {
    for (int i = 0; i < key.size(); ++i) {
      const uint32_t column = table().primary_key(i);
      if (IsAbsent(key[i])) return ColumnError(column, v1::ERROR_REASON_KEY_MISSING, "the key has no value for this column");
      if (IsNull(key[i])) return ColumnError(column, v1::ERROR_REASON_KEY_NULL, "a key value can't be NULL");
      UOW_RETURN_IF_ERROR(CheckColumnValue(column, key[i]));
    }
    return absl::OkStatus();
  }

  absl::Status CheckNewKey() {
    if (event_.kind() != v1::EVENT_KIND_UPDATED) {
      return Error(v1::ERROR_REASON_INVALID_REQUEST, "only an update has a new key; leave `new_key` out");
    }
    if (event_.new_key_size() != table().primary_key_size()) {
      return Error(v1::ERROR_REASON_KEY_MISSING,
                   absl::StrCat("the new key has ", event_.new_key_size(), " values; the primary key has ",
                                table().primary_key_size(), " columns (", KeyColumns(), ")"));
    }
    for (int i = 0; i < event_.new_key_size(); ++i) {
      const bool generated = table().columns(table().primary_key(i)).generation() == v1::GENERATION_KEY;
      if (generated && IsHandle(event_.new_key(i)) && !SameValue(event_.key(i), event_.new_key(i))) {
        return ColumnError(table().primary_key(i), v1::ERROR_REASON_INVALID_REQUEST,
                           "a handle in a new key stands for the row referred to, and this column refers to none; give a value");
      }
    }
    return CheckKeyValues(event_.new_key());
  }

  // A handle stands for one generated value, so two generated columns need two.
  absl::Status CheckOwnHandles() {
    const auto& columns = table().primary_key();
    auto generated = [&](int i) {
      return IsHandle(event_.key(i)) && table().columns(columns[i]).generation() == v1::GENERATION_KEY;
    };
    for (int i = 0; i < columns.size(); ++i) {
      for (int j = 0; j < i; ++j) {
        if (generated(i) && generated(j) && SameValue(event_.key(i), event_.key(j))) {
          return ColumnError(columns[i], v1::ERROR_REASON_INVALID_REQUEST,
                             "one handle stands in two generated key columns; each needs its own");
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckVersion() {
    const int column = schema_.version_column(event_.table());
    if (column < 0) {
      return Error(v1::ERROR_REASON_INVALID_REQUEST,
                   "the event has a version, but the table has no version column; mark it in the schema, or leave `version` out");
    }
    if (event_.kind() != v1::EVENT_KIND_UPDATED && event_.kind() != v1::EVENT_KIND_DELETED) {
      return ColumnError(column, v1::ERROR_REASON_INVALID_REQUEST,
                         "only updates and deletes have a version that they are based on");
    }
    return IsNull(event_.version()) ? absl::OkStatus() : CheckColumnValue(column, event_.version());
  }

  absl::Status CheckField(v1::Field& field) {
    if (!field.column_name().empty()) {
      UOW_ASSIGN_OR_RETURN(uint32_t position, schema_.FindColumn(event_.table(), field.column_name()));
      field.set_column(position);
      field.clear_column_name();
    }
    uint32_t column = field.column();
    if (column >= static_cast<uint32_t>(table().columns_size())) {
      return Error(v1::ERROR_REASON_COLUMN_NOT_FOUND,
                   absl::StrCat("the table has ", table().columns_size(), " columns; there is none at position ", column));
    }
    if (schema_.is_key(event_.table(), column)) {
      if (event_.kind() == v1::EVENT_KIND_UPDATED) {
        return ColumnError(column, v1::ERROR_REASON_INVALID_REQUEST, "a key changes by the event's `new_key`, not by a field");
      }
      return ColumnError(column, v1::ERROR_REASON_INVALID_REQUEST, "a key column belongs in the event's key, not in its fields");
    }
    bool deleted = event_.kind() == v1::EVENT_KIND_DELETED;
    bool may_have_old = deleted || event_.kind() == v1::EVENT_KIND_UPDATED;
    bool has_old = field.has_old() && !IsAbsent(field.old());
    if (deleted != IsAbsent(field.value()) || (has_old && !may_have_old) || (deleted && !has_old)) {
      return ColumnError(column, v1::ERROR_REASON_INVALID_REQUEST, WantedParts());
    }
    if (!deleted) UOW_RETURN_IF_ERROR(CheckNewValue(column, field.value()));
    if (has_old && !IsNull(field.old())) return CheckColumnValue(column, field.old());
    return absl::OkStatus();
  }

  absl::string_view WantedParts() const {
    switch (event_.kind()) {
      case v1::EVENT_KIND_UPDATED:
        return "a field of an update needs `value`, and may have `old`";
      case v1::EVENT_KIND_DELETED:
        return "a field of a delete has `old` alone";
      default:
        return "a field of a created or observed entity has `value` alone";
    }
  }

  absl::Status CheckNewValue(uint32_t column, const Value& value) {
    const v1::Column& definition = table().columns(column);
    if (definition.generation() == v1::GENERATION_COMPUTED && event_.kind() != v1::EVENT_KIND_OBSERVED) {
      return ColumnError(column, v1::ERROR_REASON_COLUMN_GENERATED, "the database computes this column; leave it out");
    }
    if (!IsNull(value)) return CheckColumnValue(column, value);
    if (definition.nullable()) return absl::OkStatus();
    return ColumnError(column, v1::ERROR_REASON_VALUE_NULL, "the column doesn't accept NULL");
  }

  // A value that is neither NULL nor absent.
  absl::Status CheckColumnValue(uint32_t column, const Value& value) {
    if (IsHandle(value)) return CheckHandle(column, value.handle_value());
    if (size_t bytes = ValueBytes(value); bytes > max_value_bytes_) {
      return ColumnError(column, v1::ERROR_REASON_VALUE_TOO_LARGE,
                         absl::StrCat("the value has ", bytes, " bytes; at most ", max_value_bytes_, " are accepted"));
    }
    absl::Status status = CheckValue(table().columns(column).type(), value);
    return status.ok() ? status : ColumnError(column, ReasonOf(status), status.message());
  }

  absl::Status CheckHandle(uint32_t column, const v1::Handle& handle) {
    if (!schema_.accepts_handle(event_.table(), column)) {
      return ColumnError(column, v1::ERROR_REASON_VALUE_TYPE_MISMATCH,
                         "a handle can only stand in a generated key column or in a column of a foreign key; expected a value");
    }
    const std::string& writer = handle.writer();
    if (writer.size() > kMaxWriterBytes || !std::all_of(writer.begin(), writer.end(), absl::ascii_isprint)) {
      return ColumnError(
          column, v1::ERROR_REASON_INVALID_REQUEST,
          absl::StrCat("a handle's writer has at most ", kMaxWriterBytes, " printable ASCII characters, got ", Quoted(writer)));
    }
    if (handle.counter() >= 1) return absl::OkStatus();
    return ColumnError(column, v1::ERROR_REASON_INVALID_REQUEST, "a handle's counter starts at 1");
  }

  absl::Status CheckComplete(const ColumnSet& given) {
    for (uint32_t column : schema_.required_columns(event_.table())) {
      if (given.Has(column)) continue;
      return ColumnError(column, v1::ERROR_REASON_VALUE_NULL,
                         "a create has to give this column a value: it doesn't accept NULL and has no default");
    }
    return absl::OkStatus();
  }

  std::string KeyColumns() const {
    std::string names;
    for (uint32_t column : table().primary_key()) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", Quoted(table().columns(column).name()));
    }
    return names;
  }

  absl::Status Error(v1::ErrorReason reason, absl::string_view what) const {
    v1::ErrorDetail detail;
    *detail.add_entities() = MakeEntityRef(schema_, event_.table(), event_.key());
    return MakeError(reason, absl::StrCat("table ", Quoted(schema_.TableLabel(event_.table())), ": ", what), detail);
  }

  absl::Status ColumnError(uint32_t column, v1::ErrorReason reason, absl::string_view what) const {
    const std::string& name = table().columns(column).name();
    v1::ErrorDetail detail;
    *detail.add_entities() = MakeEntityRef(schema_, event_.table(), event_.key());
    detail.add_columns(name);
    return MakeError(
        reason, absl::StrCat("table ", Quoted(schema_.TableLabel(event_.table())), ", column ", Quoted(name), ": ", what), detail);
  }

  const SchemaIndex& schema_;
  const size_t max_value_bytes_;
  v1::Event& event_;
};

}  // namespace

absl::Status CheckEvent(const SchemaIndex& schema, size_t max_value_bytes, v1::Event& event) {
  return EventChecker(schema, max_value_bytes, event).Check();
}

}  // namespace uow
