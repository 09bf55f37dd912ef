#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace uow {

// The status as gRPC carries it: code, message, and in `grpc-status-details-bin` the bytes of a google.rpc.Status with the same
// code and message, an ErrorInfo (the reason, domain "uow.v1") and a uow.v1.ErrorDetail. Clients refuse headers above 8 KiB, so a
// long message is cut and entities beyond that are left out, last ones first.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace uow
