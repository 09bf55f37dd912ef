#include "adapters/plan/cycle_breaks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "adapters/plan/parked_value.h"
#include "adapters/plan/row_values.h"
#include "adapters/plan/row_version.h"
#include "journal/canonical.h"

namespace uow {
namespace {

v1::Value Null() {
  v1::Value value;
  value.set_null_value(v1::NULL_VALUE_UNSPECIFIED);
  return value;
}

// Sets the edit of a column; the last one counts.
void Edit(RowEdit& edit, uint32_t column, v1::Value value) {
  auto place = std::lower_bound(edit.values.begin(), edit.values.end(), column,
                                [](const auto& entry, uint32_t position) { return entry.first < position; });
  if (place != edit.values.end() && place->first == column) {
    place->second = std::move(value);
  } else {
    edit.values.emplace(place, column, std::move(value));
  }
}

// A value's bytes, the same for texts that differ in case alone, which many databases take for equal.
std::string CollatedBytes(const v1::Value& value) {
  std::string bytes;
  AppendValueBytes(value, bytes);
  if (value.has_text_value()) absl::AsciiStrToLower(&bytes);
  return bytes;
}

// Whether keys of the kind can be drawn ahead of the insert.
bool CanBeDrawn(v1::Type::Kind kind) {
  switch (kind) {
    case v1::Type::KIND_INT16:
    case v1::Type::KIND_INT32:
    case v1::Type::KIND_INT64:
    case v1::Type::KIND_UINT64:
    case v1::Type::KIND_DECIMAL:
      return true;
    default:
      return false;
  }
}

}  // namespace

const Columns& CycleBreaks::SlotColumns(const OpEdge& edge) const {
  const v1::Table& table = schema_.table(changes_[edge.change].table());
  const int position = static_cast<int>(edge.detail);
  return position < table.uniques_size() ? table.uniques(position).columns() : table.primary_key();
}

bool CycleBreaks::CanBeNull(uint32_t change, uint32_t column) const {
  const v1::Column& definition = schema_.table(changes_[change].table()).columns(static_cast<int>(column));
  return definition.nullable() && definition.generation() == v1::GENERATION_UNSPECIFIED &&
         !schema_.is_key(changes_[change].table(), column);
}

bool CycleBreaks::Overwrites(uint32_t change, uint32_t column) const {
  const v1::NetChange& net = changes_[change];
  if (net.kind() != v1::CHANGE_KIND_UPDATE) return true;
  if (const int place = schema_.key_position(net.table(), column); place >= 0) {
    return !net.new_key().empty() && !SameValue(net.key(place), net.new_key(place));
  }
  const v1::Field* field = FieldOf(net, column);
  return field != nullptr && field->has_value();
}

std::optional<uint32_t> CycleBreaks::NullableColumn(uint32_t change, const Columns& columns, bool written) const {
  for (uint32_t column : columns) {
    if (!CanBeNull(change, column) || !Overwrites(change, column)) continue;
    const v1::Field* field = FieldOf(changes_[change], column);
    if (!written || (field != nullptr && field->has_value())) return column;
  }
  return std::nullopt;
}

std::optional<uint32_t> CycleBreaks::ParkableColumn(uint32_t change, const Columns& columns) const {
  const uint32_t table = changes_[change].table();
  for (uint32_t column : columns) {
    const v1::Column& definition = schema_.table(table).columns(static_cast<int>(column));
    if (!Overwrites(change, column)) continue;
    if (schema_.in_foreign_key(table, column) || definition.generation() == v1::GENERATION_COMPUTED || definition.version())
      continue;
    if (ParkedValue(definition, "", 0)) return column;
  }
  return std::nullopt;
}

v1::ReferentialAction CycleBreaks::ActionOn(const OpEdge& edge) const {
  return Deletes(edge.after) ? KeyOf(edge).on_delete() : KeyOf(edge).on_update();
}

bool CycleBreaks::CanDefer(const v1::ForeignKey& key) const {
  if (traits_.defers_foreign_keys) {
    return key.on_delete() != v1::REFERENTIAL_ACTION_RESTRICT && key.on_update() != v1::REFERENTIAL_ACTION_RESTRICT;
  }
  return key.deferrable() && !key.name().empty();
}

bool CycleBreaks::IsFoundBy(uint32_t change, const Columns& columns) const {
  std::vector<uint32_t> checked;
  AppendCheckedColumns(schema_, changes_[change], checked);
  return std::any_of(columns.begin(), columns.end(), [&](uint32_t column) {
    return schema_.is_key(changes_[change].table(), column) || std::find(checked.begin(), checked.end(), column) != checked.end();
  });
}

EdgeCost CycleBreaks::CostOf(const OpEdge& edge) const {
  switch (edge.kind) {
    case EdgeKind::kOrder:
      return EdgeCost::kGuess;
    case EdgeKind::kHint:
      return EdgeCost::kNothing;
    case EdgeKind::kHandle:
      return CostOfHandle(edge);
    case EdgeKind::kParent:
      return CostOfParent(edge);
    case EdgeKind::kChild:
      return CostOfChild(edge);
    case EdgeKind::kSlot:
      return CostOfSlot(edge);
    case EdgeKind::kSame:
      break;
  }
  return EdgeCost::kImpossible;
}

EdgeCost CycleBreaks::CostOfHandle(const OpEdge& edge) const {
  if (CanBeNull(edge.change, edge.detail)) return EdgeCost::kStatement;
  const v1::Table& table = schema_.table(changes_[edge.change].table());
  if (!traits_.keys_ahead || !CanBeDrawn(table.columns(static_cast<int>(edge.detail)).type().kind())) return EdgeCost::kImpossible;
  for (const v1::ForeignKey& key : table.foreign_keys()) {
    const bool uses = std::find(key.columns().begin(), key.columns().end(), edge.detail) != key.columns().end();
    if (uses && !CanDefer(key)) return EdgeCost::kImpossible;
  }
  // The key may have no sequence after all: NULL is the surer way.
  return EdgeCost::kParking;
}

bool CycleBreaks::CanWriteAgain(const OpEdge& edge) const {
  if (edge.holder == kNoOp || kinds_[edge.holder] != StepKind::kUpdate || !CanDefer(KeyOf(edge))) return false;
  const Columns& columns = KeyOf(edge).columns();
  return std::none_of(columns.begin(), columns.end(),
                      [&](uint32_t column) { return schema_.is_key(changes_[edge.change].table(), column); });
}

EdgeCost CycleBreaks::CostOfParent(const OpEdge& edge) const {
  if (changes_[edge.change].kind() == v1::CHANGE_KIND_DELETE) return EdgeCost::kImpossible;
  if (edge.holder == kNoOp && CanDefer(KeyOf(edge))) return EdgeCost::kNothing;
  if (CanWriteAgain(edge)) return EdgeCost::kStatement;
  return NullableColumn(edge.change, KeyOf(edge).columns(), true) ? EdgeCost::kStatement : EdgeCost::kImpossible;
}

EdgeCost CycleBreaks::CostOfChild(const OpEdge& edge) const {
  const v1::ForeignKey& key = KeyOf(edge);
  const bool parent_goes = Deletes(edge.after);
  const bool child_goes = kinds_[edge.before] == StepKind::kDelete;
  const EdgeCost detach = NullableColumn(edge.change, key.columns(), false) ? EdgeCost::kStatement : EdgeCost::kImpossible;
  if (edge.before == edge.after) return detach;  // it refers to itself
  // What the action does to the reference doesn't matter where all of it is written anew.
  const bool whole =
      std::all_of(key.columns().begin(), key.columns().end(), [&](uint32_t column) { return Overwrites(edge.change, column); });
  const bool harmless = whole && !IsFoundBy(edge.change, key.columns());
  switch (ActionOn(edge)) {
    case v1::REFERENTIAL_ACTION_CASCADE:
      if (!parent_goes) return harmless ? EdgeCost::kNothing : detach;
      return child_goes ? EdgeCost::kNothing : detach;
    case v1::REFERENTIAL_ACTION_SET_NULL:
    case v1::REFERENTIAL_ACTION_SET_DEFAULT:
      return harmless ? EdgeCost::kNothing : detach;
    default:
      return CanDefer(key) ? EdgeCost::kNothing : detach;
  }
}

EdgeCost CycleBreaks::CostOfSlot(const OpEdge& edge) const {
  const v1::Table& table = schema_.table(changes_[edge.change].table());
  const int position = static_cast<int>(edge.detail);
  if (position < table.uniques_size() && table.uniques(position).deferrable() && !table.uniques(position).name().empty()) {
    return EdgeCost::kNothing;
  }
  if (!traits_.nulls_are_equal && NullableColumn(edge.change, SlotColumns(edge), false)) return EdgeCost::kStatement;
  return ParkableColumn(edge.change, SlotColumns(edge)) ? EdgeCost::kParking : EdgeCost::kImpossible;
}

void CycleBreaks::Replace(const std::vector<OpEdge>& broken) {
  for (const OpEdge& edge : broken) ReplaceOne(edge);
  if (!extras_.may_be_gone.empty()) SpreadCascades(broken);
}

void CycleBreaks::SpreadCascades(const std::vector<OpEdge>& broken) {
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> children;  // changes, by the operation that deletes what they refer to
  for (const std::vector<OpEdge>* edges : {&graph_.edges(), &broken}) {
    for (const OpEdge& edge : *edges) {
      if (edge.kind != EdgeKind::kChild || kinds_[edge.before] != StepKind::kDelete) continue;
      if (kinds_[edge.after] == StepKind::kDelete && KeyOf(edge).on_delete() == v1::REFERENTIAL_ACTION_CASCADE) {
        children[edge.after].push_back(edge.change);
      }
    }
  }
  std::vector<size_t> next(extras_.may_be_gone.begin(), extras_.may_be_gone.end());
  while (!next.empty()) {
    const ChangeOps& ops = ops_[next.back()];
    next.pop_back();
    auto found = children.find(ops.removal != kNoOp ? ops.removal : ops.main);
    if (found == children.end()) continue;
    for (uint32_t child : found->second) {
      if (extras_.may_be_gone.insert(child).second) next.push_back(child);
    }
  }
}

void CycleBreaks::ReplaceOne(const OpEdge& edge) {
  const uint32_t table = changes_[edge.change].table();
  const EdgeCost cost = CostOf(edge);
  switch (edge.kind) {
    case EdgeKind::kHandle:
      if (cost == EdgeCost::kStatement) return WriteLate(edge.change, edge.detail, edge.before);
      for (int k = 0; k < schema_.table(table).foreign_keys_size(); ++k) {
        const Columns& columns = schema_.table(table).foreign_keys(k).columns();
        if (std::find(columns.begin(), columns.end(), edge.detail) != columns.end()) Defer(table, false, k);
      }
      return;
    case EdgeKind::kParent:
      if (cost == EdgeCost::kNothing) return Defer(table, false, edge.detail);
      if (CanWriteAgain(edge)) return WriteAgain(edge);
      return WriteLate(edge.change, *NullableColumn(edge.change, KeyOf(edge).columns(), true), edge.before);
    case EdgeKind::kChild:
      if (cost == EdgeCost::kStatement) {
        return GiveUpEarly(edge.change, *NullableColumn(edge.change, KeyOf(edge).columns(), false), Null(), edge.after);
      }
      if (ActionOn(edge) == v1::REFERENTIAL_ACTION_CASCADE && Deletes(edge.after)) {
        extras_.may_be_gone.insert(edge.change);
      } else if (ActionOn(edge) == v1::REFERENTIAL_ACTION_UNSPECIFIED) {
        Defer(table, false, edge.detail);
      }
      return;
    case EdgeKind::kSlot:
      if (cost == EdgeCost::kNothing) return Defer(table, true, edge.detail);
      if (cost == EdgeCost::kStatement) {
        return GiveUpEarly(edge.change, *NullableColumn(edge.change, SlotColumns(edge), false), Null(), edge.after);
      } else {
        const uint32_t column = *ParkableColumn(edge.change, SlotColumns(edge));
        return GiveUpEarly(edge.change, column, Park(edge.change, column), edge.after);
      }
    case EdgeKind::kOrder:
    case EdgeKind::kHint:
    case EdgeKind::kSame:
      return;
  }
}

RowEdit& CycleBreaks::LateEdit(uint32_t change, uint32_t before) {
  auto [late, added] = extras_.late.try_emplace(change, 0);
  RowEdit& edit = extras_.edits[{change, RowPart::kLate}];
  if (added) {
    late->second = graph_.Add();
    graph_.AddEdge({ops_[change].main, late->second, EdgeKind::kSame});
    for (uint32_t key : schema_.table(changes_[change].table()).primary_key()) {
      edit.key.push_back(*ColumnOf(schema_, changes_[change], key, RowState::kNew));
    }
  }
  if (before != ops_[change].main) graph_.AddEdge({before, late->second, EdgeKind::kSame});
  return edit;
}

void CycleBreaks::WriteLate(uint32_t change, uint32_t column, uint32_t before) {
  Edit(LateEdit(change, before), column, *ColumnOf(schema_, changes_[change], column, RowState::kNew));
  Edit(extras_.edits[{change, RowPart::kMain}], column, Null());
}

void CycleBreaks::WriteAgain(const OpEdge& edge) {
  Defer(changes_[edge.change].table(), false, edge.detail);
  RowEdit& late = LateEdit(edge.change, edge.holder);
  for (uint32_t column : KeyOf(edge).columns()) {
    Edit(late, column, *ColumnOf(schema_, changes_[edge.change], column, RowState::kNew));
  }
}

void CycleBreaks::GiveUpEarly(uint32_t change, uint32_t column, v1::Value instead, uint32_t after) {
  auto [early, added] = extras_.early.try_emplace(change, 0);
  if (added) {
    early->second = graph_.Add();
    const ChangeOps& ops = ops_[change];
    graph_.AddEdge({early->second, ops.removal != kNoOp ? ops.removal : ops.main, EdgeKind::kSame});
  }
  graph_.AddEdge({early->second, after, EdgeKind::kSame});
  if (const int place = schema_.key_position(changes_[change].table(), column); place >= 0) {
    RowEdit& main = extras_.edits[{change, RowPart::kMain}];
    if (main.key.empty()) main.key.assign(changes_[change].key().begin(), changes_[change].key().end());
    main.key[place] = instead;
  }
  Edit(extras_.edits[{change, RowPart::kEarly}], column, std::move(instead));
}

v1::Value CycleBreaks::Park(uint32_t change, uint32_t column) {
  const uint32_t table = changes_[change].table();
  auto [known, first] = known_.try_emplace(std::pair(table, column));
  if (first) {
    for (const v1::NetChange& other : changes_) {
      if (other.table() != table) continue;
      for (RowState state : {RowState::kOld, RowState::kNew}) {
        const v1::Value* value = ColumnOf(schema_, other, column, state);
        if (value == nullptr) continue;
        known->second.insert(CollatedBytes(*value));
      }
    }
  }
  std::string seed = absl::StrCat(table, "/", column);
  for (const v1::Value& value : changes_[change].key()) AppendValueBytes(value, seed);
  const v1::Column& definition = schema_.table(table).columns(static_cast<int>(column));
  // A narrow column may have no value left that the plan doesn't use. Then the database may refuse the row, or another plan made of
  // fewer changes succeed.
  constexpr int kTries = 1000;
  for (int tries = 0;; ++tries) {
    v1::Value value = *ParkedValue(definition, seed, parked_++);
    if (known->second.insert(CollatedBytes(value)).second || tries == kTries) return value;
  }
}

}  // namespace uow
