#include "adapters/random_model.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/test_values.h"

namespace uow::test {
namespace {

Row Part(const Row& row, const std::vector<size_t>& columns) {
  Row part;
  for (size_t column : columns) part.push_back(row[column]);
  return part;
}

bool HasNull(const Row& part) {
  return std::any_of(part.begin(), part.end(), [](const Cell& cell) { return cell.kind == Cell::kNull; });
}

}  // namespace

v1::Value Cell::ToValue() const {
  switch (kind) {
    case kNull:
      return Null();
    case kInteger:
      return Int(number);
    case kHandle:
      return Ref(static_cast<uint64_t>(number));
  }
  return {};
}

void Model::Delete(size_t table, const Row& key, ModelCounts& counts) {
  rows_[table].erase(key);
  for (size_t t = 0; t < rows_.size(); ++t) {
    for (const RandomReference& reference : schema_->tables[t].references) {
      if (reference.parent != table || reference.on_delete == v1::REFERENTIAL_ACTION_UNSPECIFIED) continue;
      std::vector<Row> children;
      for (const auto& [child, row] : rows_[t]) {
        if (Part(row, reference.columns) == key) children.push_back(child);
      }
      for (const Row& child : children) {
        if (!Has(t, child)) continue;
        if (reference.on_delete == v1::REFERENTIAL_ACTION_CASCADE) {
          ++counts.cascaded_deletes;
          counts.removed.emplace_back(t, child);
          Delete(t, child, counts);
        } else {
          ++counts.nulled_references;
          for (size_t column : reference.columns) rows_[t].at(child)[column] = Cell();
        }
      }
    }
  }
}

bool Model::ChangeKey(size_t table, const Row& key, const Row& next, ModelCounts& counts) {
  const std::vector<std::map<Row, Row>> before = rows_;
  struct Move {
    size_t table;
    Row key, next;
  };
  std::vector<Move> moves = {{table, key, next}};
  while (!moves.empty()) {
    const Move move = std::move(moves.back());
    moves.pop_back();
    Row row = rows_[move.table].at(move.key);
    rows_[move.table].erase(move.key);
    if (Has(move.table, move.next)) {
      rows_ = before;
      return false;
    }
    std::copy(move.next.begin(), move.next.end(), row.begin());
    rows_[move.table][move.next] = row;
    for (size_t t = 0; t < rows_.size(); ++t) {
      for (const RandomReference& reference : schema_->tables[t].references) {
        if (reference.parent != move.table || reference.on_update != v1::REFERENTIAL_ACTION_CASCADE) continue;
        std::vector<Row> children;
        for (const auto& [child, child_row] : rows_[t]) {
          if (Part(child_row, reference.columns) == move.key) children.push_back(child);
        }
        for (const Row& child : children) {
          ++counts.cascaded_updates;
          if (reference.columns[0] == 0) {
            Row moved = child;
            moved[0] = move.next[0];
            moves.push_back({t, child, moved});
            continue;
          }
          for (size_t c = 0; c < reference.columns.size(); ++c) rows_[t].at(child)[reference.columns[c]] = move.next[c];
        }
      }
    }
  }
  return true;
}

void Model::Resolve(const std::map<uint64_t, int64_t>& keys) {
  auto resolve = [&keys](Row& row) {
    for (Cell& cell : row) {
      if (cell.kind != Cell::kHandle) continue;
      if (auto key = keys.find(static_cast<uint64_t>(cell.number)); key != keys.end()) cell = {Cell::kInteger, key->second};
    }
  };
  for (std::map<Row, Row>& table : rows_) {
    std::map<Row, Row> resolved;
    for (auto [key, row] : table) {
      resolve(row);
      Row next = key;
      resolve(next);
      resolved[next] = row;
    }
    table = std::move(resolved);
  }
}

std::vector<std::vector<size_t>> Model::Uniques(size_t table) const {
  const RandomTable& definition = schema_->tables[table];
  std::vector<std::vector<size_t>> uniques = definition.uniques;
  for (size_t c = 0; c < definition.columns.size(); ++c) {
    if (definition.columns[c].unique) uniques.push_back({c});
  }
  return uniques;
}

std::vector<Row> Model::SharingUniqueValues(size_t table, const Row& key) const {
  std::vector<Row> sharing;
  const auto own = rows_[table].find(key);
  if (own == rows_[table].end()) return sharing;
  for (const std::vector<size_t>& unique : Uniques(table)) {
    const Row part = Part(own->second, unique);
    if (HasNull(part)) continue;
    for (const auto& [other, row] : rows_[table]) {
      if (other != key && Part(row, unique) == part) sharing.push_back(other);
    }
  }
  return sharing;
}

bool Model::Valid() const {
  for (size_t t = 0; t < rows_.size(); ++t) {
    const RandomTable& table = schema_->tables[t];
    const std::vector<std::vector<size_t>> uniques = Uniques(t);
    std::vector<std::set<Row>> taken(uniques.size());
    for (const auto& [key, row] : rows_[t]) {
      for (size_t c = 0; c < table.columns.size(); ++c) {
        if (!table.columns[c].nullable && row[c].kind == Cell::kNull) return false;
      }
      for (size_t u = 0; u < uniques.size(); ++u) {
        const Row part = Part(row, uniques[u]);
        if (!HasNull(part) && !taken[u].insert(part).second) return false;
      }
      for (const RandomReference& reference : table.references) {
        const Row part = Part(row, reference.columns);
        if (!HasNull(part) && !Has(reference.parent, part)) return false;
      }
    }
  }
  return true;
}

std::vector<std::string> Model::Show(size_t table) const {
  std::vector<std::string> shown;
  for (const auto& [key, row] : rows_[table]) {
    shown.push_back(absl::StrJoin(row, "|", [](std::string* out, const Cell& cell) {
      absl::StrAppend(out,
                      cell.kind == Cell::kNull ? "NULL" : absl::StrCat(cell.kind == Cell::kHandle ? "handle " : "", cell.number));
    }));
  }
  std::sort(shown.begin(), shown.end());
  return shown;
}

}  // namespace uow::test
