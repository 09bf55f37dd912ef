#pragma once

#include <string>

#include "adapters/plan/plan.h"
#include "journal/schema_index.h"

namespace uow::sqlite {

// Where the key comes from that an insert generates.
enum class KeySource {
  kReturned,  // RETURNING
  kRowid,     // sqlite3_last_insert_rowid: at a third of the cost
};

// The statement for one row of a step. Its placeholder ?n is a row's n-th value, but for inserts without the value that the
// database generates.
std::string RenderStep(const SchemaIndex& schema, const Step& step, KeySource key);

// "column" = ?n for every key column of the step and SameAs for every checked one, joined by AND.
std::string RenderKeyCondition(const v1::Table& table, const Step& step);

// The value of a version column that the database moves: one that is read back in the canonical form of its type. `old` names the
// value before, and is empty for a new row.
std::string MovedVersion(const v1::Column& column, VersionMove move, const std::string& old);
// Whether the step's statement moves the version column.
bool Moves(const Step& step);
// Whether a column, of which `name` is the quoted name, holds a value; NULL equals NULL, and JSON is compared by its value.
std::string SameAs(const v1::Column& column, const std::string& name, const std::string& value);

}  // namespace uow::sqlite
