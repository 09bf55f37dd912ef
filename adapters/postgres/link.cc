#include "adapters/postgres/link.h"

#include <libpq-events.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/postgres/connect.h"
#include "journal/errors.h"
#include "pqxx/connection_base"
#include "pqxx/connectionpolicy"
#include "pqxx/except"

namespace uow::postgres {
namespace {

// Gives libpqxx a connection that is made already, and none when that one is lost: a statement must never run on another connection
// than the transaction's.
class OneConnection final : public pqxx::connectionpolicy {
 public:
  explicit OneConnection(PGconn* connection) : connectionpolicy(""), connection_(connection) {}
  handle do_startconnect(handle current) override {
    if (current != nullptr) return current;
    if (connection_ == nullptr) throw pqxx::broken_connection("the connection is lost");
    return std::exchange(connection_, nullptr);
  }

 private:
  PGconn* connection_;
};

std::string Field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

}  // namespace

class Link::Session final : public pqxx::connection_base {
 public:
  Session(PGconn* connection, LastWords* said) : connection_base(policy_), policy_(connection) {
    // libpqxx hides a result's error fields behind its exceptions; libpq shows us every result as it comes in.
    PQregisterEventProc(connection, &Session::OnEvent, "uow", said);
    PQsetNoticeReceiver(
        connection, [](void*, const PGresult*) {}, nullptr);
    init();
  }
  ~Session() { close(); }

 private:
  static int OnEvent(PGEventId event, void* info, void* said) {
    if (event != PGEVT_RESULTCREATE) return 1;
    const PGresult* result = static_cast<PGEventResultCreate*>(info)->result;
    auto& words = *static_cast<LastWords*>(said);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
      words.error = {Field(result, PG_DIAG_SQLSTATE), Field(result, PG_DIAG_MESSAGE_PRIMARY), Field(result, PG_DIAG_MESSAGE_DETAIL),
                     Field(result, PG_DIAG_CONSTRAINT_NAME), Field(result, PG_DIAG_COLUMN_NAME)};
    } else {
      words.command_tag = PQcmdStatus(const_cast<PGresult*>(result));
    }
    return 1;
  }

  OneConnection policy_;
};

absl::StatusOr<std::unique_ptr<Link>> Link::Connect(const LinkOptions& options) {
  std::string where = absl::StrCat("target ", options.target);
  UOW_ASSIGN_OR_RETURN(RawConnection connection, ConnectWithin(options.conninfo, options.connect_timeout, where));
  try {
    std::unique_ptr<Link> link(new Link(std::move(where), connection.release()));
    UOW_RETURN_IF_ERROR(link->Configure(options));
    return link;
  } catch (const std::exception& e) {
    return MakeError(v1::ERROR_REASON_TARGET_UNAVAILABLE, absl::StrCat("target ", options.target, ": ", e.what()));
  }
}

Link::Link(std::string where, pg_conn* connection)
    : where_(std::move(where)),
      session_(std::make_unique<Session>(connection, &said_)),
      scope_(std::make_unique<pqxx::nontransaction>(*session_)) {}

Link::~Link() = default;

absl::Status Link::Configure(const LinkOptions& options) {
  const int64_t statement_ms = std::max<int64_t>(1, absl::ToInt64Milliseconds(options.statement_timeout));
  // Whoever settles a save waits for the locks of a saver that hangs, so locks are given up after a while, and transactions whose
  // saver does nothing are ended. A commit that the server loses in a crash would be a save that never was: it has to be on disk.
  return Run(absl::StrCat("SET statement_timeout = ", statement_ms,
                          "; SET lock_timeout = ", std::min<int64_t>(statement_ms, 10'000),
                          "; SET idle_in_transaction_session_timeout = 60000; SET default_transaction_read_only = off; SET "
                          "TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; "
                          "SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET standard_conforming_strings = on; "
                          "SET client_min_messages = warning; SELECT set_config('synchronous_commit', 'on', false) "
                          "WHERE current_setting('synchronous_commit') = 'off'"))
      .status();
}

bool Link::open() const { return session_->is_open(); }

bool Link::hung_up() const {
  // Nothing is due to be read from an idle connection but the news that it ends.
  pollfd socket = {session_->sock(), POLLIN, 0};
  return !open() || poll(&socket, 1, 0) != 0;
}

template <typename Call>
absl::StatusOr<pqxx::result> Link::Guard(const Call& call) {
  said_ = {};
  try {
    return call();
  } catch (const std::exception& e) {
    if (!said_.error.sqlstate.empty()) return ToStatus(said_.error, where_);
    if (!open()) {
      return MakeError(
          v1::ERROR_REASON_TARGET_UNAVAILABLE,
          absl::StrCat(where_, ": the connection is lost: ", said_.error.message.empty() ? e.what() : said_.error.message));
    }
    return InternalError(absl::StrCat(where_, ": ", e.what()));
  }
}

absl::StatusOr<pqxx::result> Link::Run(const std::string& sql) {
  return Guard([&] { return scope_->exec(sql); });
}

absl::StatusOr<pqxx::result> Link::Run(const std::string& sql, const std::vector<std::string>& parameters) {
  return Guard([&] { return scope_->exec_params(sql, pqxx::prepare::make_dynamic_params(parameters)); });
}

absl::StatusOr<pqxx::result> Link::Run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  std::vector<const char*> pointers;
  pointers.reserve(parameters.size());
  for (const std::optional<std::string>& parameter : parameters) pointers.push_back(parameter ? parameter->c_str() : nullptr);
  return Guard([&] { return scope_->exec_params(sql, pqxx::prepare::make_dynamic_params(pointers)); });
}

absl::StatusOr<pqxx::result> Link::RunPrepared(const std::string& name, const std::string& sql,
                                               const std::vector<std::string>& parameters) {
  return Guard([&] {
    if (std::find(prepared_.begin(), prepared_.end(), name) == prepared_.end()) {
      session_->prepare(name, sql);
      prepared_.push_back(name);
    }
    return scope_->exec_prepared(name, pqxx::prepare::make_dynamic_params(parameters));
  });
}

}  // namespace uow::postgres
