#pragma once

#include <cstdint>
#include <vector>

#include "adapters/plan/plan.h"
#include "adapters/segments.h"
#include "journal/schema_index.h"

namespace uow::mssql {

// Statements over the rows of a step that a client runs. Segments refer to the values of the step's rows. Nothing is returned by an
// OUTPUT clause itself, which a table with triggers refuses.

// Inserts the rows. A column that may have the property IDENTITY takes explicit values by SET IDENTITY_INSERT.
void WriteInsert(const SchemaIndex& schema, const Step& step, Segments& out);
// Inserts the rows without their generated key, and returns the keys as c1 in the order of the rows: IDENTITY counts in the order
// of an INSERT … SELECT … ORDER BY. Returns none where the column isn't an IDENTITY.
void WriteIdentityInsert(const SchemaIndex& schema, const Step& step, Segments& out);
// Inserts one row without its generated key, whatever generates it, and returns that as c1.
void WriteGeneratingInsert(const SchemaIndex& schema, const Step& step, Segments& out);
// Updates or deletes the rows.
void WriteChange(const SchemaIndex& schema, const Step& step, Segments& out);
// Reads the numbers of the rows of an update or delete that don't exist or aren't as they should be. `lock`: the others stay as
// they are until the transaction ends.
void WriteMissing(const SchemaIndex& schema, const Step& step, bool lock, Segments& out);
// Reads the numbers of the rows of a delete that are there, but aren't as they should be. The step checks something.
void WriteChanged(const SchemaIndex& schema, const Step& step, Segments& out);
// Sets columns of the rows of a delete to NULL, by their keys and checks.
void WriteNulls(const SchemaIndex& schema, const Step& step, const std::vector<uint32_t>& columns, Segments& out);
// Reads the versions of rows whose values are their keys.
void WriteVersions(const SchemaIndex& schema, uint32_t table, uint32_t version, Segments& out);

}  // namespace uow::mssql
