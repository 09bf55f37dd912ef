#include "clients/cpp/service.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cpp/status.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace uow::inline client::internal {
namespace {

std::shared_ptr<grpc::Channel> MakeChannel(absl::string_view address, const ConnectOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  // In spite of its name, how long an attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Notices a peer that is gone without a word.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // The service limits its messages itself.
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  // Sessions of different clients must not share a connection that one of them has seen fail.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  bool tls = options.tls && !absl::StartsWith(address, "unix:");
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.tls_roots;
  return grpc::CreateCustomChannel(std::string(address), tls ? grpc::SslCredentials(ssl) : grpc::InsecureChannelCredentials(),
                                   arguments);
}

}  // namespace

absl::Duration Backoff::Next() {
  static thread_local absl::BitGen random;
  next_ = std::clamp(next_ * 2, absl::Milliseconds(50), absl::Seconds(1));
  return next_ * absl::Uniform(random, 0.75, 1.25);
}

Service::Service(absl::string_view address, const ConnectOptions& connect_options)
    : options(connect_options),
      channel(MakeChannel(address, connect_options)),
      schemas(v1::SchemaService::NewStub(channel)),
      sessions(v1::SessionService::NewStub(channel)),
      journal(v1::JournalService::NewStub(channel)),
      saves(v1::SaveService::NewStub(channel)) {}

void Service::Authenticate(grpc::ClientContext& context) const {
  if (!options.token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", options.token));
}

void Service::AwaitConnection() const { channel->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Milliseconds(250))); }

void Service::Wait(absl::Duration wait) const {
  if (channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY) {
    absl::SleepFor(wait);
  } else {
    channel->WaitForConnected(absl::ToChronoTime(absl::Now() + wait));
  }
}

absl::Status Service::Call(absl::string_view words, const std::function<grpc::Status(grpc::ClientContext&)>& call) const {
  absl::Time give_up = absl::Now() + options.retry_for;
  Backoff backoff;
  grpc::experimental::ChannelResetConnectionBackoff(channel.get());
  AwaitConnection();
  while (true) {
    grpc::ClientContext context;
    Authenticate(context);
    context.set_deadline(absl::ToChronoTime(absl::Now() + options.call_timeout));
    absl::Status status = FromGrpc(call(context));
    if (status.ok()) return status;
    absl::Duration wait = backoff.Next();
    if (!IsTransient(status) || absl::Now() + wait >= give_up) return Prefixed(status, absl::StrCat(words, ": "));
    Wait(wait);
  }
}

}  // namespace uow::inline client::internal
