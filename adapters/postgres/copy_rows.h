#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "adapters/plan/plan.h"
#include "journal/schema_index.h"

namespace uow::postgres {

// From so many rows on COPY is faster.
inline constexpr size_t kCopiedRows = 1000;

// Whether COPY is faster than an insert from arrays, and can do the same: many rows whose values are all known.
bool IsWorthCopying(const Step& step);

// COPY "table" ("column", …) FROM STDIN for an insert. It writes identity columns as they are given.
std::string RenderCopy(const SchemaIndex& schema, const Step& step);

// The number of the row, from 0, at which COPY into the table has failed, from the context of the error. Nothing where the context
// doesn't say, or in words of another language.
std::optional<size_t> FailedRow(absl::string_view table, absl::string_view context);

}  // namespace uow::postgres
