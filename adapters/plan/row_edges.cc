#include "adapters/plan/row_edges.h"

#include <algorithm>

#include "journal/canonical.h"
#include "journal/reference_index.h"

namespace uow {

bool RowEdges::Changes(uint32_t c, const Columns& columns) const {
  const v1::NetChange& change = changes_[c];
  for (uint32_t column : columns) {
    const int key = schema_.key_position(change.table(), column);
    if (key >= 0) {
      if (!change.new_key().empty() && !SameValue(change.key(key), change.new_key(key))) return true;
      continue;
    }
    if (change.kind() == v1::CHANGE_KIND_REPLACE) {
      // A new key may act on what refers to the row, itself included.
      if (!change.new_key().empty()) return true;
      const v1::Value* old = ColumnOf(schema_, change, column, RowState::kOld);
      const v1::Value* value = ColumnOf(schema_, change, column, RowState::kNew);
      if (old == nullptr || value == nullptr || !SameValue(*old, *value)) return true;
      continue;
    }
    const v1::Field* field = FieldOf(change, column);
    // Also where it is what was there at first: something happens to it in between.
    if (field != nullptr && field->has_value()) return true;
  }
  return false;
}

uint32_t RowEdges::Removing(uint32_t c, const Columns& columns) const {
  if (ops_[c].removal != kNoOp) return ops_[c].removal;
  if (changes_[c].kind() == v1::CHANGE_KIND_DELETE) return ops_[c].main;
  return IsUpdate(c) && Changes(c, columns) ? ops_[c].main : kNoOp;
}

uint32_t RowEdges::Bringing(uint32_t c, const Columns& columns) const {
  if (IsInsert(c)) return ops_[c].main;
  return IsUpdate(c) && Changes(c, columns) ? ops_[c].main : kNoOp;
}

RowEdges::Tuples RowEdges::RemovedTuples(uint32_t table, const Columns& columns, bool null_is_value) const {
  Tuples tuples;
  std::string bytes;
  for (uint32_t c : by_table_[table]) {
    if (Removing(c, columns) == kNoOp) continue;
    if (TupleOf(schema_, changes_[c], columns, RowState::kOld, bytes, null_is_value) == TupleKind::kKnown)
      tuples.try_emplace(bytes, c);
  }
  return tuples;
}

RowEdges::Tuples RowEdges::BroughtTuples(uint32_t table, const Columns& columns) const {
  Tuples tuples;
  std::string bytes;
  for (uint32_t c : by_table_[table]) {
    if (Bringing(c, columns) == kNoOp) continue;
    if (TupleOf(schema_, changes_[c], columns, RowState::kNew, bytes) == TupleKind::kKnown) tuples.try_emplace(bytes, c);
  }
  return tuples;
}

void RowEdges::AddHandles(const HandleOwners& owners, const std::vector<size_t>& inserts, bool keys_ahead) {
  std::vector<int> generated(changes_.size(), -1);
  for (size_t i = 0; i < inserts.size(); ++i) generated[inserts[i]] = owners.generated(i);
  for (uint32_t c = 0; c < changes_.size(); ++c) {
    const v1::NetChange& change = changes_[c];
    if (change.kind() == v1::CHANGE_KIND_DELETE) continue;
    const auto& primary_key = schema_.table(change.table()).primary_key();
    auto add = [&](const v1::Value& value, uint32_t column) {
      if (!value.has_handle_value()) return;
      const uint32_t owner = ops_[inserts[owners.OwnerOf(value.handle_value())]].main;
      if (owner != ops_[c].main || !keys_ahead) graph_.AddEdge({owner, ops_[c].main, EdgeKind::kHandle, column, c});
    };
    for (int k = 0; k < change.key_size(); ++k) {
      if (k != generated[c]) add(change.key(k), primary_key[k]);
    }
    for (int k = 0; k < change.new_key_size(); ++k) add(change.new_key(k), primary_key[k]);
    for (const v1::Field& field : change.fields()) add(field.value(), field.column());
  }
}

void RowEdges::AddForeignKeys() {
  for (uint32_t table = 0; table < schema_.table_count(); ++table) {
    if (by_table_[table].empty()) continue;
    for (int position = 0; position < schema_.table(table).foreign_keys_size(); ++position) {
      if (!by_table_[schema_.table(table).foreign_keys(position).referenced_table()].empty()) AddForeignKey(table, position);
    }
  }
}

uint32_t RowEdges::ActingHolder(const v1::ForeignKey& key, uint32_t bringer, const Tuples& removed,
                                const std::string& bytes) const {
  if (auto holder = removed.find(bytes); holder != removed.end()) {
    const uint32_t c = holder->second;
    if (IsUpdate(c) ? ActsOnUpdate(key) : ActsOnDelete(key)) return Removing(c, key.referenced_columns());
  }
  // Nobody may know what a replaced row had.
  return ActsOnDelete(key) ? ops_[bringer].removal : kNoOp;
}

void RowEdges::AddParent(uint32_t child, uint32_t position, const Tuples& brought, const Tuples& removed) {
  const v1::NetChange& change = changes_[child];
  const v1::ForeignKey& key = schema_.table(change.table()).foreign_keys(static_cast<int>(position));
  std::string bytes;
  auto add = [&](RowState state) {
    if (TupleOf(schema_, change, key.columns(), state, bytes) != TupleKind::kKnown) return;
    auto parent = brought.find(bytes);
    if (parent == brought.end()) return;
    const uint32_t before = ops_[parent->second].main;
    if (before == ops_[child].main) return;
    graph_.AddEdge(
        {before, ops_[child].main, EdgeKind::kParent, position, child, ActingHolder(key, parent->second, removed, bytes)});
  };
  if (Bringing(child, key.columns()) != kNoOp) {
    const v1::Value* value = key.columns_size() == 1 ? ColumnOf(schema_, change, key.columns(0), RowState::kNew) : nullptr;
    // The handle's edge is there already.
    if (value == nullptr || !value->has_handle_value()) add(RowState::kNew);
  } else if (change.kind() != v1::CHANGE_KIND_INSERT &&
             std::all_of(key.columns().begin(), key.columns().end(),
                         [&](uint32_t column) { return schema_.is_key(change.table(), column); })) {
    // A row that is found by a key that its parent's change of key gives it.
    add(RowState::kOld);
  }
}

void RowEdges::AddForeignKey(uint32_t table, uint32_t position) {
  const v1::ForeignKey& key = schema_.table(table).foreign_keys(static_cast<int>(position));
  const Tuples brought = BroughtTuples(key.referenced_table(), key.referenced_columns());
  const Tuples removed = RemovedTuples(key.referenced_table(), key.referenced_columns());
  const bool in_key =
      std::any_of(key.columns().begin(), key.columns().end(), [&](uint32_t column) { return schema_.is_key(table, column); });
  std::vector<uint32_t> unknown;
  std::string bytes;
  for (uint32_t c : by_table_[table]) {
    if (!brought.empty()) AddParent(c, position, brought, removed);
    if (changes_[c].kind() == v1::CHANGE_KIND_INSERT) continue;
    if (traits_.keeps_self_references) AddSelfReference(c, position);
    uint32_t gives_up = Removing(c, key.columns());
    if (gives_up == kNoOp && in_key) gives_up = ops_[c].main;  // it is found by what its parent's change of key takes from it
    if (gives_up == kNoOp) continue;
    const TupleKind kind = TupleOf(schema_, changes_[c], key.columns(), RowState::kOld, bytes);
    if (kind == TupleKind::kUnknown) unknown.push_back(c);
    if (kind != TupleKind::kKnown) continue;
    auto parent = removed.find(bytes);
    if (parent == removed.end()) continue;
    const uint32_t after = Removing(parent->second, key.referenced_columns());
    if (after != gives_up) graph_.AddEdge({gives_up, after, EdgeKind::kChild, position, c});
  }
  if (!unknown.empty()) AddInOrder(unknown, key.referenced_table(), key.referenced_columns());
}

void RowEdges::AddSelfReference(uint32_t change, uint32_t position) {
  const v1::ForeignKey& key = schema_.table(changes_[change].table()).foreign_keys(static_cast<int>(position));
  const uint32_t op = Removing(change, key.referenced_columns());
  if (op == kNoOp || !ReferredToItself(schema_, changes_[change], key)) return;
  const bool deleted = op == ops_[change].removal || changes_[change].kind() == v1::CHANGE_KIND_DELETE;
  if (deleted && ActsOnDelete(key)) return;
  graph_.AddEdge({op, op, EdgeKind::kChild, position, change});
}

void RowEdges::AddInOrder(const std::vector<uint32_t>& children, uint32_t parent_table, const Columns& referenced) {
  struct Entry {
    uint64_t offset;  // plus 1; deletes of children go first in any case: were they found by a cascade, they would be missing
    bool parent;
    uint32_t op;
  };
  std::vector<Entry> entries;
  for (uint32_t c : by_table_[parent_table]) {
    if (uint32_t op = Removing(c, referenced); op != kNoOp) entries.push_back({changes_[c].last_offset() + 1, true, op});
  }
  if (entries.empty()) return;
  for (uint32_t c : children) {
    const bool deletes = changes_[c].kind() == v1::CHANGE_KIND_DELETE || ops_[c].removal != kNoOp;
    entries.push_back(
        {deletes ? 0 : changes_[c].first_offset() + 1, false, ops_[c].removal != kNoOp ? ops_[c].removal : ops_[c].main});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
  uint32_t children_done = kNoOp, parents_done = kNoOp;
  bool last_was_parent = false;
  for (const Entry& entry : entries) {
    uint32_t& own = entry.parent ? parents_done : children_done;
    const uint32_t others = entry.parent ? children_done : parents_done;
    if (own == kNoOp || entry.parent != last_was_parent) {
      const uint32_t next = graph_.AddJunction();
      if (own != kNoOp) graph_.AddEdge({own, next, EdgeKind::kOrder});
      own = next;
    }
    last_was_parent = entry.parent;
    if (others != kNoOp) graph_.AddEdge({others, entry.op, EdgeKind::kOrder});
    graph_.AddEdge({entry.op, own, EdgeKind::kOrder});
  }
}

void RowEdges::AddUniques() {
  for (uint32_t table = 0; table < schema_.table_count(); ++table) {
    if (by_table_[table].size() < 2) continue;
    const v1::Table& definition = schema_.table(table);
    for (int u = 0; u < definition.uniques_size(); ++u) AddUnique(table, u, definition.uniques(u).columns());
    const bool keys_change = std::any_of(by_table_[table].begin(), by_table_[table].end(),
                                         [this](uint32_t c) { return !changes_[c].new_key().empty(); });
    if (keys_change) AddUnique(table, definition.uniques_size(), definition.primary_key());
  }
}

void RowEdges::AddUnique(uint32_t table, uint32_t position, const Columns& columns) {
  const Tuples removed = RemovedTuples(table, columns, traits_.nulls_are_equal);
  std::string bytes;
  std::vector<uint32_t> unknown, takers;
  for (uint32_t c : by_table_[table]) {
    if (changes_[c].kind() == v1::CHANGE_KIND_DELETE &&
        TupleOf(schema_, changes_[c], columns, RowState::kOld, bytes, traits_.nulls_are_equal) == TupleKind::kUnknown) {
      unknown.push_back(c);
    }
    const uint32_t takes = Bringing(c, columns);
    if (takes == kNoOp) continue;
    const TupleKind kind = TupleOf(schema_, changes_[c], columns, RowState::kNew, bytes, traits_.nulls_are_equal);
    if (kind == TupleKind::kNull) continue;
    takers.push_back(c);
    if (kind == TupleKind::kUnknown) continue;
    auto releaser = removed.find(bytes);
    if (releaser == removed.end() || releaser->second == c) continue;
    graph_.AddEdge({Removing(releaser->second, columns), takes, EdgeKind::kSlot, position, releaser->second});
  }
  if (unknown.empty() || takers.empty()) return;
  // Rows whose values nobody knows may have held what others take.
  const uint32_t gone = graph_.AddJunction();
  for (uint32_t c : unknown) graph_.AddEdge({ops_[c].main, gone, EdgeKind::kOrder});
  for (uint32_t c : takers) graph_.AddEdge({gone, ops_[c].main, EdgeKind::kOrder});
}

}  // namespace uow
