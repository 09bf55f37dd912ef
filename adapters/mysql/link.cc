#include "adapters/mysql/link.h"

#include <poll.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/mysql/client_plugins.h"
#include "adapters/mysql/server_error.h"
#include "journal/errors.h"

namespace uow::mysql {
namespace {

constexpr size_t kMaxPrepared = 32;
constexpr size_t kMaxPreparedBytes = 32 << 10;
// How much longer than its own timeout a statement may take to answer before the server counts as gone.
constexpr absl::Duration kGrace = absl::Seconds(30);
constexpr int64_t kLockWaitSeconds = 10;

unsigned WholeSeconds(absl::Duration duration) {
  return static_cast<unsigned>(std::clamp<int64_t>(absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1))), 1, 1'000'000));
}

void SetOptions(MYSQL* connection, const LinkOptions& options) {
  const unsigned connect = WholeSeconds(options.connect_timeout);
  const unsigned answer = WholeSeconds(options.statement_timeout + kGrace);
  const unsigned no = 0;
  const my_bool off = 0, on = 1;
  mysql_options(connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_options(connection, MYSQL_OPT_READ_TIMEOUT, &answer);
  mysql_options(connection, MYSQL_OPT_WRITE_TIMEOUT, &answer);
  mysql_options(connection, MYSQL_OPT_RECONNECT, &off);
  // A server could ask for any file of ours.
  mysql_options(connection, MYSQL_OPT_LOCAL_INFILE, &no);
  mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (!PluginDirectory().empty()) mysql_options(connection, MYSQL_PLUGIN_DIR, PluginDirectory().c_str());
  mysql_options4(connection, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "uowd");
  const Dsn& dsn = options.dsn;
  if (dsn.tls == Tls::kOff) return;
  auto file = [](const std::string& path) { return path.empty() ? nullptr : path.c_str(); };
  mysql_options(connection, MYSQL_OPT_SSL_ENFORCE, &on);
  mysql_options(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, dsn.tls == Tls::kVerified ? &on : &off);
  mysql_ssl_set(connection, file(dsn.key), file(dsn.cert), file(dsn.ca), nullptr, nullptr);
}

// "10.11.19-MariaDB-0+deb12u1"; RETURNING is there from 10.5 on.
Product ProductOf(MYSQL* connection) {
  const bool is_mariadb = absl::StrContains(mysql_get_server_info(connection), "MariaDB");
  return is_mariadb && mysql_get_server_version(connection) >= 100500 ? Product::kMariaDb : Product::kMySql;
}

std::vector<Row> ReadText(MYSQL_RES* result) {
  std::vector<Row> rows;
  const unsigned columns = mysql_num_fields(result);
  while (MYSQL_ROW values = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    Row& row = rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      row.push_back(values[i] == nullptr ? std::nullopt : std::optional<std::string>(std::string(values[i], lengths[i])));
    }
  }
  return rows;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Link>> Link::Connect(const LinkOptions& options) {
  static std::once_flag initialised;
  std::call_once(initialised, [] { mysql_library_init(0, nullptr, nullptr); });
  MYSQL* connection = mysql_init(nullptr);
  if (connection == nullptr) return InternalError("out of memory");
  std::unique_ptr<Link> link(new Link(absl::StrCat("target ", options.target), options.statement_timeout, connection));
  SetOptions(connection, options);
  const Dsn& dsn = options.dsn;
  if (mysql_real_connect(connection, dsn.socket.empty() ? dsn.host.c_str() : nullptr, dsn.user.c_str(), dsn.password.c_str(),
                         dsn.database.c_str(), dsn.port, dsn.socket.empty() ? nullptr : dsn.socket.c_str(),
                         CLIENT_FOUND_ROWS) == nullptr) {
    return link->Error();
  }
  UOW_RETURN_IF_ERROR(link->Configure(options));
  return link;
}

Link::~Link() {
  // Statements go before their connection.
  prepared_.clear();
}

absl::Status Link::Configure(const LinkOptions& options) {
  facts_.product = options.product.value_or(ProductOf(connection_.get()));
  is_mariadb_ = absl::StrContains(mysql_get_server_info(connection_.get()), "MariaDB");
  // Connections whose saver does nothing are ended. NO_AUTO_VALUE_ON_ZERO: 0 is a key like any other.
  std::string settings = absl::StrCat(
      "SET autocommit = 0, time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
      "ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION', lc_messages = 'en_US', foreign_key_checks = 1, "
      "unique_checks = 1, ",
      TimeLimits(statement_timeout_));
  if (is_mariadb_) absl::StrAppend(&settings, ", idle_write_transaction_timeout = 60");
  UOW_RETURN_IF_ERROR(Run(settings).status());
  UOW_ASSIGN_OR_RETURN(Result facts, Run("SELECT @@max_allowed_packet, @@auto_increment_increment, @@log_bin AND @@binlog_format = "
                                         "'STATEMENT', @@" +
                                         IsolationVariable()));
  if (facts.rows.size() != 1 || !absl::SimpleAtoi(facts.rows[0][0].value_or(""), &facts_.max_packet) ||
      !absl::SimpleAtoi(facts.rows[0][1].value_or(""), &facts_.auto_increment_increment)) {
    return InternalError(absl::StrCat(where_, ": the server's settings can't be read"));
  }
  unsigned long extended = 0;
  mariadb_get_infov(connection_.get(), MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &extended);
  // A binary log of statements has no word for it.
  facts_.runs_arrays = facts_.product == Product::kMariaDb && facts.rows[0][2] != "1" &&
                       (extended & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
  // Without gaps between keys locked, savers meet less often. A binary log of statements can't have it.
  isolation_ = facts.rows[0][2] != "1" ? "READ-COMMITTED" : facts.rows[0][3].value_or("");
  UOW_RETURN_IF_ERROR(Run(absl::StrCat("SET ", Isolation(isolation_))).status());
  return Run("ROLLBACK").status();
}

std::string Link::IsolationVariable() const { return is_mariadb_ ? "tx_isolation" : "transaction_isolation"; }

std::string Link::Isolation(absl::string_view level) const {
  return absl::StrCat("SESSION ", IsolationVariable(), " = '", level, "'");
}

std::string Link::TimeLimits(absl::Duration statement_timeout) const {
  // Whoever settles a save waits for the locks of a saver that hangs, so locks are given up after a while.
  const int64_t lock_wait = std::clamp<int64_t>(absl::ToInt64Seconds(statement_timeout), 1, kLockWaitSeconds);
  std::string limits = absl::StrCat("innodb_lock_wait_timeout = ", lock_wait, ", lock_wait_timeout = ", lock_wait);
  // MySQL has a time limit for reads only: there a statement that takes too long ends with its connection.
  if (is_mariadb_) absl::StrAppend(&limits, ", max_statement_time = ", std::max(0.001, absl::ToDoubleSeconds(statement_timeout)));
  return limits;
}

std::string Link::SettingsFor(const TransactionOptions& options) const {
  std::vector<std::string> settings;
  switch (options.isolation_level) {
    case v1::ISOLATION_LEVEL_READ_COMMITTED:
      settings.push_back(Isolation("READ-COMMITTED"));
      break;
    case v1::ISOLATION_LEVEL_REPEATABLE_READ:
      settings.push_back(Isolation("REPEATABLE-READ"));
      break;
    case v1::ISOLATION_LEVEL_SERIALIZABLE:
      settings.push_back(Isolation("SERIALIZABLE"));
      break;
    default:
      break;
  }
  if (options.statement_timeout < statement_timeout_) settings.push_back(TimeLimits(options.statement_timeout));
  return settings.empty() ? "" : absl::StrCat("SET ", absl::StrJoin(settings, ", "));
}

std::string Link::OwnSettings() const { return absl::StrCat("SET ", Isolation(isolation_), ", ", TimeLimits(statement_timeout_)); }

bool Link::hung_up() const {
  // Nothing is due to be read from an idle connection but the news that it ends.
  pollfd socket = {static_cast<int>(mysql_get_socket(connection_.get())), POLLIN, 0};
  return lost_ || poll(&socket, 1, 0) != 0;
}

bool Link::in_transaction() const {
  unsigned status = 0;
  mariadb_get_infov(connection_.get(), MARIADB_CONNECTION_SERVER_STATUS, &status);
  return (status & SERVER_STATUS_IN_TRANS) != 0;
}

absl::Status Link::Error() {
  const ServerError error = {mysql_errno(connection_.get()), mysql_sqlstate(connection_.get()), mysql_error(connection_.get())};
  lost_ |= IsLost(error.number);
  return ToStatus(error, where_);
}

absl::Status Link::Error(MYSQL_STMT* statement) {
  const ServerError error = {mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement), mysql_stmt_error(statement)};
  lost_ |= IsLost(error.number);
  return ToStatus(error, where_);
}

absl::StatusOr<Result> Link::Run(const std::string& sql) {
  if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) return Error();
  Result result;
  result.affected = mysql_affected_rows(connection_.get());
  std::unique_ptr<MYSQL_RES, Close> rows(mysql_store_result(connection_.get()));
  if (rows != nullptr) {
    result.rows = ReadText(rows.get());
  } else if (mysql_field_count(connection_.get()) != 0) {
    return Error();
  }
  return result;
}

