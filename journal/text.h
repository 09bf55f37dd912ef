#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace uow {

// The first `max_bytes` of a UTF-8 text, cut between characters.
absl::string_view ClipText(absl::string_view text, size_t max_bytes);

// A text for an error message: in double quotes, clipped, control characters escaped.
std::string Quoted(absl::string_view text, size_t max_bytes = 80);

}  // namespace uow
