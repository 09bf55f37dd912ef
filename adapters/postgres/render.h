#pragma once

#include <string>

#include "adapters/plan/plan.h"
#include "adapters/postgres/key_allocation.h"
#include "adapters/target.h"
#include "journal/schema_index.h"
#include "uow/v1/schema.pb.h"

namespace uow::postgres {

// The SQL name of a type, from a fixed table or quoted: int8, "public"."mood", text[].
std::string SqlType(const v1::Type& type);

// Whether keys of the kind can be drawn ahead from a sequence.
bool SequenceCanFill(v1::Type::Kind kind);

// How many of a statement's rows are reported back.
enum class Report {
  kCount,     // only their number
  kPlaces,    // the place of each affected row in the arrays, from 1
  kVersions,  // the place, and the text of the version column (Step::version_column)
};

// The statement that does a whole step from arrays, one parameter for each of the step's values. Updates and deletes only for
// kPlaces, updates only for kVersions.
std::string RenderArrays(const SchemaIndex& schema, const Step& step, Report report = Report::kCount);

// The statement that inserts one row of a step and returns the key that a default generates. Its parameters are the row's values
// without the generated one.
std::string RenderGeneratingRow(const SchemaIndex& schema, const Step& step);

// The query for the versions of a step's rows, as kVersions has them. Its parameters are arrays of the rows' keys, in key order.
std::string RenderVersions(const SchemaIndex& schema, const Step& step);

// The query for the rows of an update or delete that don't exist or aren't as they should be: their places. Its parameters are
// arrays of the step's values without those of `columns`.
std::string RenderMissing(const SchemaIndex& schema, const Step& step);

// The query for the rows of a delete that are there, but aren't as they should be: their places. Its parameters are arrays of the
// step's values. The step checks something.
std::string RenderChanged(const SchemaIndex& schema, const Step& step);

// What Target::Render says of a step: RenderArrays, but RenderGeneratingRow where the generated column can't have a sequence.
RenderedStep RenderStep(const SchemaIndex& schema, const Step& step);

// Whether a step runs as RenderCopy.
bool MayCopy(const Step& step, const InsertFacts& facts);

// How a step runs: RenderCopy, RenderArrays, or RenderGeneratingRow where the keys aren't drawn ahead.
RenderedStep RenderStep(const SchemaIndex& schema, const Step& step, const InsertFacts& facts);

}  // namespace uow::postgres
