#include "adapters/postgres/link.h"

#include <poll.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/postgres/sqlstate.h"
#include "journal/errors.h"

namespace uow::postgres {
namespace {

std::string Field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Link>> Link::Connect(const LinkOptions& options) {
  std::string where = absl::StrCat("target ", options.target);
  UOW_ASSIGN_OR_RETURN(RawConnection connection, ConnectWithin(options.conninfo, options.connect_timeout, where));
  PQsetNoticeReceiver(
      connection.get(), [](void*, const PGresult*) {}, nullptr);
  std::unique_ptr<Link> link(new Link(std::move(where), options.statement_timeout, std::move(connection)));
  UOW_RETURN_IF_ERROR(link->Configure());
  return link;
}

std::vector<std::string> TimeLimits(absl::string_view set, absl::Duration statement_timeout) {
  // Whoever settles a save waits for the locks of a saver that hangs, so locks are given up after a while.
  const int64_t ms = std::clamp<int64_t>(absl::ToInt64Milliseconds(statement_timeout), 1, std::numeric_limits<int32_t>::max());
  return {absl::StrCat(set, "statement_timeout = ", ms), absl::StrCat(set, "lock_timeout = ", std::min<int64_t>(ms, 10'000))};
}

absl::Status Link::Configure() {
  // Transactions whose saver does nothing are ended. A commit that the server loses in a crash would be a save that never was: it
  // has to be on disk.
  return Run(absl::StrCat(absl::StrJoin(TimeLimits("SET ", statement_timeout_), "; "),
                          "; SET idle_in_transaction_session_timeout = 60000; SET default_transaction_read_only = off; SET "
                          "TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; "
                          "SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET standard_conforming_strings = on; "
                          "SET client_min_messages = warning; SELECT set_config('synchronous_commit', 'on', false) "
                          "WHERE current_setting('synchronous_commit') = 'off'"))
      .status();
}

bool Link::open() const { return PQstatus(connection_.get()) == CONNECTION_OK; }

bool Link::hung_up() const {
  // Nothing is due to be read from an idle connection but the news that it ends.
  pollfd socket = {PQsocket(connection_.get()), POLLIN, 0};
  return !open() || poll(&socket, 1, 0) != 0;
}

bool Link::reports(const char* setting) const { return PQparameterStatus(connection_.get(), setting) != nullptr; }

void Link::Ahead(std::string sql, Parameters parameters) { ahead_.push_back({std::move(sql), std::move(parameters)}); }

void Link::DropAhead() { ahead_.clear(); }

std::optional<std::string> Link::TakePlainAhead() {
  if (std::any_of(ahead_.begin(), ahead_.end(), [](const Query& query) { return !query.parameters.empty(); })) return std::nullopt;
  std::string sql;
  for (const Query& query : ahead_) absl::StrAppend(&sql, query.sql, "; ");
  ahead_.clear();
  return sql;
}

absl::StatusOr<Result> Link::Run(const std::string& sql) {
  std::optional<std::string> ahead = TakePlainAhead();
  if (!ahead) return Run(sql, {});
  if (PQsendQuery(connection_.get(), absl::StrCat(*ahead, sql).c_str()) == 0) return Lost();
  return Await();
}

absl::StatusOr<Result> Link::Run(const std::string& sql, Parameters parameters) {
  std::vector<Query> queries = std::exchange(ahead_, {});
  queries.push_back({sql, std::move(parameters)});
  if (queries.size() > 1) return RunPipeline(queries);
  if (!Send(queries[0])) return Lost();
  return Await();
}

bool Link::Send(const Query& query) {
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  for (const Parameter& parameter : query.parameters) {
    values.push_back(parameter.value ? parameter.value->c_str() : nullptr);
    lengths.push_back(parameter.value ? static_cast<int>(parameter.value->size()) : 0);
    formats.push_back(parameter.binary ? 1 : 0);
  }
  return PQsendQueryParams(connection_.get(), query.sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                           lengths.data(), formats.data(), 0) != 0;
}

absl::StatusOr<Result> Link::RunPipeline(const std::vector<Query>& queries) {
  if (PQenterPipelineMode(connection_.get()) == 0) return Lost();
  bool sent = std::all_of(queries.begin(), queries.end(), [this](const Query& query) { return Send(query); });
  sent = sent && PQpipelineSync(connection_.get()) != 0;
  if (!sent) return Lost();
  absl::Status error;
  RawResult last;
  for (size_t i = 0; i < queries.size() && open(); ++i) {
    // The results of one query end with a null.
    while (RawResult result{PQgetResult(connection_.get())}) {
      if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && error.ok()) error = ErrorOf(result.get());
      last = std::move(result);
      if (!open()) break;
    }
  }
  // The synchronisation has a result of its own.
  RawResult sync(open() ? PQgetResult(connection_.get()) : nullptr);
  if (!error.ok() || sync == nullptr || PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) {
    if (open()) (void)PQexitPipelineMode(connection_.get());
    return error.ok() ? Lost() : error;
  }
  if (PQexitPipelineMode(connection_.get()) == 0) return Lost();
  return Result(std::move(last));
}

absl::StatusOr<Result> Link::Await() {
  absl::Status error;
  RawResult last;
  while (RawResult result{PQgetResult(connection_.get())}) {
    if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && error.ok()) error = ErrorOf(result.get());
    last = std::move(result);
  }
  if (!error.ok()) return error;
  if (last == nullptr) return Lost();
  return Result(std::move(last));
}

absl::StatusOr<Result> Link::Copy(const std::string& sql, absl::FunctionRef<absl::StatusOr<absl::string_view>()> rows) {
  std::optional<std::string> ahead = TakePlainAhead();
  if (!ahead) return InternalError("only plain statements can go ahead of COPY");
  if (PQsendQuery(connection_.get(), absl::StrCat(*ahead, sql).c_str()) == 0) return Lost();
  ExecStatusType status = PGRES_COMMAND_OK;
  while (status == PGRES_COMMAND_OK) {
    RawResult result(PQgetResult(connection_.get()));
    if (result == nullptr) return open() ? InternalError(absl::StrCat(where_, ": COPY did not begin")) : Lost();
    status = PQresultStatus(result.get());
    if (status != PGRES_FATAL_ERROR) continue;
    absl::Status error = ErrorOf(result.get());
    (void)Await();
    return error;
  }
  absl::Status ours;
  while (ours.ok()) {
    absl::StatusOr<absl::string_view> piece = rows();
    ours = piece.status();
    if (!piece.ok() || piece->empty()) break;
    // The server's own error comes at the end.
    if (PQputCopyData(connection_.get(), piece->data(), static_cast<int>(piece->size())) != 1) break;
  }
  (void)PQputCopyEnd(connection_.get(), ours.ok() ? nullptr : "the rows can't be written");
  absl::StatusOr<Result> result = Await();
  return ours.ok() ? std::move(result) : ours;
}

absl::Status Link::ErrorOf(const PGresult* result) {
  context_ = Field(result, PG_DIAG_CONTEXT);
  ServerError error = {Field(result, PG_DIAG_SQLSTATE), Field(result, PG_DIAG_MESSAGE_PRIMARY),
                       Field(result, PG_DIAG_MESSAGE_DETAIL), Field(result, PG_DIAG_CONSTRAINT_NAME),
                       Field(result, PG_DIAG_COLUMN_NAME)};
  if (!error.sqlstate.empty()) return ToStatus(error, where_);
  if (!open()) return Lost();
  return InternalError(absl::StrCat(where_, ": ", absl::StripAsciiWhitespace(PQresultErrorMessage(result))));
}

absl::Status Link::Lost() const {
  absl::string_view why = absl::StripAsciiWhitespace(PQerrorMessage(connection_.get()));
  if (open()) return InternalError(absl::StrCat(where_, ": ", why));
  return MakeError(v1::ERROR_REASON_TARGET_UNAVAILABLE, absl::StrCat(where_, ": the connection is lost: ", why));
}

}  // namespace uow::postgres
