#include "tests/support/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

extern char** environ;

namespace uow {
namespace {

// The environment of the child: ours, with `extra` in front so that it wins.
std::vector<std::string> MergeEnvironment(const std::vector<std::pair<std::string, std::string>>& extra) {
  std::vector<std::string> merged;
  for (const auto& [name, value] : extra) merged.push_back(absl::StrCat(name, "=", value));
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : extra) replaced |= text.compare(0, name.size() + 1, name + "=") == 0;
    if (!replaced) merged.push_back(std::move(text));
  }
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::string ProcessEnd::ToString() const {
  return signalled ? absl::StrCat("killed by signal ", code, " (", strsignal(code), ")") : absl::StrCat("exit code ", code);
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  Signal(SIGKILL);
  Wait(absl::InfiniteDuration());
}

absl::Status ChildProcess::Start(const std::vector<std::string>& arguments,
                                 const std::vector<std::pair<std::string, std::string>>& environment, const std::string& log) {
  int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out < 0) return absl::ErrnoToStatus(errno, log);
  // Everything that allocates happens before the fork: other threads may hold the allocator's lock.
  std::vector<std::string> argument_text = arguments;
  std::vector<std::string> environment_text = MergeEnvironment(environment);
  std::vector<char*> argv = Pointers(argument_text);
  std::vector<char*> envp = Pointers(environment_text);
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid == 0) {
    // gRPC and the test block signals in some threads; the child starts with none blocked.
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  int error = errno;
  ::close(out);
  if (pid < 0) return absl::ErrnoToStatus(error, "fork");
  pid_ = pid;
  return absl::OkStatus();
}

void ChildProcess::Signal(int signal) {
  if (running()) ::kill(pid_, signal);
}

std::optional<ProcessEnd> ChildProcess::Wait(absl::Duration timeout) {
  absl::Time deadline = absl::Now() + timeout;
  while (true) {
    int status = 0;
    pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done == pid_ || (done < 0 && errno == ECHILD)) {
      pid_ = -1;
      if (WIFSIGNALED(status)) return ProcessEnd{true, WTERMSIG(status)};
      return ProcessEnd{false, WEXITSTATUS(status)};
    }
    if (absl::Now() >= deadline) return std::nullopt;
    absl::SleepFor(absl::Milliseconds(1));
  }
}

}  // namespace uow
