#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "google/protobuf/repeated_field.h"
#include "journal/schema_index.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// The field of a column in a change, or null. Fields are in order of position.
const v1::Field* FieldOf(const v1::NetChange& change, uint32_t column);

// Which of a row's values are meant: those that it has from the change on, or those that it had before.
enum class RowState { kNew, kOld };

// A row's value in a column, or null where the change doesn't say. What was observed and doesn't change is both.
const v1::Value* ColumnOf(const SchemaIndex& schema, const v1::NetChange& change, uint32_t column, RowState state);

using Columns = google::protobuf::RepeatedField<uint32_t>;

// What a row's columns say together: some value is unknown; some value is NULL, so that no foreign key applies; or all are known.
enum class TupleKind { kUnknown, kNull, kKnown };

// Writes the bytes of a row's values in some columns to `bytes`: equal exactly where the values are. `null_is_value`: NULL is a
// value like any other.
TupleKind TupleOf(const SchemaIndex& schema, const v1::NetChange& change, const Columns& columns, RowState state,
                  std::string& bytes, bool null_is_value = false);

// Whether the row, as it was before the change, refers to itself, as far as the change says.
bool ReferredToItself(const SchemaIndex& schema, const v1::NetChange& change, const v1::ForeignKey& key);

// Finds rows by their values in the columns that foreign keys refer to. Indexes a table and set of columns when first asked.
class ReferencedRows {
 public:
  // `rows` are indexes into `changes`; both outlive this object.
  ReferencedRows(const SchemaIndex& schema, const std::vector<v1::NetChange>& changes, const std::vector<size_t>& rows,
                 RowState state);

  // The number within `rows` of the row that the key's `bytes` refer to, or -1.
  int64_t Find(const v1::ForeignKey& key, const std::string& bytes);

 private:
  using Index = absl::flat_hash_map<std::string, uint32_t>;
  struct TableIndexes {
    std::vector<uint32_t> rows;
    std::vector<std::pair<std::vector<uint32_t>, Index>> by_columns;
  };

  Index& IndexFor(uint32_t table, const Columns& columns);

  const SchemaIndex& schema_;
  const std::vector<v1::NetChange>& changes_;
  const std::vector<size_t>& rows_;
  const RowState state_;
  absl::flat_hash_map<uint32_t, TableIndexes> tables_;
};

}  // namespace uow
