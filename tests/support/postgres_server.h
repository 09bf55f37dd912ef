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

// Settings of a private PostgreSQL server.
struct PostgresServerOptions {
  // Whether a commit waits for the disk. Off only where neither durability nor speed is looked at.
  bool fsync = true;
  // Further settings, "name=value".
  std::vector<std::string> settings;
};

// A PostgreSQL server of the test's own: a new cluster in a temporary directory, on a free port of 127.0.0.1 and a unix socket in
// that directory, run as the user postgres where we are root. Its superuser is "uow", with a password over TCP and without one over
// the socket. Stopped and removed when this goes away; it also stops when the thread that started it ends. Not thread-safe, except
// for Dsn, SocketDsn and the queries.
class PostgresServer {
 public:
  using Row = std::vector<std::optional<std::string>>;

  // Makes a cluster and starts the server; returns when it accepts connections.
  static absl::StatusOr<std::unique_ptr<PostgresServer>> Create(const PostgresServerOptions& options = {});
  ~PostgresServer();

  // A URI over TCP, with the password.
  std::string Dsn(const std::string& database = "postgres") const;
  // A URI over the unix socket.
  std::string SocketDsn(const std::string& database = "postgres") const;
  // What follows the host in a URI, for those with a user of their own.
  std::string HostAndPort() const;
  int port() const { return port_; }

  absl::Status CreateDatabase(const std::string& name);
  // Runs statements separated by ";".
  absl::Status Execute(const std::string& database, const std::string& sql) const;
  // The rows of the last statement, as text.
  absl::StatusOr<std::vector<Row>> Query(const std::string& database, const std::string& sql) const;

  // Starts it again over the same data, on the same port.
  absl::Status Start();
  // Ends open connections and stops, with a checkpoint.
  void Stop();
  // SIGKILL to the server and all of its processes: what is not on disk is lost.
  void Kill();

  bool running() const { return process_.running(); }

 private:
  explicit PostgresServer(const PostgresServerOptions& options);
  absl::Status Initialise();
  absl::Status WaitUntilReady();
  std::string LogTail() const;

  const PostgresServerOptions options_;
  const std::string bin_;
  const int port_;
  TempDir directory_;
  ChildProcess process_;
};

}  // namespace uow
