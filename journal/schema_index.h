#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow {

// A schema that was checked, with what look-ups need. Immutable; thread-safe.
class SchemaIndex {
 public:
  // Checks the schema. SCHEMA_INVALID says which table and column contradicts what.
  static absl::StatusOr<std::shared_ptr<const SchemaIndex>> Create(v1::Schema schema);

  // SHA-256 of the deterministically serialised schema, 64 hexadecimal digits.
  const std::string& id() const { return id_; }
  const v1::Schema& proto() const { return schema_; }
  uint32_t table_count() const { return schema_.tables_size(); }
  // `table` is within range.
  const v1::Table& table(uint32_t table) const { return schema_.tables(table); }
  // Whether the column is part of the table's primary key. Both are within range.
  bool is_key(uint32_t table, uint32_t column) const { return tables_[table].key_position[column] >= 0; }
  // The column's place in the primary key, or -1.
  int key_position(uint32_t table, uint32_t column) const { return tables_[table].key_position[column]; }
  // Whether a handle may stand in the column: it is a generated key, or part of a foreign key.
  bool accepts_handle(uint32_t table, uint32_t column) const { return tables_[table].accepts_handle[column]; }

  // Whether the column is part of a foreign key.
  bool in_foreign_key(uint32_t table, uint32_t column) const { return tables_[table].in_foreign_key[column]; }
  // The table's version column, or -1.
  int version_column(uint32_t table) const { return tables_[table].version_column; }
  // The columns outside of the key that an insert can't omit: not nullable, with no default, not generated, and not the version. In
  // order.
  const std::vector<uint32_t>& required_columns(uint32_t table) const { return tables_[table].required_columns; }

  // By "namespace.name", or by name where that isn't ambiguous; a table without a namespace is found by its name in any case.
  // TABLE_NOT_FOUND.
  absl::StatusOr<uint32_t> FindTable(absl::string_view name) const;
  // COLUMN_NOT_FOUND.
  absl::StatusOr<uint32_t> FindColumn(uint32_t table, absl::string_view name) const;

  // "namespace.table" or "table", for messages.
  std::string TableLabel(uint32_t table) const;

 private:
  struct TableIndex {
    absl::flat_hash_map<std::string, uint32_t> columns;
    std::vector<int> key_position;
    std::vector<bool> accepts_handle;
    std::vector<bool> in_foreign_key;
    std::vector<uint32_t> required_columns;
    int version_column = -1;
  };

  SchemaIndex() = default;

  v1::Schema schema_;
  std::string id_;
  std::vector<TableIndex> tables_;
  // By "namespace.name" and by name; a value out of range where tables share it.
  absl::flat_hash_map<std::string, uint32_t> by_name_;
};

using SchemaRef = std::shared_ptr<const SchemaIndex>;

}  // namespace uow
