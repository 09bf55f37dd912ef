#include "clients/cpp/binding.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cpp/status.h"

namespace uow::inline client::internal {
namespace {

using Type = v1::Type;

// Whether a C++ type fits an SQL type.
bool Fits(ValueKind kind, Type::Kind type) {
  auto is = [type](std::initializer_list<Type::Kind> kinds) { return std::find(kinds.begin(), kinds.end(), type) != kinds.end(); };
  switch (kind) {
    case ValueKind::kBool:
      return is({Type::KIND_BOOL});
    case ValueKind::kInt16:
    case ValueKind::kInt32:
    case ValueKind::kInt64:
      return is({Type::KIND_INT16, Type::KIND_INT32, Type::KIND_INT64, Type::KIND_UINT64});
    case ValueKind::kUint64:
      return is({Type::KIND_UINT64});
    case ValueKind::kDouble:
      return is({Type::KIND_FLOAT, Type::KIND_DOUBLE});
    case ValueKind::kDecimal:
      return is({Type::KIND_DECIMAL, Type::KIND_TEXT});
    case ValueKind::kText:
      return is({Type::KIND_TEXT, Type::KIND_ENUM, Type::KIND_UUID, Type::KIND_OTHER});
    case ValueKind::kBytes:
      return is({Type::KIND_BYTES});
    case ValueKind::kDate:
      return is({Type::KIND_DATE, Type::KIND_TEXT});
    case ValueKind::kTime:
      return is({Type::KIND_TIME, Type::KIND_TEXT});
    case ValueKind::kTimestamp:
      return is({Type::KIND_TIMESTAMP, Type::KIND_TIMESTAMPTZ, Type::KIND_TEXT});
    case ValueKind::kUuid:
      return is({Type::KIND_UUID, Type::KIND_TEXT});
    case ValueKind::kJson:
      return is({Type::KIND_JSON, Type::KIND_TEXT});
  }
  return false;
}

Type::Kind DeclaredType(ValueKind kind) {
  switch (kind) {
    case ValueKind::kBool:
      return Type::KIND_BOOL;
    case ValueKind::kInt16:
      return Type::KIND_INT16;
    case ValueKind::kInt32:
      return Type::KIND_INT32;
    case ValueKind::kInt64:
      return Type::KIND_INT64;
    case ValueKind::kUint64:
      return Type::KIND_UINT64;
    case ValueKind::kDouble:
      return Type::KIND_DOUBLE;
    case ValueKind::kDecimal:
      return Type::KIND_DECIMAL;
    case ValueKind::kText:
      return Type::KIND_TEXT;
    case ValueKind::kBytes:
      return Type::KIND_BYTES;
    case ValueKind::kDate:
      return Type::KIND_DATE;
    case ValueKind::kTime:
      return Type::KIND_TIME;
    case ValueKind::kTimestamp:
      return Type::KIND_TIMESTAMPTZ;
    case ValueKind::kUuid:
      return Type::KIND_UUID;
    case ValueKind::kJson:
      return Type::KIND_JSON;
  }
  return Type::KIND_UNSPECIFIED;
}

std::string TypeName(const Type& type) {
  std::string name = v1::Type_Kind_Name(type.kind()).substr(5);
  return type.kind() == Type::KIND_ARRAY ? absl::StrCat(name, " of ", TypeName(type.element())) : name;
}

// Compares one table with the schema's and appends what differs.
class TableBinder {
 public:
  TableBinder(const TableInfo& info, std::vector<std::string>& differences) : info_(info), differences_(differences) {}

  BoundTable Bind(const v1::Table& table, uint32_t position) {
    BoundTable bound;
    bound.info = &info_;
    bound.position = position;
    bound.by_position.assign(table.columns_size(), -1);
    for (const ColumnInfo& column : info_.columns) BindColumn(column, table, bound);
    for (uint32_t key : table.primary_key()) {
      int index = bound.by_position[key];
      if (index < 0 || !IsKey(bound.columns[index].info->role)) {
        Differ(absl::StrCat("column \"", table.columns(key).name(), "\" is part of the primary key and not declared as kKey"));
        continue;
      }
      bound.columns[index].key_index = static_cast<int>(bound.key.size());
      bound.key.push_back(static_cast<uint32_t>(index));
    }
    for (const BoundColumn& column : bound.columns) {
      if (column.type.kind() != Type::KIND_UNSPECIFIED && IsKey(column.info->role) && column.key_index < 0) {
        Differ(absl::StrCat("column \"", column.info->name, "\" is declared as a key and not part of the primary key"));
      }
    }
    return bound;
  }

