#include "adapters/plan/step_groups.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "adapters/plan/row_values.h"
#include "adapters/plan/row_version.h"
#include "journal/canonical.h"

namespace uow {
namespace {

const v1::Value& NullValue() {
  static const v1::Value null = [] {
    v1::Value value;
    value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
    return value;
  }();
  return null;
}

// About what a value takes in a statement.
size_t BytesOf(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kTextValue:
      return value.text_value().size();
    case v1::Value::kBytesValue:
      return value.bytes_value().size();
    case v1::Value::kJsonValue:
      return value.json_value().size();
    case v1::Value::kArrayValue:
      return value.ByteSizeLong();
    default:
      return sizeof(uint64_t);
  }
}

}  // namespace

void StepGroups::Want(StepKind kind, size_t change, uint64_t level, const RowShape& shape) {
  wanted_.level = level;
  wanted_.kind = kind;
  wanted_.table = changes_[change].table();
  wanted_.shape = shape;
}

bool StepGroups::Has(StepKind kind, size_t change, uint64_t level, const RowShape& shape) {
  Want(kind, change, level, shape);
  return groups_.contains(wanted_);
}

void StepGroups::Add(StepKind kind, size_t change, uint64_t level, const RowShape& shape, bool together) {
  Want(kind, change, level, shape);
  auto it = groups_.find(wanted_);
  if (it == groups_.end()) it = groups_.emplace(wanted_, Group()).first;
  it->second.changes.push_back(change);
  it->second.together |= together;
}

void StepGroups::SortByKey(std::vector<size_t>& rows) const {
  auto before = [this](size_t a, size_t b) {
    const v1::NetChange& x = changes_[a];
    const v1::NetChange& y = changes_[b];
    for (int k = 0; k < x.key_size() && k < y.key_size(); ++k) {
      if (int order = CompareValues(x.key(k), y.key(k)); order != 0) return order < 0;
    }
    return false;
  };
  // Most sessions create rows in the order of their keys.
  if (!std::is_sorted(rows.begin(), rows.end(), before)) std::sort(rows.begin(), rows.end(), before);
}

const RowEdit* StepGroups::EditOf(size_t change, RowPart part) const {
  if (edits_ == nullptr) return nullptr;
  auto it = edits_->find({change, part});
  return it == edits_->end() ? nullptr : &it->second;
}

void StepGroups::ListValues(const Key& key, size_t index, ValueStore& store) const {
  const v1::NetChange& change = changes_[index];
  const RowShape& shape = key.shape;
  const RowEdit* edit = EditOf(index, shape.part);
  const int version = schema_.version_column(change.table());
  // The edits go with the planning.
  auto keep = [&store](v1::Value value) { store.listed.push_back(&store.made.emplace_back(std::move(value))); };
  for (uint32_t column : shape.columns) {
    const v1::Value* edited = nullptr;
    if (edit != nullptr) {
      for (const auto& [place, instead] : edit->values) {
        if (place == column) edited = &instead;
      }
    }
    if (edited != nullptr) {
      keep(*edited);
    } else if (static_cast<int>(column) == version) {
      keep(*MoveVersion(schema_, change, key.kind).written);
    } else {
      const v1::Value* value = ColumnOf(schema_, change, column, RowState::kNew);
      store.listed.push_back(value != nullptr ? value : &NullValue());
    }
  }
  if (key.kind != StepKind::kInsert) {
    if (edit != nullptr && !edit->key.empty()) {
      for (const v1::Value& value : edit->key) keep(value);
    } else {
      for (const v1::Value& value : change.key()) store.listed.push_back(&value);
    }
  }
  for (uint32_t column : shape.check_columns) store.listed.push_back(&CheckedValue(schema_, change, column));
}

void StepGroups::AppendTo(std::vector<Step>& steps) {
  for (auto& [key, group] : groups_) {
    SortByKey(group.changes);
    for (size_t from = 0; from < group.changes.size();) {
      Step& step = steps.emplace_back();
      step.kind = key.kind;
      step.table = key.table;
      step.columns = key.shape.columns;
      step.default_columns = key.shape.default_columns;
      step.generated = key.shape.generated;
      step.check_columns = key.shape.check_columns;
      step.version_move = key.shape.version_move;
      step.may_be_gone = key.shape.may_be_gone;
      if (step.version_move != VersionMove::kNone) step.version_column = schema_.version_column(key.table);
      if (key.kind != StepKind::kInsert) {
        const auto& primary_key = schema_.table(key.table).primary_key();
        step.key_columns.assign(primary_key.begin(), primary_key.end());
      }
      from = FillStep(key, group, from, step);
    }
  }
}

size_t StepGroups::FillStep(const Key& key, const Group& group, size_t from, Step& step) const {
  const size_t left = group.changes.size() - from;
  const size_t most = group.together ? left : std::min(left, traits_.max_step_rows);
  const size_t width = step.columns.size() + step.key_columns.size() + step.check_columns.size();
  auto store = std::make_shared<ValueStore>();
  store->listed.reserve(most * width);
  size_t rows = 0;
  for (size_t bytes = 0; rows < most && (bytes < traits_.max_step_bytes || group.together); ++rows) {
    ListValues(key, group.changes[from + rows], *store);
    for (size_t v = rows * width; v < store->listed.size(); ++v) bytes += BytesOf(*store->listed[v]);
  }
  step.rows.resize(rows);
  for (size_t r = 0; r < rows; ++r) {
    StepRow& row = step.rows[r];
    row.values = ValueList(store->listed.data() + r * width, width);
    row.change = group.changes[from + r];
    row.offset = changes_[row.change].last_offset();
    const RowEdit* edit = EditOf(row.change, key.shape.part);
    step.keys_moved |= edit != nullptr && !edit->key.empty();
  }
  step.values = std::move(store);
  return from + rows;
}

}  // namespace uow