absl::StatusOr<Link::Statement> Link::Prepare(const std::string& sql) {
  Statement statement(mysql_stmt_init(connection_.get()));
  if (statement == nullptr) return InternalError("out of memory");
  if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) return Error(statement.get());
  return statement;
}

absl::StatusOr<Result> Link::Run(const std::string& sql, Parameters parameters) {
  Result result;
  UOW_RETURN_IF_ERROR(WithPrepared(sql, [&](MYSQL_STMT* statement) { return Execute(statement, parameters, result); }));
  return result;
}

absl::StatusOr<Result> Link::RunEach(const std::string& sql, ParameterArrays arrays) {
  Result result;
  UOW_RETURN_IF_ERROR(WithPrepared(sql, [&](MYSQL_STMT* statement) { return ExecuteEach(statement, arrays, result); }));
  return result;
}

absl::Status Link::WithPrepared(const std::string& sql, absl::FunctionRef<absl::Status(MYSQL_STMT* statement)> execute) {
  if (auto found = prepared_.find(sql); found != prepared_.end()) {
    absl::Status status = execute(found->second.get());
    auto place = std::find(prepared_order_.begin(), prepared_order_.end(), sql);
    std::rotate(place, place + 1, prepared_order_.end());
    // A statement that has failed is prepared anew: perhaps its tables have changed.
    if (!status.ok()) {
      prepared_.erase(found);
      prepared_order_.pop_back();
    }
    return status;
  }
  UOW_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  absl::Status status = execute(statement.get());
  if (!status.ok() || sql.size() > kMaxPreparedBytes) return status;
  if (prepared_order_.size() == kMaxPrepared) {
    prepared_.erase(prepared_order_.front());
    prepared_order_.pop_front();
  }
  prepared_.emplace(sql, std::move(statement));
  prepared_order_.push_back(sql);
  return status;
}

