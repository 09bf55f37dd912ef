#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "journal/schema_index.h"
#include "uow/v1/value.pb.h"

namespace uow {

// A value that stands in for another one of a unique column while the plan moves values between rows: one that no row is likely to
// have. `seed` names the row, `number` counts the parked values of the plan and of tries. Numbers are near the end of their type's
// range, dates near its beginning; texts are "~" and nine characters; UUIDs and bytes have 16 bytes. Nothing for kinds that have no
// such values: BOOL, ENUM, JSON, ARRAY, OTHER.
std::optional<v1::Value> ParkedValue(const v1::Type& type, absl::string_view seed, uint32_t number);

}  // namespace uow
