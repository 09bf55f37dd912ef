#include "tests/support/uowd_process.h"

#include <signal.h>

#include <deque>
#include <fstream>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"

namespace uow {

UowdProcess::UowdProcess(UowdOptions options)
    : options_(std::move(options)),
      address_(absl::StrCat("unix:", options_.dir, "/uowd.sock")),
      log_path_(absl::StrCat(options_.dir, "/uowd.log")) {}

absl::Status UowdProcess::Start() { return StartArmed(""); }

absl::Status UowdProcess::StartArmed(const std::string& crash_point) {
  if (absl::Status status = Launch(crash_point); !status.ok()) return status;
  return WaitUntilServing();
}

absl::Status UowdProcess::Launch(const std::string& crash_point) {
  Kill();
  end_.reset();
  std::vector<std::string> arguments = {UOWD_PATH, "--data-dir",
                                        options_.data_dir.empty() ? absl::StrCat(options_.dir, "/data") : options_.data_dir,
                                        "--listen", address_};
  for (const auto& [name, dsn] : options_.targets) {
    arguments.emplace_back("--target");
    arguments.push_back(absl::StrCat(name, "=", dsn));
  }
  arguments.insert(arguments.end(), options_.flags.begin(), options_.flags.end());
  std::vector<std::pair<std::string, std::string>> environment = options_.environment;
  environment.emplace_back("UOW_CRASH_POINT", crash_point);
  return process_.Start(arguments, environment, log_path_);
}

absl::Status UowdProcess::WaitUntilServing() {
  absl::Time deadline = absl::Now() + options_.start_timeout;
  std::shared_ptr<grpc::Channel> channel = NewChannel();
  while (!IsServing(channel, absl::Seconds(1))) {
    if (std::optional<ProcessEnd> end = WaitForEnd(absl::Milliseconds(2))) {
      return absl::UnavailableError(absl::StrCat("uowd ended before it served: ", end->ToString(), "\n", LogTail()));
    }
    if (absl::Now() > deadline) {
      Kill();
      return absl::DeadlineExceededError(
          absl::StrCat("uowd doesn't serve after ", absl::FormatDuration(options_.start_timeout), "\n", LogTail()));
    }
  }
  return absl::OkStatus();
}

void UowdProcess::Kill() {
  if (!process_.running()) return;
  process_.Signal(SIGKILL);
  end_ = process_.Wait(absl::InfiniteDuration());
}

absl::StatusOr<int> UowdProcess::Terminate(absl::Duration timeout) {
  if (!process_.running()) return absl::FailedPreconditionError("uowd doesn't run");
  process_.Signal(SIGTERM);
  std::optional<ProcessEnd> end = WaitForEnd(timeout);
  if (!end.has_value()) {
    Kill();
    return absl::DeadlineExceededError(absl::StrCat("uowd didn't end after SIGTERM\n", LogTail()));
  }
  if (end->signalled) return absl::InternalError(absl::StrCat("uowd after SIGTERM: ", end->ToString(), "\n", LogTail()));
  return end->code;
}

absl::Status UowdProcess::Restart() {
  Kill();
  return Start();
}

std::optional<ProcessEnd> UowdProcess::WaitForEnd(absl::Duration timeout) {
  if (process_.running()) end_ = process_.Wait(timeout);
  return end_;
}

std::string UowdProcess::LogTail(size_t lines) const {
  std::ifstream log(log_path_);
  std::deque<std::string> tail;
  for (std::string line; std::getline(log, line);) {
    tail.push_back(line);
    if (tail.size() > lines) tail.pop_front();
  }
  return absl::StrCat("---- ", log_path_, " ----\n", absl::StrJoin(tail, "\n"), "\n----\n");
}

std::shared_ptr<grpc::Channel> UowdProcess::NewChannel() const { return NewTestChannel(address_); }

std::shared_ptr<grpc::Channel> NewTestChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 5);
  // How long one attempt may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 50);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

bool IsServing(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout) {
  // Debian ships no grpc/health/v1 stubs. The request is an empty message; SERVING is field 1 with value 1.
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  grpc::Slice nothing;
  grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> answered;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &response,
                 [&answered](grpc::Status status) { answered.set_value(std::move(status)); });
  if (!answered.get_future().get().ok()) return false;
  grpc::Slice answer;
  return response.DumpToSingleSlice(&answer).ok() && std::string(answer.begin(), answer.end()) == std::string("\x08\x01", 2);
}

}  // namespace uow
