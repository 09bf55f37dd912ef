#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "uow/errors.h"

namespace uow::inline client::internal {

// An error that the client finds by itself, in the form that the service's have.
absl::Status LocalError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message, v1::ErrorDetail detail = {});

// A gRPC status with its typed detail as a payload.
absl::Status FromGrpc(const grpc::Status& status);

// The same error with words before its message.
absl::Status Prefixed(const absl::Status& status, absl::string_view words);

// Whether the call may succeed when it is simply made again: the connection was lost, or the service is overloaded or going down.
bool IsTransient(const absl::Status& status);

}  // namespace uow::inline client::internal

#define UOW_CLIENT_RETURN_IF_ERROR(expr)                                          \
  do {                                                                            \
    if (absl::Status uow_status_ = (expr); !uow_status_.ok()) return uow_status_; \
  } while (false)
