// The measurements that take minutes.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "journal/errors.h"
#include "tests/bench/bench_session.h"
#include "tests/bench/journal_measures.h"
#include "tests/support/rpc_error.h"
#include "uow/v1/session_service.grpc.pb.h"

namespace uow::bench {
namespace {

// OpenSession calls under way at once.
constexpr uint64_t kOpeningSessions = 512;

// Resident memory of a process, in MiB.
double ResidentMebibytes(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (absl::StartsWith(line, "VmRSS:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// Opens as many sessions, a few hundred at a time, so that they share group commits.
absl::Status OpenSessions(const std::shared_ptr<grpc::Channel>& channel, const std::string& schema_id, uint64_t count) {
  struct Call {
    grpc::ClientContext context;
    v1::OpenSessionResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::OpenSessionResponse>> reader;
  };
  auto stub = v1::SessionService::NewStub(channel);
  v1::OpenSessionRequest request;
  request.set_target("main");
  request.set_schema_id(schema_id);
  grpc::CompletionQueue queue;
  uint64_t begun = 0, ended = 0;
  grpc::Status failure;
  while (ended < count && failure.ok()) {
    for (; begun < count && begun - ended < kOpeningSessions; ++begun) {
      auto* call = new Call;
      call->reader = stub->AsyncOpenSession(&call->context, request, &queue);
      call->reader->Finish(&call->response, &call->status, call);
    }
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    ++ended;
    std::unique_ptr<Call> call(static_cast<Call*>(tag));
    if (!call->status.ok()) failure = call->status;
  }
  for (; ended < begun; ++ended) {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    delete static_cast<Call*>(tag);
  }
  return failure.ok() ? absl::OkStatus() : absl::UnknownError(absl::StrCat("OpenSession: ", Describe(failure)));
}

}  // namespace

absl::StatusOr<std::vector<Row>> JournalBench::IdleSessions() {
  constexpr uint64_t kSessions = 1000000;
  // A server of its own: nothing that another measurement left counts, and as many calls wait for the disk at once as are sent.
  UowdOptions options;
  options.dir = absl::StrCat(directory_.path(), "/sessions");
  std::filesystem::create_directory(options.dir);
  options.targets.emplace_back("main", absl::StrCat("sqlite:", options.dir, "/target.db"));
  options.flags = {"--call-threads", absl::StrCat(kOpeningSessions)};
  UowdProcess uowd(options);
  UOW_RETURN_IF_ERROR(uowd.Start());
  UOW_ASSIGN_OR_RETURN(std::string schema_id, RegisterSchema(uowd.NewChannel(), PersonSchema()));
  double before = ResidentMebibytes(uowd.pid());
  UOW_RETURN_IF_ERROR(OpenSessions(uowd.NewChannel(), schema_id, kSessions));
  return std::vector<Row>{Bound("uowd with 1 M idle open sessions (beside: before)", "MiB", ResidentMebibytes(uowd.pid()), before,
                                Budget::kAtMost, 1024)};
}

absl::StatusOr<std::vector<Row>> JournalBench::RestartWithMany() {
  UOW_RETURN_IF_ERROR(RunJournal(4, 100, 25000, 512).status());
  std::vector<double> seconds;
  for (int i = 0; i < 3; ++i) {
    uowd_->Kill();
    auto begin = std::chrono::steady_clock::now();
    UOW_RETURN_IF_ERROR(uowd_->Start());
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return std::vector<Row>{Bound("restart after kill -9 with 10 M events", "s", Median(seconds), std::nullopt, Budget::kAtMost, 1)};
}

}  // namespace uow::bench
