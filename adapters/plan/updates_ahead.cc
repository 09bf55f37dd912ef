#include "adapters/plan/updates_ahead.h"

#include <algorithm>
#include <string>

#include "adapters/plan/row_values.h"

namespace uow {
namespace {

bool HasHandle(const google::protobuf::RepeatedPtrField<v1::Value>& values) {
  return std::any_of(values.begin(), values.end(), [](const v1::Value& value) { return value.has_handle_value(); });
}

}  // namespace

UpdatesAhead::UpdatesAhead(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& inserts,
                           const std::vector<size_t>& updates)
    : schema_(schema), changes_(changes), inserts_(inserts), updates_(updates), inserted_(schema.table_count(), false) {
  for (size_t c : inserts) inserted_[changes[c].table()] = true;
}

bool UpdatesAhead::Wanted() const {
  if (inserts_.empty() || updates_.empty()) return false;
  std::vector<bool> updated(schema_.table_count(), false);
  for (size_t c : updates_) updated[changes_[c].table()] = true;
  ReferencedRows rows(schema_, changes_, updates_, RowState::kNew);
  std::string bytes;
  for (size_t c : inserts_) {
    for (const v1::ForeignKey& key : schema_.table(changes_[c].table()).foreign_keys()) {
      if (!updated[key.referenced_table()]) continue;
      if (TupleOf(schema_, changes_[c], key.columns(), RowState::kNew, bytes) != TupleKind::kKnown) continue;
      if (rows.Find(key, bytes) >= 0) return true;
    }
  }
  return false;
}

bool UpdatesAhead::MayNeedInsert(const v1::NetChange& update) const {
  if (HasHandle(update.key()) || HasHandle(update.new_key())) return true;
  for (const v1::Field& field : update.fields()) {
    if (field.value().has_handle_value()) return true;
  }
  std::string bytes;
  for (const v1::ForeignKey& key : schema_.table(update.table()).foreign_keys()) {
    if (!inserted_[key.referenced_table()]) continue;
    const bool written = std::any_of(key.columns().begin(), key.columns().end(), [&](uint32_t column) {
      if (update.kind() == v1::CHANGE_KIND_REPLACE) return true;
      if (schema_.is_key(update.table(), column)) return !update.new_key().empty();
      const v1::Field* field = FieldOf(update, column);
      return field != nullptr && field->has_value();
    });
    if (written && TupleOf(schema_, update, key.columns(), RowState::kNew, bytes) != TupleKind::kNull) return true;
  }
  return false;
}

}  // namespace uow
