#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "uow/client.h"
#include "uow/v1/journal_service.grpc.pb.h"
#include "uow/v1/save_service.grpc.pb.h"
#include "uow/v1/schema_service.grpc.pb.h"
#include "uow/v1/session_service.grpc.pb.h"

namespace uow::inline client::internal {

// Waits between attempts: 50 ms, doubling up to 1 s, give or take a quarter.
class Backoff {
 public:
  absl::Duration Next();
  void Reset() { next_ = absl::ZeroDuration(); }

 private:
  absl::Duration next_;
};

// The service as a client sees it: a channel and how to use it. Thread-safe.
struct Service {
  Service(absl::string_view address, const ConnectOptions& options);

  // Puts the token onto a call.
  void Authenticate(grpc::ClientContext& context) const;
  // Gives a connection that is being made a moment: calls fail at once while there is none.
  void AwaitConnection() const;
  // Waits before the next attempt; not as long where the connection comes back meanwhile.
  void Wait(absl::Duration wait) const;
  // Makes a call that is safe to make twice, again and again while the service can't be reached, for `retry_for`. `words` go before
  // the message of an error.
  absl::Status Call(absl::string_view words, const std::function<grpc::Status(grpc::ClientContext&)>& call) const;

  const ConnectOptions options;
  const std::shared_ptr<grpc::Channel> channel;
  const std::unique_ptr<v1::SchemaService::Stub> schemas;
  const std::unique_ptr<v1::SessionService::Stub> sessions;
  const std::unique_ptr<v1::JournalService::Stub> journal;
  const std::unique_ptr<v1::SaveService::Stub> saves;
};

}  // namespace uow::inline client::internal
