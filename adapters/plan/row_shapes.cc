#include "adapters/plan/row_shapes.h"

#include <algorithm>

#include "adapters/plan/row_values.h"
#include "adapters/plan/row_version.h"
#include "journal/canonical.h"
#include "journal/reference_index.h"

namespace uow {

RowShapes::RowShapes(const SchemaIndex& schema, const PlanTraits& traits)
    : schema_(schema), traits_(traits), acts_on_delete_(schema.table_count(), false) {
  for (const v1::Table& referring : schema_.proto().tables()) {
    for (const v1::ForeignKey& key : referring.foreign_keys()) {
      if (ActsOnDelete(key)) acts_on_delete_[key.referenced_table()] = true;
    }
  }
}

void RowShapes::AddVersion(const v1::NetChange& change, StepKind kind, RowShape& shape) const {
  const int column = schema_.version_column(change.table());
  if (column < 0) return;
  const RowVersion version = MoveVersion(schema_, change, kind);
  shape.version_move = version.move;
  const bool there = std::find(shape.columns.begin(), shape.columns.end(), column) != shape.columns.end();
  if (version.written && !there) shape.columns.push_back(column);
}

void RowShapes::OfInsert(const v1::NetChange& change, int generated, RowShape& shape) const {
  shape.Clear();
  const auto& primary_key = schema_.table(change.table()).primary_key();
  shape.columns.assign(primary_key.begin(), primary_key.end());
  for (const v1::Field& field : change.fields()) shape.columns.push_back(field.column());
  shape.generated = generated;
  AddVersion(change, StepKind::kInsert, shape);
}

void RowShapes::AddNewKey(const v1::NetChange& change, RowShape& shape) const {
  for (int k = 0; k < change.new_key_size(); ++k) {
    if (!SameValue(change.key(k), change.new_key(k))) shape.columns.push_back(schema_.table(change.table()).primary_key(k));
  }
}

void RowShapes::OfUpdate(const v1::NetChange& change, RowShape& shape) const {
  shape.Clear();
  AddNewKey(change, shape);
  for (const v1::Field& field : change.fields()) shape.columns.push_back(field.column());
  if (shape.columns.empty()) return;
  AddVersion(change, StepKind::kUpdate, shape);
  AppendCheckedColumns(schema_, change, shape.check_columns);
}

void RowShapes::OfDelete(const v1::NetChange& change, RowShape& shape) const {
  shape.Clear();
  AppendCheckedColumns(schema_, change, shape.check_columns);
}

bool RowShapes::OfReplace(const v1::NetChange& change, RowShape& shape) const {
  shape.Clear();
  if (acts_on_delete_[change.table()]) return false;
  AddNewKey(change, shape);
  const v1::Table& table = schema_.table(change.table());
  for (int column = 0; column < table.columns_size(); ++column) {
    if (schema_.is_key(change.table(), column) || table.columns(column).generation() == v1::GENERATION_COMPUTED) continue;
    if (column == schema_.version_column(change.table())) continue;
    const v1::Column& definition = table.columns(column);
    bool defaults = definition.has_default() || definition.generation() == v1::GENERATION_KEY;
    const v1::Field* field = FieldOf(change, column);
    bool omitted = field == nullptr || !field->has_value();
    (omitted && defaults ? shape.default_columns : shape.columns).push_back(column);
  }
  const bool default_refused = !shape.default_columns.empty() && !traits_.update_to_default;
  if (default_refused || shape.columns.empty()) return false;
  AddVersion(change, StepKind::kUpdate, shape);
  AppendCheckedColumns(schema_, change, shape.check_columns);
  return true;
}

}  // namespace uow
