#pragma once

#include <string>

#include "grpcpp/support/status.h"
#include "uow/v1/errors.pb.h"

namespace uow {

// The typed detail of a failed call, read from `grpc-status-details-bin` as a client would: an empty one, with no reason, where the
// status has none, as when the connection was lost.
v1::ErrorDetail DetailOfCall(const grpc::Status& status);

// Code, reason and message, for failing tests to print.
std::string Describe(const grpc::Status& status);

}  // namespace uow
