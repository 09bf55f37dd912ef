#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/postgres/connect.h"
#include "adapters/postgres/result.h"

namespace uow::postgres {

struct LinkOptions {
  std::string target;    // the target's name, for messages
  std::string conninfo;  // a libpq URI or connection string
  absl::Duration connect_timeout;
  absl::Duration statement_timeout;
};

// The settings that limit how long statements take and wait for locks, each behind `set`: "SET " or "SET LOCAL ".
std::vector<std::string> TimeLimits(absl::string_view set, absl::Duration statement_timeout);

// A parameter, as text unless it is in the binary format of its type; without a value: NULL.
struct Parameter {
  Parameter(std::string text) : value(std::move(text)) {}  // NOLINT(google-explicit-constructor): a parameter as it is
  Parameter(std::optional<std::string> text) : value(std::move(text)) {}  // NOLINT(google-explicit-constructor): the same
  static Parameter Binary(std::string bytes) {
    Parameter parameter(std::move(bytes));
    parameter.binary = true;
    return parameter;
  }

  std::optional<std::string> value;
  bool binary = false;
};

using Parameters = std::vector<Parameter>;

// One connection to a server. Connects once: when it is lost, it stays lost. Errors are those that target.h lists, with SQLSTATE
// and constraint. Not thread-safe.
class Link {
 public:
  // TARGET_UNAVAILABLE, TARGET_DENIED, TARGET_REJECTED.
  static absl::StatusOr<std::unique_ptr<Link>> Connect(const LinkOptions& options);

  // Has one statement travel in front of the next call's, to save a round trip. Where it fails, that call returns its error and
  // runs nothing itself.
  void Ahead(std::string sql, Parameters parameters = {});
  // Drops what Ahead was given and is not sent.
  void DropAhead();

  // Runs statements without parameters, separated by ";", in one round trip. The result is the last one's.
  absl::StatusOr<Result> Run(const std::string& sql);
  // Runs one statement with its parameters.
  absl::StatusOr<Result> Run(const std::string& sql, Parameters parameters);
  // Runs COPY … FROM STDIN in its text format. `rows` gives the next piece, empty at the end, and may fail: then nothing is copied,
  // and its error is returned.
  absl::StatusOr<Result> Copy(const std::string& sql, absl::FunctionRef<absl::StatusOr<absl::string_view>()> rows);

  // False once the connection is lost, as far as we were told.
  bool open() const;
  // Whether the server has closed the connection while it was idle. No round trip.
  bool hung_up() const;
  // Whether a setting that the server reports has a value: "crdb_version".
  bool reports(const char* setting) const;
  // Where in its statement the server met the last error, in its own words: "COPY item, line 7". Empty where it doesn't say.
  const std::string& context() const { return context_; }
  // Says in messages where something happened: "target shop".
  const std::string& where() const { return where_; }
  absl::Duration statement_timeout() const { return statement_timeout_; }

 private:
  struct Query {
    std::string sql;
    Parameters parameters;
  };

  Link(std::string where, absl::Duration statement_timeout, RawConnection connection)
      : where_(std::move(where)), statement_timeout_(statement_timeout), connection_(std::move(connection)) {}
  absl::Status Configure();
  // What is ahead, as the beginning of a string of statements; nothing where one of them has parameters.
  std::optional<std::string> TakePlainAhead();
  // Runs queries in one round trip, each only if those before it succeeded. The result is the last one's.
  absl::StatusOr<Result> RunPipeline(const std::vector<Query>& queries);
  bool Send(const Query& query);
  // Waits for the end of what was sent. The result is the last one's, unless one failed.
  absl::StatusOr<Result> Await();
  absl::Status ErrorOf(const PGresult* result);
  absl::Status Lost() const;

  const std::string where_;
  const absl::Duration statement_timeout_;
  RawConnection connection_;
  std::vector<Query> ahead_;
  std::string context_;
};

}  // namespace uow::postgres