absl::Status Link::Execute(MYSQL_STMT* statement, Parameters& parameters, Result& result) {
  if (mysql_stmt_param_count(statement) != parameters.size())
    return InternalError("a statement has other parameters than it is given");
  // It may have been run for each of many rows before.
  const unsigned alone = 0;
  mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &alone);
  if (parameters.size() > 0 && mysql_stmt_bind_param(statement, parameters.binds()) != 0) return Error(statement);
  const my_bool on = 1;
  mysql_stmt_attr_set(statement, STMT_ATTR_UPDATE_MAX_LENGTH, &on);
  if (mysql_stmt_execute(statement) != 0) return Error(statement);
  const unsigned columns = mysql_stmt_field_count(statement);
  if (columns == 0) {
    result.affected = mysql_stmt_affected_rows(statement);
    result.insert_id = mysql_stmt_insert_id(statement);
    return absl::OkStatus();
  }
  absl::Cleanup free_result = [statement] { mysql_stmt_free_result(statement); };
  if (mysql_stmt_store_result(statement) != 0) return Error(statement);
  UOW_RETURN_IF_ERROR(ReadRows(statement, columns, result));
  result.affected = result.rows.size();
  return absl::OkStatus();
}

absl::Status Link::ExecuteEach(MYSQL_STMT* statement, ParameterArrays& arrays, Result& result) {
  if (mysql_stmt_param_count(statement) != arrays.columns())
    return InternalError("a statement has other parameters than it is given");
  const unsigned rows = static_cast<unsigned>(arrays.rows());
  mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows);
  if (mysql_stmt_bind_param(statement, arrays.Finish()) != 0 || mysql_stmt_execute(statement) != 0) return Error(statement);
  if (mysql_stmt_field_count(statement) != 0) return ReadKeys(statement, result);
  result.affected = mysql_stmt_affected_rows(statement);
  return absl::OkStatus();
}

