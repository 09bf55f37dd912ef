#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "uow/v1/errors.pb.h"

namespace uow::inline client {

// Every function of the client that can fail returns an absl::Status whose message says what is wrong and what to do. Programs
// decide by the reason; uow/v1/errors.proto says of each reason what it means and what a client should do.

// The stable reason of an error. ERROR_REASON_UNSPECIFIED for OK, and for errors that don't come from the service: a lost
// connection (UNAVAILABLE), a deadline, a misuse of the client.
v1::ErrorReason ReasonOf(const absl::Status& status);

// The typed part of an error: entities, offset, constraint, columns, SQLSTATE. None where ReasonOf is ERROR_REASON_UNSPECIFIED.
std::optional<v1::ErrorDetail> DetailOf(const absl::Status& status);

// A reason's name without its prefix: "STALE_EPOCH".
absl::string_view ReasonName(v1::ErrorReason reason);

}  // namespace uow::inline client
