#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "tests/support/child_process.h"

namespace uow {

struct UowdOptions {
  // For the socket, the log and, unless `data_dir` is set, the journal. Exists.
  std::string dir;
  std::string data_dir;
  // Name and DSN.
  std::vector<std::pair<std::string, std::string>> targets;
  // Further arguments of the command line.
  std::vector<std::string> flags;
  std::vector<std::pair<std::string, std::string>> environment;
  absl::Duration start_timeout = absl::Seconds(30);
};

// The real uowd, started for a test on a unix socket in a directory of the test's own. Killed when this goes away. Not thread-safe,
// except address() and NewChannel().
class UowdProcess {
 public:
  explicit UowdProcess(UowdOptions options);

  // Starts it and waits until the health service says SERVING. The error has the end of the log.
  absl::Status Start();
  // The same, with the crash point armed (see journal/crash_point.h); empty: none.
  absl::Status StartArmed(const std::string& crash_point);
  // Starts it and doesn't wait.
  absl::Status Launch(const std::string& crash_point);

  // SIGKILL, and waits for the end. Nothing happens where it has ended already.
  void Kill();
  // SIGTERM; the exit code. An error where it doesn't end in time or ends by a signal; it is killed then.
  absl::StatusOr<int> Terminate(absl::Duration timeout = absl::Seconds(30));
  // Kill, then Start.
  absl::Status Restart();
  // How it ended by itself, or nothing if it still runs when the time is over. Also tells of an end that Start has seen.
  std::optional<ProcessEnd> WaitForEnd(absl::Duration timeout);

  bool running() const { return process_.running(); }
  pid_t pid() const { return process_.pid(); }
  // "unix:<dir>/uowd.sock", the same after a restart.
  const std::string& address() const { return address_; }
  const std::string& log_path() const { return log_path_; }
  // The last lines of the log, for a failing test to show.
  std::string LogTail(size_t lines = 50) const;

  // A channel of its own connection that reconnects without back-off.
  std::shared_ptr<grpc::Channel> NewChannel() const;

 private:
  absl::Status WaitUntilServing();

  const UowdOptions options_;
  const std::string address_;
  const std::string log_path_;
  ChildProcess process_;
  std::optional<ProcessEnd> end_;  // of the last start, once it is known
};

// A channel that shares no connection with others and reconnects without back-off, for servers that die and come back.
std::shared_ptr<grpc::Channel> NewTestChannel(const std::string& address);

// Whether the health service at the other end of the channel says SERVING, asked once.
bool IsServing(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

}  // namespace uow
