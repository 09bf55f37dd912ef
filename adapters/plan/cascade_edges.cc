// The edges that ON DELETE actions on rows which nobody has seen ask for.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "adapters/plan/row_edges.h"

namespace uow {

RowEdges::Cascades RowEdges::FindCascades() const {
  std::vector<std::vector<uint32_t>> losers(schema_.table_count());  // by table, the tables that lose rows with it
  for (uint32_t table = 0; table < schema_.table_count(); ++table) {
    for (const v1::ForeignKey& key : schema_.table(table).foreign_keys()) {
      if (key.on_delete() == v1::REFERENTIAL_ACTION_CASCADE) losers[key.referenced_table()].push_back(table);
    }
  }
  Cascades cascades;
  cascades.own.resize(schema_.table_count());
  cascades.reaching.resize(schema_.table_count());
  cascades.circular.resize(schema_.table_count(), false);
  for (uint32_t table = 0; table < schema_.table_count(); ++table) {
    for (uint32_t c : by_table_[table]) {
      const uint32_t op = changes_[c].kind() == v1::CHANGE_KIND_DELETE ? ops_[c].main : ops_[c].removal;
      if (op == kNoOp) continue;
      // Of a replaced row only the first and the last event are known.
      const bool replaced = changes_[c].kind() == v1::CHANGE_KIND_REPLACE;
      cascades.own[table].push_back(
          {replaced ? changes_[c].first_offset() : changes_[c].last_offset(), changes_[c].last_offset(), op});
    }
    if (cascades.own[table].empty()) continue;
    std::vector<bool> reached(schema_.table_count(), false);
    std::vector<uint32_t> next = losers[table];
    while (!next.empty()) {
      const uint32_t loser = next.back();
      next.pop_back();
      if (reached[loser]) continue;
      reached[loser] = true;
      cascades.any = true;
      if (loser == table) cascades.circular[table] = true;
      next.insert(next.end(), losers[loser].begin(), losers[loser].end());
      std::vector<Removal>& reaching = cascades.reaching[loser];
      reaching.insert(reaching.end(), cascades.own[table].begin(), cascades.own[table].end());
    }
  }
  return cascades;
}

void RowEdges::AddCascades() {
  const Cascades cascades = FindCascades();
  if (!cascades.any) return;
  AddMovesAway();
  for (uint32_t table = 0; table < schema_.table_count(); ++table) {
    if (!cascades.reaching[table].empty()) AddFreedValues(table, cascades.reaching[table]);
  }
  AddExposedRows(cascades);
}

void RowEdges::AddMovesAway() {
  std::vector<bool> deletes(graph_.size(), false);
  for (uint32_t c = 0; c < changes_.size(); ++c) {
    const uint32_t op = changes_[c].kind() == v1::CHANGE_KIND_DELETE ? ops_[c].main : ops_[c].removal;
    if (op != kNoOp) deletes[op] = true;
  }
  auto cascades = [&](const OpEdge& edge) {
    if (edge.kind != EdgeKind::kChild || !deletes[edge.after]) return false;
    const v1::Table& table = schema_.table(changes_[edge.change].table());
    return table.foreign_keys(static_cast<int>(edge.detail)).on_delete() == v1::REFERENTIAL_ACTION_CASCADE;
  };
  std::map<uint32_t, std::vector<OpEdge>> movers;  // by the operation that deletes a row
  for (const OpEdge& edge : graph_.edges()) {
    if (cascades(edge) && !deletes[edge.before]) movers[edge.after].push_back(edge);
  }
  if (movers.empty()) return;
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> takers;  // by the same
  for (const OpEdge& edge : graph_.edges()) {
    if (cascades(edge) && deletes[edge.before]) takers[edge.before].push_back(edge.after);
  }
  absl::flat_hash_map<uint32_t, uint32_t> moved;  // junctions, by the same
  std::vector<uint32_t> next;
  auto moved_from = [&](uint32_t op) {
    auto [it, added] = moved.try_emplace(op, 0);
    if (added) {
      it->second = graph_.AddJunction();
      next.push_back(op);
    }
    return it->second;
  };
  for (const auto& [op, away] : movers) {
    if (!takers.contains(op)) continue;
    for (OpEdge edge : away) {
      edge.after = moved_from(op);
      graph_.AddEdge(edge);
    }
  }
  while (!next.empty()) {
    const uint32_t op = next.back();
    next.pop_back();
    for (uint32_t taker : takers[op]) {
      graph_.AddEdge({moved[op], taker, EdgeKind::kSame});
      // Rows that cascade to one another in a ring wait for those that leave any of them, as far as that goes.
      if (taker != op && takers.contains(taker)) graph_.AddEdge({moved[op], moved_from(taker), EdgeKind::kOrder});
    }
  }
}

uint64_t RowEdges::FirstOffset(uint32_t c) const {
  // A replaced row comes late: by its last event, for all that is known.
  return changes_[c].kind() == v1::CHANGE_KIND_REPLACE ? changes_[c].last_offset() : changes_[c].first_offset();
}

bool RowEdges::TakesUnheldValues(uint32_t c, const std::vector<Tuples>& removed) const {
  const v1::Table& table = schema_.table(changes_[c].table());
  std::string bytes;
  for (int u = 0; u <= table.uniques_size(); ++u) {
    const Columns& columns = u < table.uniques_size() ? table.uniques(u).columns() : table.primary_key();
    if (Bringing(c, columns) == kNoOp) continue;
    const TupleKind kind = TupleOf(schema_, changes_[c], columns, RowState::kNew, bytes, traits_.nulls_are_equal);
    if (kind == TupleKind::kNull) continue;
    if (kind == TupleKind::kKnown && removed[u].contains(bytes)) continue;
    // Nobody else has a key that is yet to be generated.
    const bool has_handle = std::any_of(columns.begin(), columns.end(), [&](uint32_t column) {
      const v1::Value* value = ColumnOf(schema_, changes_[c], column, RowState::kNew);
      return value != nullptr && value->has_handle_value();
    });
    if (!has_handle) return true;
  }
  return false;
}

void RowEdges::AddFreedValues(uint32_t table, std::vector<Removal> removals) {
  const v1::Table& definition = schema_.table(table);
  std::vector<Tuples> removed;
  for (const v1::UniqueConstraint& unique : definition.uniques()) {
    removed.push_back(RemovedTuples(table, unique.columns(), traits_.nulls_are_equal));
  }
  removed.push_back(RemovedTuples(table, definition.primary_key()));
  std::vector<std::pair<uint64_t, uint32_t>> takers;
  for (uint32_t c : by_table_[table]) {
    if (TakesUnheldValues(c, removed)) takers.emplace_back(FirstOffset(c), ops_[c].main);
  }
  if (takers.empty()) return;
  std::stable_sort(takers.begin(), takers.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::stable_sort(removals.begin(), removals.end(), [](const Removal& a, const Removal& b) { return a.last < b.last; });
  size_t done = 0;
  uint32_t gone = kNoOp;
  for (const auto& [offset, op] : takers) {
    if (done < removals.size() && removals[done].last < offset) {
      const uint32_t further = graph_.AddJunction();
      if (gone != kNoOp) graph_.AddEdge({gone, further, EdgeKind::kOrder});
      while (done < removals.size() && removals[done].last < offset) {
        graph_.AddEdge({removals[done++].op, further, EdgeKind::kOrder});
      }
      gone = further;
    }
    if (gone != kNoOp) graph_.AddEdge({gone, op, EdgeKind::kOrder});
  }
  // Earlier ones may have taken what only the cascade frees: constraints are checked at the end.
  const uint32_t all_gone = graph_.AddJunction();
  for (const Removal& removal : removals) graph_.AddEdge({removal.op, all_gone, EdgeKind::kHint});
  for (const auto& [offset, op] : takers) graph_.AddEdge({all_gone, op, EdgeKind::kHint});
}

// What rows refer to that nobody has seen: rows of a table, which deletes of other rows may take. Where the reference itself isn't
// known, it may also be one of the table's own deleted rows.
struct RowEdges::Exposure {
  uint32_t change = 0;
  uint32_t table = 0;
  bool unknown = false;
  uint64_t since = 0;  // deletes after this offset count

  uint32_t place() const { return table * 2 + uint32_t{unknown}; }
};

void RowEdges::AddExposedRows(const Cascades& cascades) {
  std::vector<Exposure> exposures;
  std::vector<std::vector<uint32_t>> children(changes_.size());  // by row: rows that go with it
  for (uint32_t table = 0; table < schema_.table_count(); ++table) {
    if (by_table_[table].empty()) continue;
    for (const v1::ForeignKey& key : schema_.table(table).foreign_keys()) FindExposed(table, key, cascades, exposures, children);
  }
  // What refers to an exposed row goes with it.
  absl::flat_hash_set<std::pair<uint32_t, uint32_t>> seen;
  for (size_t e = 0; e < exposures.size(); ++e) {
    const Exposure exposure = exposures[e];
    for (uint32_t child : children[exposure.change]) {
      if (!seen.emplace(child, exposure.place()).second) continue;
      exposures.push_back({child, exposure.table, exposure.unknown, std::max(exposure.since, FirstOffset(child))});
    }
  }
  std::vector<std::vector<Exposure>> exposed(schema_.table_count() * 2);
  for (const Exposure& exposure : exposures) exposed[exposure.place()].push_back(exposure);
  for (uint32_t place = 0; place < exposed.size(); ++place) {
    if (exposed[place].empty()) continue;
    std::vector<Removal> removals = cascades.reaching[place / 2];
    const std::vector<Removal>& own = cascades.own[place / 2];
    if (place % 2 != 0) removals.insert(removals.end(), own.begin(), own.end());
    AddAhead(cascades, std::move(exposed[place]), std::move(removals));
  }
}

void RowEdges::FindExposed(uint32_t table, const v1::ForeignKey& key, const Cascades& cascades, std::vector<Exposure>& exposures,
                           std::vector<std::vector<uint32_t>>& children) const {
  const bool takes = key.on_delete() == v1::REFERENTIAL_ACTION_CASCADE;
  const bool clears = key.on_delete() == v1::REFERENTIAL_ACTION_SET_NULL || key.on_delete() == v1::REFERENTIAL_ACTION_SET_DEFAULT;
  const uint32_t parent = key.referenced_table();
  if (!takes && !clears) return;
  // Rows that are there after the session, by what they are referred to by.
  Tuples rows;
  std::string bytes;
  for (uint32_t c : by_table_[parent]) {
    if (changes_[c].kind() == v1::CHANGE_KIND_DELETE) continue;
    if (TupleOf(schema_, changes_[c], key.referenced_columns(), RowState::kNew, bytes) == TupleKind::kKnown) {
      rows.try_emplace(bytes, c);
    }
  }
  const bool reached = !cascades.reaching[parent].empty();
  for (uint32_t c : by_table_[table]) {
    const v1::NetChange& change = changes_[c];
    const bool writes = Bringing(c, key.columns()) != kNoOp;
    if (!takes && !writes) continue;
    auto expose = [&](RowState state, uint64_t since) {
      const TupleKind kind = TupleOf(schema_, change, key.columns(), state, bytes);
      if (kind == TupleKind::kNull) return;
      const auto row = kind == TupleKind::kKnown ? rows.find(bytes) : rows.end();
      if (row == rows.end()) {
        const bool unknown = kind == TupleKind::kUnknown;
        if (reached || (unknown && !cascades.own[parent].empty())) exposures.push_back({c, parent, unknown, since});
      }
      if (row != rows.end() && row->second != c && takes && state == RowState::kNew) children[row->second].push_back(c);
    };
    if (change.kind() == v1::CHANGE_KIND_DELETE) {
      if (takes) expose(RowState::kOld, change.last_offset());
      continue;
    }
    expose(RowState::kNew, FirstOffset(c));
    // What moves away must have done so before the row that it referred to goes.
    if (takes && writes && change.kind() == v1::CHANGE_KIND_UPDATE) expose(RowState::kOld, change.first_offset());
  }
}

void RowEdges::AddAhead(const Cascades& cascades, std::vector<Exposure> exposed, std::vector<Removal> removals) {
  std::stable_sort(exposed.begin(), exposed.end(), [](const Exposure& a, const Exposure& b) { return a.since < b.since; });
  std::stable_sort(removals.begin(), removals.end(), [](const Removal& a, const Removal& b) { return a.first < b.first; });
  size_t done = 0;
  uint32_t ahead = kNoOp;
  for (const Removal& removal : removals) {
    const size_t first = done;
    while (done < exposed.size() && exposed[done].since < removal.first) ++done;
    uint32_t further = kNoOp;
    for (size_t e = first; e < done; ++e) {
      const uint32_t c = exposed[e].change;
      const uint32_t table = changes_[c].table();
      if (changes_[c].kind() == v1::CHANGE_KIND_DELETE && cascades.circular[table]) {
        // Rows of one tree would wait for one another, each for all before it.
        may_be_gone_.insert(c);
        continue;
      }
      if (further == kNoOp) further = graph_.AddJunction();
      graph_.AddEdge({ops_[c].main, further, EdgeKind::kOrder});
    }
    if (further != kNoOp) {
      if (ahead != kNoOp) graph_.AddEdge({ahead, further, EdgeKind::kOrder});
      ahead = further;
    }
    if (ahead != kNoOp) graph_.AddEdge({ahead, removal.op, EdgeKind::kOrder});
  }
}

}  // namespace uow