 private:
  void Differ(absl::string_view what) { differences_.push_back(absl::StrCat("table \"", info_.name, "\": ", what)); }

  void BindColumn(const ColumnInfo& info, const v1::Table& table, BoundTable& bound) {
    BoundColumn column;
    column.info = &info;
    auto found = std::find_if(table.columns().begin(), table.columns().end(),
                              [&](const v1::Column& candidate) { return absl::string_view(candidate.name()) == info.name; });
    if (found == table.columns().end()) {
      Differ(absl::StrCat("no column \"", info.name, "\""));
    } else {
      column.position = static_cast<uint32_t>(found - table.columns().begin());
      column.type = found->type();
      bound.by_position[column.position] = static_cast<int>(bound.columns.size());
      CheckColumn(info, *found);
    }
    bound.columns.push_back(std::move(column));
  }

  void CheckColumn(const ColumnInfo& info, const v1::Column& column) {
    bool is_array = column.type().kind() == Type::KIND_ARRAY;
    const Type& scalar = is_array ? column.type().element() : column.type();
    if (is_array != info.array || !Fits(info.kind, scalar.kind())) {
      Differ(absl::StrCat("column \"", info.name, "\" has SQL type ", TypeName(column.type()),
                          ", which the declared type doesn't fit"));
    }
    if (info.nullable && !column.nullable())
      Differ(absl::StrCat("column \"", info.name, "\" is NOT NULL and declared as optional"));
    if (info.role == kGeneratedKey && column.generation() != v1::GENERATION_KEY) {
      Differ(absl::StrCat("column \"", info.name, "\" is declared as a generated key and the database doesn't generate it"));
    }
    if ((info.role == kComputed) != (column.generation() == v1::GENERATION_COMPUTED)) {
      Differ(absl::StrCat("column \"", info.name, "\" is computed in the database or in the declaration and not in the other"));
    }
  }

  const TableInfo& info_;
  std::vector<std::string>& differences_;
};

absl::Status OutOfRange(const BoundTable& table, const BoundColumn& column) {
  return LocalError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_VALUE_OUT_OF_RANGE,
                    absl::StrCat("the value is outside of the range of ", table.name(), ".", column.info->name));
}

template <typename I>
bool InRange(const v1::Value& value) {
  return value.kind_case() == v1::Value::kInt64Value && value.int64_value() >= std::numeric_limits<I>::min() &&
         value.int64_value() <= std::numeric_limits<I>::max();
}

bool InRange(ValueKind kind, const v1::Value& value) {
  switch (kind) {
    case ValueKind::kInt16:
      return InRange<int16_t>(value);
    case ValueKind::kInt32:
      return InRange<int32_t>(value);
    case ValueKind::kInt64:
      return InRange<int64_t>(value);
    case ValueKind::kUint64:
      return value.kind_case() == v1::Value::kUint64Value;
    default:
      return value.kind_case() != v1::Value::KIND_NOT_SET;
  }
}

// Text columns take any value that is kept as text; a timestamp without a zone takes the UTC form without its "Z".
void FitForm(Type::Kind type, v1::Value& value) {
  if (type == Type::KIND_TEXT) {
    std::string text;
    if (value.kind_case() == v1::Value::kTimeValue) {
      text = value.time_value();
    } else if (value.kind_case() == v1::Value::kJsonValue) {
      text = value.json_value();
    } else if (value.kind_case() == v1::Value::kDecimalValue) {
      text = value.decimal_value();
    } else {
      return;
    }
    value.set_text_value(std::move(text));
  } else if (type == Type::KIND_TIMESTAMP && value.kind_case() == v1::Value::kTimeValue &&
             absl::EndsWith(value.time_value(), "Z")) {
    value.mutable_time_value()->pop_back();
  }
}

}  // namespace

std::string BoundTable::name() const {
  return info->name_space.empty() ? std::string(info->name) : absl::StrCat(info->name_space, ".", info->name);
}

