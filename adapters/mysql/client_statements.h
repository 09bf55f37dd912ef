#pragma once

#include <cstdint>
#include <vector>

#include "adapters/mysql/render.h"
#include "adapters/plan/plan.h"
#include "adapters/segments.h"
#include "journal/schema_index.h"

namespace uow::mysql {

// Statements over the rows of a step that a client runs. Segments refer to the values of the step's rows.

// Inserts the rows with their columns; a generated key is left out, and returned as c1 where the product can.
void WriteInsert(const SchemaIndex& schema, const Step& step, Product product, Segments& out);
// Updates or deletes the rows. `alone`: the statement runs for one row at a time.
void WriteChange(const SchemaIndex& schema, const Step& step, Product product, bool alone, Segments& out);
// Reads the numbers of the rows of an update or delete that don't exist or aren't as they should be. `lock`: the others stay as
// they are until the transaction ends.
void WriteMissing(const SchemaIndex& schema, const Step& step, Product product, bool lock, Segments& out);
// Reads the numbers of the rows of a delete that are there, but aren't as they should be, and locks them. The step checks
// something.
void WriteChanged(const SchemaIndex& schema, const Step& step, Product product, Segments& out);
// Sets columns of the rows of a delete to NULL, by their keys and checks.
void WriteNulls(const SchemaIndex& schema, const Step& step, const std::vector<uint32_t>& columns, Product product, Segments& out);
// Reads the versions of rows whose values are their keys.
void WriteVersions(const SchemaIndex& schema, uint32_t table, uint32_t version, Segments& out);
// Reads the names of those of the plan's tables whose engine has no transactions.
void WriteTableCheck(const SchemaIndex& schema, const Plan& plan, Segments& out);

}  // namespace uow::mysql
