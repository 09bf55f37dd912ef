#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/postgres/sqlstate.h"
#include "pqxx/nontransaction"
#include "pqxx/result"

struct pg_conn;

namespace uow::postgres {

struct LinkOptions {
  std::string target;    // the target's name, for messages
  std::string conninfo;  // a libpq URI or connection string
  absl::Duration connect_timeout;
  absl::Duration statement_timeout;
};

// One connection to a server. Connects once: when it is lost, it stays lost. Exceptions of libpqxx end here, as the errors that
// target.h lists, with SQLSTATE and constraint. Not thread-safe.
class Link {
 public:
  // TARGET_UNAVAILABLE, TARGET_DENIED, TARGET_REJECTED.
  static absl::StatusOr<std::unique_ptr<Link>> Connect(const LinkOptions& options);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Runs statements without parameters, separated by ";", in one round trip. The result is the last one's.
  absl::StatusOr<pqxx::result> Run(const std::string& sql);
  // Runs one statement with its parameters as text.
  absl::StatusOr<pqxx::result> Run(const std::string& sql, const std::vector<std::string>& parameters);
  // The same with parameters that may be NULL.
  absl::StatusOr<pqxx::result> Run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters);
  // The same, parsed and planned once a connection. `name` stands for `sql`.
  absl::StatusOr<pqxx::result> RunPrepared(const std::string& name, const std::string& sql,
                                           const std::vector<std::string>& parameters);

  // False once the connection is lost, as far as we were told.
  bool open() const;
  // Whether the server has closed the connection while it was idle. No round trip.
  bool hung_up() const;
  // Says in messages where something happened: "target shop".
  const std::string& where() const { return where_; }
  // What the server called the last statement that succeeded: "COMMIT", "ROLLBACK", "INSERT 0 1".
  const std::string& command_tag() const { return said_.command_tag; }

 private:
  class Session;
  // What the server said of the statement that ran last.
  struct LastWords {
    ServerError error;
    std::string command_tag;
  };

  Link(std::string where, pg_conn* connection);
  absl::Status Configure(const LinkOptions& options);
  template <typename Call>
  absl::StatusOr<pqxx::result> Guard(const Call& call);

  const std::string where_;
  LastWords said_;
  std::unique_ptr<Session> session_;
  // libpqxx runs statements within a transaction object; ours opens none, for the transactions are ours.
  std::unique_ptr<pqxx::nontransaction> scope_;
  std::vector<std::string> prepared_;
};

}  // namespace uow::postgres
