#pragma once

#include <grpcpp/support/server_callback.h>

#include "absl/strings/string_view.h"
#include "service/runtime.h"
#include "uow/v1/journal_service.pb.h"

namespace uow {

// Runs one command outside of a stream and ends the call with its outcome: checks it against the session's schema, gives it to the
// journal as a stream of one, and fills in `ack` when it is durable. Blocks on the journal's disk: call it on a pool. `ack` and the
// reactor live until the call ends. OVERLOADED where the journal's queue is full.
void RunCommand(Runtime& runtime, grpc::ServerUnaryReactor* reactor, absl::string_view call, const std::string& session_id,
                const std::string& writer, v1::Command command, v1::Ack* ack);

}  // namespace uow