absl::Status Link::ReadKeys(MYSQL_STMT* statement, Result& result) {
  absl::Cleanup free_result = [statement] { mysql_stmt_free_result(statement); };
  uint64_t key = 0;
  MYSQL_BIND bind = {};
  bind.buffer_type = MYSQL_TYPE_LONGLONG;
  bind.buffer = &key;
  bind.is_unsigned = 1;
  if (mysql_stmt_bind_result(statement, &bind) != 0 || mysql_stmt_store_result(statement) != 0) return Error(statement);
  result.keys.reserve(mysql_stmt_num_rows(statement));
  int fetched = 0;
  while ((fetched = mysql_stmt_fetch(statement)) == 0) result.keys.push_back(key);
  if (fetched != MYSQL_NO_DATA) return Error(statement);
  result.affected = result.keys.size();
  return absl::OkStatus();
}

absl::Status Link::ReadRows(MYSQL_STMT* statement, unsigned columns, Result& result) {
  std::unique_ptr<MYSQL_RES, Close> metadata(mysql_stmt_result_metadata(statement));
  if (metadata == nullptr) return Error(statement);
  std::vector<MYSQL_BIND> binds(columns);
  std::vector<std::string> buffers(columns);
  std::vector<unsigned long> lengths(columns);
  std::vector<my_bool> nulls(columns);
  for (unsigned i = 0; i < columns; ++i) {
    buffers[i].resize(std::max<size_t>(64, mysql_fetch_field_direct(metadata.get(), i)->max_length + 1));
    binds[i].buffer_type = MYSQL_TYPE_STRING;
    binds[i].buffer = buffers[i].data();
    binds[i].buffer_length = buffers[i].size();
    binds[i].length = &lengths[i];
    binds[i].is_null = &nulls[i];
  }
  if (mysql_stmt_bind_result(statement, binds.data()) != 0) return Error(statement);
  result.rows.reserve(mysql_stmt_num_rows(statement));
  while (true) {
    const int fetched = mysql_stmt_fetch(statement);
    if (fetched == MYSQL_NO_DATA) return absl::OkStatus();
    if (fetched == MYSQL_DATA_TRUNCATED) return InternalError(absl::StrCat(where_, ": a value is longer than announced"));
    if (fetched != 0) return Error(statement);
    Row& row = result.rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      row.push_back(nulls[i] != 0 ? std::nullopt : std::optional<std::string>(buffers[i].substr(0, lengths[i])));
    }
  }
}

}  // namespace uow::mysql
