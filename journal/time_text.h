#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "journal/text.h"
#include "uow/v1/schema.pb.h"

namespace uow {

// Dates and times as ISO 8601 text: "2026-11-22", "13:45:00.5", "2026-11-22T13:45:00.000001" with "T" or a space, and for zoned
// timestamps "Z", "+02:00" or "+02". Years 0001 to 9999, at most six fractional digits, offsets to 15:59. All but times of day may
// also be "infinity" or "-infinity".

// Whether the text fits a DATE, TIME, TIMESTAMP or TIMESTAMPTZ. A zoned time must be within the years in UTC, too.
TextFit CheckTimeText(v1::Type::Kind kind, absl::string_view text);

// The canonical form of a text that fits: "T" between date and time, fractional digits without trailing zeros, zoned times in UTC
// with "Z".
std::string CanonicalTimeText(v1::Type::Kind kind, absl::string_view text);

// How such a text should look, for messages.
absl::string_view TimeTextForm(v1::Type::Kind kind);

}  // namespace uow