absl::StatusOr<Binding> Binding::Make(const TableSet& tables, const v1::Schema& schema) {
  Binding binding;
  std::vector<std::string> differences;
  for (const TableInfo* info : tables) {
    std::vector<uint32_t> matches;
    for (int i = 0; i < schema.tables_size(); ++i) {
      const v1::Table& table = schema.tables(i);
      bool same_space = info->name_space.empty() || absl::string_view(table.namespace_()) == info->name_space;
      if (same_space && absl::string_view(table.name()) == info->name) matches.push_back(static_cast<uint32_t>(i));
    }
    if (matches.size() != 1) {
      differences.push_back(absl::StrCat(
          "table \"", info->name, "\": ",
          matches.empty() ? "not in the schema, or without a primary key" : "in the schema more than once: declare kNamespace"));
      continue;
    }
    if (binding.by_info_.contains(info)) continue;
    binding.by_info_[info] = binding.tables_.size();
    binding.by_position_[matches[0]] = binding.tables_.size();
    binding.tables_.push_back(TableBinder(*info, differences).Bind(schema.tables(static_cast<int>(matches[0])), matches[0]));
  }
  if (!differences.empty()) {
    return LocalError(
        absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_SCHEMA_INVALID,
        absl::StrCat("the declared tables don't agree with the session's schema: ", absl::StrJoin(differences, "; ")));
  }
  return binding;
}

absl::StatusOr<const BoundTable*> Binding::Find(const TableInfo* table) const {
  auto it = by_info_.find(table);
  if (it == by_info_.end()) {
    return LocalError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_TABLE_NOT_FOUND,
                      absl::StrCat("table \"", table->name, "\" is not among those that the session was opened with"));
  }
  return &tables_[it->second];
}

const BoundTable* Binding::At(uint32_t position) const {
  auto it = by_position_.find(position);
  return it == by_position_.end() ? nullptr : &tables_[it->second];
}

absl::StatusOr<v1::Schema> DeclaredSchema(const TableSet& tables) {
  v1::Schema schema;
  for (const TableInfo* info : tables) {
    v1::Table& table = *schema.add_tables();
    table.set_namespace_(std::string(info->name_space));
    table.set_name(std::string(info->name));
    for (const ColumnInfo& column : info->columns) {
      uint32_t position = static_cast<uint32_t>(table.columns_size());
      v1::Column& made = *table.add_columns();
      made.set_name(std::string(column.name));
      v1::Type& type = *made.mutable_type();
      if (column.array) type.set_kind(Type::KIND_ARRAY);
      (column.array ? *type.mutable_element() : type).set_kind(DeclaredType(column.kind));
      made.set_nullable(column.nullable);
      made.set_has_default(column.role == kHasDefault);
      if (column.role == kGeneratedKey) made.set_generation(v1::GENERATION_KEY);
      if (column.role == kComputed) made.set_generation(v1::GENERATION_COMPUTED);
      if (IsKey(column.role)) table.add_primary_key(position);
      if (column.referenced == nullptr) continue;
      const TableInfo* target = column.referenced();
      auto found = std::find(tables.begin(), tables.end(), target);
      if (found == tables.end()) {
        return LocalError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_SCHEMA_INVALID,
                          absl::StrCat("column \"", column.name, "\" of table \"", info->name, "\" refers to table \"",
                                       target->name, "\", which is not among the session's tables"));
      }
      v1::ForeignKey& foreign_key = *table.add_foreign_keys();
      foreign_key.add_columns(position);
      foreign_key.set_referenced_table(static_cast<uint32_t>(found - tables.begin()));
      auto referenced = std::find_if(target->columns.begin(), target->columns.end(),
                                     [&](const ColumnInfo& candidate) { return candidate.name == column.referenced_column; });
      foreign_key.add_referenced_columns(static_cast<uint32_t>(referenced - target->columns.begin()));
    }
  }
  return schema;
}

absl::Status FitValue(const BoundTable& table, const BoundColumn& column, v1::Value& value) {
  if (value.kind_case() == v1::Value::kNullValue || value.kind_case() == v1::Value::kHandleValue) return absl::OkStatus();
  if (!column.info->array) {
    if (!InRange(column.info->kind, value)) return OutOfRange(table, column);
    FitForm(column.type.kind(), value);
    return absl::OkStatus();
  }
  for (v1::Value& element : *value.mutable_array_value()->mutable_elements()) {
    if (element.kind_case() == v1::Value::kNullValue) continue;
    if (!InRange(column.info->kind, element)) return OutOfRange(table, column);
    FitForm(column.type.element().kind(), element);
  }
  return absl::OkStatus();
}

}  // namespace uow::inline client::internal
