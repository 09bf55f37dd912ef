#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "uow/table.h"
#include "uow/v1/schema.pb.h"

namespace uow::inline client::internal {

// A declared column and where it is in the session's schema.
struct BoundColumn {
  const ColumnInfo* info = nullptr;
  uint32_t position = 0;
  v1::Type type;
  int key_index = -1;  // in the primary key; -1 for another column
};

// A declared table and where it is in the session's schema.
struct BoundTable {
  const TableInfo* info = nullptr;
  uint32_t position = 0;
  std::vector<BoundColumn> columns;  // as declared
  std::vector<uint32_t> key;         // indexes into `columns`, in key order
  std::vector<int> by_position;      // index into `columns` by the schema's position; -1 where the column isn't declared

  // The declared column at a position of the schema; -1 where there is none.
  int ColumnAt(uint32_t schema_position) const { return schema_position < by_position.size() ? by_position[schema_position] : -1; }
  // "countries" or "geo.countries".
  std::string name() const;
};

// Declared tables, matched with a schema by name. Immutable.
class Binding {
 public:
  // INVALID_ARGUMENT with every difference: tables and columns that the schema doesn't have, other types, other keys.
  static absl::StatusOr<Binding> Make(const TableSet& tables, const v1::Schema& schema);

  // FAILED_PRECONDITION for a table that the session was not opened with.
  absl::StatusOr<const BoundTable*> Find(const TableInfo* table) const;
  // Null where the table at that position isn't declared.
  const BoundTable* At(uint32_t position) const;

 private:
  std::vector<BoundTable> tables_;
  absl::flat_hash_map<const TableInfo*, size_t> by_info_;
  absl::flat_hash_map<uint32_t, size_t> by_position_;
};

// The schema that declared tables describe, for RegisterSchema. INVALID_ARGUMENT where a reference leads to a table not in the set.
absl::StatusOr<v1::Schema> DeclaredSchema(const TableSet& tables);

// Brings a value into the form that the column's SQL type takes, and checks its range. VALUE_OUT_OF_RANGE.
absl::Status FitValue(const BoundTable& table, const BoundColumn& column, v1::Value& value);

}  // namespace uow::inline client::internal
