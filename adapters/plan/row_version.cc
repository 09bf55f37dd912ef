#include "adapters/plan/row_version.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "adapters/plan/row_values.h"

namespace uow {
namespace {

VersionMove MoveOf(const v1::Column& column) {
  if (column.generation() == v1::GENERATION_COMPUTED) return VersionMove::kDatabase;
  switch (column.type().kind()) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
    case v1::Type::KIND_UINT64:
      return VersionMove::kIncrement;
    case v1::Type::KIND_TIMESTAMP:
    case v1::Type::KIND_TIMESTAMPTZ:
      return VersionMove::kNow;
    default:
      return VersionMove::kDatabase;
  }
}

// One more than a version; NULL counts as 0. Nothing where it can't be told.
std::optional<v1::Value> Next(v1::Type::Kind kind, const v1::Value* version) {
  v1::Value next;
  if (kind == v1::Type::KIND_UINT64) {
    const uint64_t number = version == nullptr ? 0 : version->uint64_value();
    if (number == std::numeric_limits<uint64_t>::max()) return std::nullopt;
    next.set_uint64_value(number + 1);
  } else {
    const int64_t number = version == nullptr ? 0 : version->int64_value();
    if (number == std::numeric_limits<int64_t>::max()) return std::nullopt;
    next.set_int64_value(number + 1);
  }
  return next;
}

}  // namespace

RowVersion MoveVersion(const SchemaIndex& schema, const v1::NetChange& change, StepKind kind) {
  const uint32_t position = static_cast<uint32_t>(schema.version_column(change.table()));
  const v1::Column& column = schema.table(change.table()).columns(static_cast<int>(position));
  RowVersion version;
  version.move = MoveOf(column);
  const v1::Field* field = FieldOf(change, position);
  if (field != nullptr && field->has_value()) {
    version.written = field->value();
  } else if (version.move == VersionMove::kIncrement) {
    if (kind == StepKind::kInsert) {
      version.written = Next(column.type().kind(), nullptr);
    } else if (change.has_version()) {
      version.written = Next(column.type().kind(), change.version().has_null_value() ? nullptr : &change.version());
    }
  }
  // What the database makes of a token that the client gives is its own affair.
  if (version.written && version.move != VersionMove::kDatabase) version.move = VersionMove::kNone;
  return version;
}

void AppendCheckedColumns(const SchemaIndex& schema, const v1::NetChange& change, std::vector<uint32_t>& columns) {
  if (change.has_version()) columns.push_back(static_cast<uint32_t>(schema.version_column(change.table())));
  if (schema.table(change.table()).concurrency() != v1::CONCURRENCY_CHANGED_COLUMNS) return;
  for (const v1::Field& field : change.fields()) {
    if (field.has_old()) columns.push_back(field.column());
  }
}

const v1::Value& CheckedValue(const SchemaIndex& schema, const v1::NetChange& change, uint32_t column) {
  if (schema.version_column(change.table()) == static_cast<int>(column)) return change.version();
  return FieldOf(change, column)->old();
}

}  // namespace uow
