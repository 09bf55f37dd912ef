#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "uow/v1/schema.pb.h"
#include "uow/v1/value.pb.h"

namespace uow {

// A value that stands in for another one of a unique column while the plan moves values between rows: one that no row is likely to
// have. `seed` names the row, `number` counts the parked values of the plan and of tries. Numbers are near an end of the column's
// range, dates in the first years, zoned times in January 1970; texts are "~" and nine characters, or as many as the column holds;
// UUIDs have 16 bytes, and so have bytes, unless the column says how many it holds. A narrow column has few such values, so that
// further numbers give them again. Nothing for kinds that have none: BOOL, ENUM, JSON, ARRAY, OTHER.
std::optional<v1::Value> ParkedValue(const v1::Column& column, absl::string_view seed, uint32_t number);

}  // namespace uow
