#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace uow {

// How a text fits the type that it is to be read as: right form but an impossible or unrepresentable value is out of range.
enum class TextFit { kFits, kWrongForm, kOutOfRange };

// The first `max_bytes` of a UTF-8 text, cut between characters.
absl::string_view ClipText(absl::string_view text, size_t max_bytes);

// A text for an error message: in double quotes, clipped, control characters escaped.
std::string Quoted(absl::string_view text, size_t max_bytes = 80);

}  // namespace uow
