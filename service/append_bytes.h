#pragma once

#include "absl/strings/string_view.h"

namespace uow {

// The bytes of the AppendEvents message within a serialised RecordRequest, so that they can be journaled without being serialised
// again. Empty where the request isn't an append in the plain form that protobuf libraries write: each field once and nothing
// unknown around it. `request` has parsed as a RecordRequest.
absl::string_view FindAppendBytes(absl::string_view request);

}  // namespace uow
