#include "adapters/sqlite/row_binder.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "journal/canonical.h"
#include "journal/errors.h"

namespace uow::sqlite {
namespace {

// The declared type of a column. Empty where it has none.
absl::StatusOr<std::string> DeclaredType(Database& database, const v1::Table& table, const std::string& column) {
  const char* type = nullptr;
  int code = sqlite3_table_column_metadata(database.handle(), table.namespace_().empty() ? nullptr : table.namespace_().c_str(),
                                           table.name().c_str(), column.c_str(), &type, nullptr, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return std::string(type == nullptr ? "" : type);
  if (code != SQLITE_ERROR) return database.Error(code);
  v1::ErrorDetail detail;
  detail.add_columns(column);
  return MakeError(v1::ERROR_REASON_TARGET_SCHEMA_CHANGED,
                   absl::StrCat("table \"", table.name(), "\" or its column \"", column,
                                "\" isn't in the SQLite database any more (", sqlite3_errmsg(database.handle()), ")"),
                   detail);
}

}  // namespace

absl::StatusOr<RowBinder> RowBinder::Create(Database& database, const SchemaIndex& schema, const Step& step) {
  RowBinder binder(schema, step);
  const v1::Table& table = schema.table(step.table);
  std::vector<uint32_t> columns = step.columns;
  columns.insert(columns.end(), step.key_columns.begin(), step.key_columns.end());
  columns.insert(columns.end(), step.check_columns.begin(), step.check_columns.end());
  for (size_t i = 0; i < columns.size(); ++i) {
    const v1::Column& column = table.columns(columns[i]);
    UOW_ASSIGN_OR_RETURN(std::string declared, DeclaredType(database, table, column.name()));
    Affinity affinity = AffinityOf(declared);
    binder.parameters_.push_back(
        {columns[i], static_cast<int>(i) == step.generated, column.type().kind(), affinity, std::move(declared)});
  }
  return binder;
}

absl::Status RowBinder::Bind(const StepRow& row, const HandleMap& keys, Statement& statement, size_t from) const {
  int number = static_cast<int>(from);
  for (size_t i = from; i < parameters_.size(); ++i) {
    if (parameters_[i].skipped) continue;
    ++number;
    const v1::Value* value = keys.Resolve(row.values[i]);
    if (value == nullptr) {
      return InternalError(absl::StrCat("the plan uses ", DebugString(row.values[i]), " before its row is inserted"));
    }
    absl::Status bound = BindValue(parameters_[i], number, *value, statement);
    if (bound.ok()) continue;
    v1::ErrorDetail detail = DetailOf(bound).value_or(v1::ErrorDetail());
    *detail.add_entities() = EntityOf(*schema_, *step_, row);
    detail.set_offset(row.offset);
    return WithDetail(bound, detail);
  }
  return absl::OkStatus();
}

absl::Status RowBinder::BindValue(const Parameter& parameter, int number, const v1::Value& value, Statement& statement) const {
  switch (value.kind_case()) {
    case v1::Value::kNullValue:
      sqlite3_bind_null(statement.handle(), number);
      return absl::OkStatus();
    case v1::Value::kBoolValue:
      statement.Bind(number, int64_t{value.bool_value()});
      return absl::OkStatus();
    case v1::Value::kInt64Value:
      statement.Bind(number, int64_t{value.int64_value()});
      return absl::OkStatus();
    case v1::Value::kUint64Value:
      if (value.uint64_value() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return ValueError(v1::ERROR_REASON_VALUE_OUT_OF_RANGE, parameter, value, "SQLite's integers end at 2^63-1");
      }
      statement.Bind(number, static_cast<int64_t>(value.uint64_value()));
      return absl::OkStatus();
    case v1::Value::kDoubleValue:
      if (std::isnan(value.double_value())) {
        return ValueError(v1::ERROR_REASON_VALUE_OUT_OF_RANGE, parameter, value, "SQLite would store NaN as NULL");
      }
      sqlite3_bind_double(statement.handle(), number, value.double_value());
      return absl::OkStatus();
    case v1::Value::kDecimalValue:
      return BindText(parameter, number, value.decimal_value(), statement);
    case v1::Value::kTextValue:
      return BindText(parameter, number, value.text_value(), statement);
    case v1::Value::kTimeValue:
      return BindText(parameter, number, value.time_value(), statement);
    case v1::Value::kJsonValue:
      return BindText(parameter, number, value.json_value(), statement);
    case v1::Value::kBytesValue:
      statement.BindBlob(number, value.bytes_value());
      return absl::OkStatus();
    case v1::Value::kArrayValue:
      return ValueError(v1::ERROR_REASON_NOT_SUPPORTED, parameter, value, "SQLite has no arrays; store JSON");
    case v1::Value::kHandleValue:
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return InternalError("the plan has a value of no kind");
}

absl::Status RowBinder::BindText(const Parameter& parameter, int number, const std::string& text, Statement& statement) const {
  if (!SurvivesAsText(parameter.kind, parameter.affinity, text)) {
    v1::Value value;
    value.set_text_value(text);
    return ValueError(v1::ERROR_REASON_VALUE_OUT_OF_RANGE, parameter, value,
                      absl::StrCat("SQLite would turn it into another number in a column declared ",
                                   parameter.declared.empty() ? "without a type" : parameter.declared,
                                   "; declare the column as TEXT, or for decimals as DECIMAL TEXT, to keep every digit"));
  }
  statement.Bind(number, text);
  return absl::OkStatus();
}

absl::Status RowBinder::ValueError(v1::ErrorReason reason, const Parameter& parameter, const v1::Value& value,
                                   absl::string_view why) const {
  const std::string& column = schema_->table(step_->table).columns(parameter.column).name();
  v1::ErrorDetail detail;
  detail.add_columns(column);
  return MakeError(reason, absl::StrCat(schema_->TableLabel(step_->table), ".", column, ": ", DebugString(value), ": ", why),
                   detail);
}

absl::StatusOr<v1::Value> ReadValue(const v1::Column& column, const Statement& statement, int result_column) {
  v1::Value value;
  switch (sqlite3_column_type(statement.handle(), result_column)) {
    case SQLITE_NULL:
      value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
      return value;
    case SQLITE_INTEGER:
      value.set_int64_value(statement.Int(result_column));
      break;
    case SQLITE_TEXT:
      if (column.type().kind() == v1::Type::KIND_TIMESTAMP || column.type().kind() == v1::Type::KIND_TIMESTAMPTZ) {
        value.set_time_value(statement.Text(result_column));
      } else {
        value.set_text_value(statement.Text(result_column));
      }
      break;
    case SQLITE_BLOB:
      value.set_bytes_value(statement.Blob(result_column));
      break;
    default:
      return MakeError(v1::ERROR_REASON_TARGET_REJECTED,
                       absl::StrCat("SQLite generated a real number for column \"", column.name(), "\"; declare it otherwise"));
  }
  UOW_RETURN_IF_ERROR(Canonicalize(column.type(), value));
  return value;
}

absl::StatusOr<v1::Value> ReadKey(const v1::Column& column, const Statement& statement, int result_column) {
  if (statement.IsNull(result_column)) {
    return MakeError(v1::ERROR_REASON_TARGET_REJECTED,
                     absl::StrCat("SQLite generated no key for column \"", column.name(), "\"; give it a default"));
  }
  return ReadValue(column, statement, result_column);
}

}  // namespace uow::sqlite
