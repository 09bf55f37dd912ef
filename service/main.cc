#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "journal/errors.h"
#include "service/config.h"
#include "service/log.h"
#include "service/server.h"
#include "service/user_pipe.h"

// jemalloc reads it at the start; MALLOC_CONF in the environment goes over it. Arenas by processor: a save's threads come and go, and
// what one has freed the next one finds.
extern "C" const char* const malloc_conf = "percpu_arena:percpu";

namespace {

constexpr int kBadConfiguration = 2;

int Fail(const absl::Status& status, int code) {
  std::fprintf(stderr, "uowd: %s\n", std::string(status.message()).c_str());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  absl::StatusOr<uow::CommandLine> line = uow::ParseCommandLine(argc, argv, [](const char* name) { return std::getenv(name); });
  if (!line.ok()) return Fail(line.status(), kBadConfiguration);
  if (!line->print.empty()) {
    std::fputs(line->print.c_str(), stdout);
    return 0;
  }
  if (!uow::InitLog(line->config.log_level)) {
    return Fail(absl::InvalidArgumentError("--log-level: write trace, debug, info, warn, error or off"), kBadConfiguration);
  }
  // Blocked here and so in every thread that follows; sigwait takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  absl::StatusOr<std::unique_ptr<uow::Server>> server = uow::Server::Start(line->config);
  if (!server.ok())
    return Fail(server.status(), server.status().code() == absl::StatusCode::kInvalidArgument ? kBadConfiguration : 1);
  for (const std::string& address : (*server)->addresses()) std::printf("uowd: listening on %s\n", address.c_str());
  std::fflush(stdout);
  std::unique_ptr<uow::UserPipe> users;
  if (line->config.exit_when_unused != absl::InfiniteDuration()) {
    auto made =
        uow::UserPipe::Make(line->config.data_dir + "/users", line->config.exit_when_unused, [] { kill(getpid(), SIGTERM); });
    if (!made.ok()) return Fail(made.status(), kBadConfiguration);
    users = *std::move(made);
  }

  int received = 0;
  sigwait(&signals, &received);
  // A save that is stuck in its target would keep its thread: leave without waiting, and the next server settles it.
  if (!(*server)->Shutdown()) std::_Exit(0);
  return 0;
}
