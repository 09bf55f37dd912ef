#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace uow {

// The parts of a serialised RecordRequest that is an append.
struct AppendParts {
  uint64_t sequence = 0;
  uint64_t epoch = 0;
  absl::string_view events;  // the bytes of the AppendEvents message; empty: not found
};

// Finds them, so that the events can be journaled without being serialised again, or without even having been parsed. Nothing where
// the request isn't an append in the plain form that protobuf libraries write: each field once and nothing unknown around it.
AppendParts FindAppend(absl::string_view request);

}  // namespace uow
