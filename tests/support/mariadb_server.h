#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace uow {

// Settings of a private MariaDB server.
struct MariadbServerOptions {
  // Whether a commit waits for the disk. Off only where neither durability nor speed is looked at.
  bool fsync = true;
  // Further settings, "name=value".
  std::vector<std::string> settings;
};

// A MariaDB server of the test's own: new data in a temporary directory, on a free port of 127.0.0.1 and a unix socket in that
// directory, run as the user nobody where we are root. Its privileged user is "uow", with a password over TCP; root comes in over
// the socket without one. Stopped and removed when this goes away; it also stops when the thread that started it ends. Not
// thread-safe, except for Dsn and the queries.
class MariadbServer {
 public:
  using Row = std::vector<std::optional<std::string>>;

  // Makes the data directory and starts the server; returns when it accepts connections.
  static absl::StatusOr<std::unique_ptr<MariadbServer>> Create(const MariadbServerOptions& options = {});
  ~MariadbServer();

  // A URI over TCP, with the password.
  std::string Dsn(const std::string& database = "mysql") const;
  // What follows the user in a URI, for those with a user of their own.
  std::string HostAndPort() const;
  int port() const { return port_; }
  std::string socket() const { return directory_.path() + "/s"; }

  absl::Status CreateDatabase(const std::string& name) const;
  // Runs statements separated by ";", over the socket, in a session without strict mode.
  absl::Status Execute(const std::string& database, const std::string& sql) const;
  // The rows of the last statement that has any, as text.
  absl::StatusOr<std::vector<Row>> Query(const std::string& database, const std::string& sql) const;

  // Starts it again over the same data, on the same port.
  absl::Status Start();
  // Stops it in order.
  void Stop();
  // SIGKILL: what is not on disk is lost.
  void Kill();

  bool running() const { return process_.running(); }

 private:
  explicit MariadbServer(const MariadbServerOptions& options);
  absl::Status Initialise();
  absl::Status WaitUntilReady();
  std::string LogTail() const;

  const MariadbServerOptions options_;
  const int port_;
  TempDir directory_;
  ChildProcess process_;
};

}  // namespace uow
