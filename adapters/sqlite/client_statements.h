#pragma once

#include "adapters/plan/plan.h"
#include "adapters/segments.h"
#include "journal/schema_index.h"

namespace uow::sqlite {

// Statements over all rows of a step that a client runs. Segments refer to the values of the step's rows.

// Inserts the rows with all of their columns, or, with `generate`, without the generated one, which is returned.
void WriteInsert(const SchemaIndex& schema, const Step& step, bool generate, Segments& out);
// Updates or deletes the rows.
void WriteChange(const SchemaIndex& schema, const Step& step, Segments& out);
// Reads the numbers of the rows of an update or delete that don't exist or aren't as they should be.
void WriteMissing(const SchemaIndex& schema, const Step& step, Segments& out);
// Reads the numbers of the rows of a delete that are there, but aren't as they should be. The step checks something.
void WriteChanged(const SchemaIndex& schema, const Step& step, Segments& out);
// Reads the versions of rows whose values are their keys.
void WriteVersions(const SchemaIndex& schema, uint32_t table, uint32_t version, Segments& out);

}  // namespace uow::sqlite
