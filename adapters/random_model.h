#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/random_schema.h"
#include "uow/v1/value.pb.h"

namespace uow::test {

// A value of a random table: NULL, an integer, or the handle of a key that isn't generated yet.
struct Cell {
  enum Kind { kNull, kInteger, kHandle } kind = kNull;
  int64_t number = 0;

  auto operator<=>(const Cell&) const = default;
  v1::Value ToValue() const;
};

using Row = std::vector<Cell>;

// How often the rules of cascades were used.
struct ModelCounts {
  uint64_t cascaded_deletes = 0, nulled_references = 0, cascaded_updates = 0;
  std::vector<std::pair<size_t, Row>> removed;  // tables and keys of the rows that cascades deleted
};

// A database that applies changes one by one, with their cascades, and checks constraints when asked.
class Model {
 public:
  explicit Model(const RandomSchema& schema) : schema_(&schema), rows_(schema.tables.size()) {}

  const std::map<Row, Row>& rows(size_t table) const { return rows_[table]; }  // by key
  bool Has(size_t table, const Row& key) const { return rows_[table].contains(key); }
  void Create(size_t table, const Row& row) { rows_[table][KeyOf(table, row)] = row; }
  void Update(size_t table, const Row& key, size_t column, Cell value) { rows_[table].at(key)[column] = value; }
  void Delete(size_t table, const Row& key, ModelCounts& counts);
  // The new key isn't another row's. False where a cascade would give two rows one key: nothing was changed.
  bool ChangeKey(size_t table, const Row& key, const Row& next, ModelCounts& counts);
  // Puts keys in the place of handles.
  void Resolve(const std::map<uint64_t, int64_t>& keys);

  // Whether all constraints hold.
  bool Valid() const;
  // The keys of the other rows that have unique values of the row.
  std::vector<Row> SharingUniqueValues(size_t table, const Row& key) const;
  // The rows as texts, "1|NULL|3", sorted.
  std::vector<std::string> Show(size_t table) const;

 private:
  std::vector<std::vector<size_t>> Uniques(size_t table) const;
  Row KeyOf(size_t table, const Row& row) const { return Row(row.begin(), row.begin() + schema_->tables[table].key_columns()); }

  const RandomSchema* schema_;
  std::vector<std::map<Row, Row>> rows_;
};

}  // namespace uow::test
