#pragma once

#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/log.h"
#include "service/runtime.h"
#include "service/status_wire.h"

namespace uow {

// Ends a call.
inline void FinishCall(grpc::ServerUnaryReactor* reactor, absl::string_view call, const absl::Status& status) {
  LogCallEnd(call, status);
  reactor->Finish(ToGrpc(status));
}

// Lets a call in: `work` runs on the pool and has to end the call itself. gRPC keeps context, request and response until then.
template <typename Work>
grpc::ServerUnaryReactor* StartUnary(Runtime& runtime, BlockingPool& pool, grpc::CallbackServerContext* context,
                                     absl::string_view call, Work work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (absl::Status status = runtime.authenticator.Check(*context); !status.ok()) {
    FinishCall(reactor, call, status);
  } else if (!pool.TryPost([reactor, work = std::move(work)]() mutable { work(reactor); })) {
    FinishCall(reactor, call, Overloaded("too many calls are waiting"));
  }
  return reactor;
}

// A call that is one function: looks up, does, converts, and returns the status.
template <typename Work>
grpc::ServerUnaryReactor* RunUnary(Runtime& runtime, BlockingPool& pool, grpc::CallbackServerContext* context,
                                   absl::string_view call, Work work) {
  return StartUnary(runtime, pool, context, call, [call, work = std::move(work)](grpc::ServerUnaryReactor* reactor) mutable {
    FinishCall(reactor, call, work());
  });
}

}  // namespace uow
