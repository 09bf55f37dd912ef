#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"

namespace uow::sqlite {

// How SQLite converts what is stored in a column.
enum class Affinity { kInteger, kText, kBlob, kReal, kNumeric };

// By SQLite's own rules (https://sqlite.org/datatype3.html, section 3.1).
Affinity AffinityOf(absl::string_view declared);

// What the declared type of a column means to its users: SQLite itself stores anything anywhere.
v1::Type TypeOf(absl::string_view declared);

// Whether a value of `kind`, sent as text, comes back from a column of this affinity with the same meaning. A column with numeric
// affinity turns text that looks like a number into one, and keeps no more than 15 digits where that isn't a 64-bit integer.
bool SurvivesAsText(v1::Type::Kind kind, Affinity affinity, absl::string_view text);

}  // namespace uow::sqlite
