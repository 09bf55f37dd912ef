#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace uow {

// How a process ended.
struct ProcessEnd {
  bool signalled = false;
  int code = 0;  // exit code, or the signal's number where signalled

  std::string ToString() const;
};

// A child process whose output goes to a file. Killed when this goes away. Not thread-safe, except pid().
class ChildProcess {
 public:
  ChildProcess() = default;
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Runs `arguments` (the first is the path of the binary) with our environment and `environment` on top, and appends its output to
  // `log`. The child is killed when the calling thread ends, as a process that dies before it can stop its children must leave
  // none.
  absl::Status Start(const std::vector<std::string>& arguments, const std::vector<std::pair<std::string, std::string>>& environment,
                     const std::string& log);

  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

  void Signal(int signal);
  // How it ended, or nothing if it still runs when the time is over. Call only while running().
  std::optional<ProcessEnd> Wait(absl::Duration timeout);

 private:
  pid_t pid_ = -1;
};

}  // namespace uow
