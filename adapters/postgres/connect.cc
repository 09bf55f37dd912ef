#include "adapters/postgres/connect.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "adapters/postgres/sqlstate.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

// libpq has no field for the SQLSTATE of a refused connection, but shows it in verbose messages: "FATAL:  28P01: password …", in
// whatever language FATAL is. Empty where the message has none: the server was not reached.
ServerError ParseStartupError(absl::string_view text) {
  ServerError error;
  for (size_t at = text.find(":  "); at != absl::string_view::npos; at = text.find(":  ", at + 1)) {
    absl::string_view rest = text.substr(at + 3);
    if (rest.size() < 7 || rest[5] != ':' || rest[6] != ' ') continue;
    absl::string_view state = rest.substr(0, 5);
    if (!std::all_of(state.begin(), state.end(), [](char c) { return absl::ascii_isdigit(c) || absl::ascii_isupper(c); })) continue;
    error.sqlstate = std::string(state);
    rest.remove_prefix(7);
    error.message = std::string(rest.substr(0, rest.find('\n')));
  }
  return error;
}

absl::Status StartupError(PGconn* connection, const std::string& where) {
  absl::string_view text = absl::StripAsciiWhitespace(PQerrorMessage(connection));
  ServerError error = ParseStartupError(text);
  if (!error.sqlstate.empty()) return ToStatus(error, where);
  if (PQconnectionNeedsPassword(connection) != 0) {
    return MakeError(v1::ERROR_REASON_TARGET_DENIED,
                     absl::StrCat(where, ": the server wants a password; give it in the DSN, PGPASSWORD or a passfile"));
  }
  return MakeError(v1::ERROR_REASON_TARGET_UNAVAILABLE, absl::StrCat(where, " can't be reached: ", text));
}

}  // namespace

void FinishConnection::operator()(pg_conn* connection) const { PQfinish(connection); }

absl::StatusOr<RawConnection> ConnectWithin(const std::string& conninfo, absl::Duration timeout, const std::string& where) {
  // What stands before dbname can be overridden by the DSN in it; what stands behind overrides the DSN.
  const char* const keywords[] = {"fallback_application_name", "keepalives_idle", "keepalives_interval", "keepalives_count",
                                  "tcp_user_timeout",          "dbname",          "client_encoding",     nullptr};
  const char* const values[] = {"uowd", "30", "10", "3", "60000", conninfo.c_str(), "UTF8", nullptr};
  const absl::Time deadline = absl::Now() + timeout;
  RawConnection connection(PQconnectStartParams(keywords, values, /*expand_dbname=*/1));
  if (connection == nullptr) return InternalError("out of memory");
  if (PQstatus(connection.get()) == CONNECTION_BAD) return StartupError(connection.get(), where);
  PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    pollfd socket = {PQsocket(connection.get()), static_cast<short>(next == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (left <= 0 || poll(&socket, 1, static_cast<int>(std::min<int64_t>(left, 1'000'000))) == 0) {
      return MakeError(v1::ERROR_REASON_TARGET_UNAVAILABLE,
                       absl::StrCat(where, " can't be reached: no answer in ", absl::FormatDuration(timeout)));
    }
    next = PQconnectPoll(connection.get());
    if (next == PGRES_POLLING_FAILED) return StartupError(connection.get(), where);
  }
  PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
  return connection;
}

}  // namespace uow::postgres
