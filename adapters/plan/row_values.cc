#include "adapters/plan/row_values.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "journal/canonical.h"

namespace uow {

namespace {

const v1::Field* FieldAt(const google::protobuf::RepeatedPtrField<v1::Field>& fields, uint32_t column) {
  auto it = std::lower_bound(fields.begin(), fields.end(), column,
                             [](const v1::Field& field, uint32_t position) { return field.column() < position; });
  return it != fields.end() && it->column() == column ? &*it : nullptr;
}

}  // namespace

const v1::Field* FieldOf(const v1::NetChange& change, uint32_t column) { return FieldAt(change.fields(), column); }

const v1::Value* ColumnOf(const SchemaIndex& schema, const v1::NetChange& change, uint32_t column, RowState state) {
  int key = schema.key_position(change.table(), column);
  if (key >= 0) {
    if (state == RowState::kNew && !change.new_key().empty()) return &change.new_key(key);
    return key < change.key_size() ? &change.key(key) : nullptr;
  }
  if (const v1::Field* field = FieldOf(change, column)) {
    const v1::Value& value = state == RowState::kNew ? field->value() : field->old();
    if (value.kind_case() != v1::Value::KIND_NOT_SET) return &value;
    if (state == RowState::kNew) return nullptr;
  }
  // Of a replaced row what was observed is gone.
  if (change.observed().empty() || (state == RowState::kNew && change.kind() == v1::CHANGE_KIND_REPLACE)) return nullptr;
  const v1::Field* observed = FieldAt(change.observed(), column);
  return observed == nullptr ? nullptr : &observed->old();
}

namespace {

// A foreign key may join an integer column with an unsigned or decimal one: whole numbers are compared as integers.
void AppendComparable(const v1::Value& value, std::string& bytes) {
  v1::Value integer;
  int64_t whole;
  if (value.has_uint64_value() && value.uint64_value() <= uint64_t{std::numeric_limits<int64_t>::max()}) {
    integer.set_int64_value(static_cast<int64_t>(value.uint64_value()));
  } else if (value.has_decimal_value()) {
    absl::string_view text = value.decimal_value();
    size_t point = text.find('.');
    if (text.find_first_not_of('0', point == text.npos ? text.size() : point + 1) != text.npos) {
      return AppendValueBytes(value, bytes);
    }
    if (!absl::SimpleAtoi(text.substr(0, point), &whole)) return AppendValueBytes(value, bytes);
    integer.set_int64_value(whole);
  } else {
    return AppendValueBytes(value, bytes);
  }
  AppendValueBytes(integer, bytes);
}

}  // namespace

TupleKind TupleOf(const SchemaIndex& schema, const v1::NetChange& change, const Columns& columns, RowState state,
                  std::string& bytes, bool null_is_value) {
  bytes.clear();
  TupleKind kind = TupleKind::kKnown;
  for (uint32_t column : columns) {
    const v1::Value* value = ColumnOf(schema, change, column, state);
    if (value == nullptr) {
      kind = TupleKind::kUnknown;
      continue;
    }
    // One NULL is enough for a foreign key not to apply, whatever the others are.
    if (value->has_null_value() && !null_is_value) return TupleKind::kNull;
    AppendComparable(*value, bytes);
  }
  return kind;
}

bool ReferredToItself(const SchemaIndex& schema, const v1::NetChange& change, const v1::ForeignKey& key) {
  if (key.referenced_table() != change.table()) return false;
  for (int i = 0; i < key.columns_size(); ++i) {
    const v1::Value* reference = ColumnOf(schema, change, key.columns(i), RowState::kOld);
    const v1::Value* value = ColumnOf(schema, change, key.referenced_columns(i), RowState::kOld);
    if (reference == nullptr || value == nullptr || reference->has_null_value() || !SameValue(*reference, *value)) return false;
  }
  return true;
}

ReferencedRows::ReferencedRows(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes,
                               const std::vector<size_t>& rows, RowState state)
    : schema_(schema), changes_(changes), rows_(rows), state_(state) {
  for (uint32_t r = 0; r < rows.size(); ++r) tables_[changes[rows[r]].table()].rows.push_back(r);
}

int64_t ReferencedRows::Find(const v1::ForeignKey& key, const std::string& bytes) {
  if (!tables_.contains(key.referenced_table())) return -1;
  const Index& index = IndexFor(key.referenced_table(), key.referenced_columns());
  auto it = index.find(bytes);
  return it == index.end() ? -1 : int64_t{it->second};
}

ReferencedRows::Index& ReferencedRows::IndexFor(uint32_t table, const Columns& columns) {
  TableIndexes& indexes = tables_[table];
  for (auto& [indexed, index] : indexes.by_columns) {
    if (std::equal(indexed.begin(), indexed.end(), columns.begin(), columns.end())) return index;
  }
  Index& index = indexes.by_columns.emplace_back(std::vector<uint32_t>(columns.begin(), columns.end()), Index()).second;
  index.reserve(indexes.rows.size());
  std::string bytes;
  for (uint32_t row : indexes.rows) {
    if (TupleOf(schema_, changes_[rows_[row]], columns, state_, bytes) == TupleKind::kKnown) index.try_emplace(bytes, row);
  }
  return index;
}

}  // namespace uow
