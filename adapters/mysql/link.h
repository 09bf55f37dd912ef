#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/mysql/dsn.h"
#include "adapters/mysql/parameters.h"
#include "adapters/mysql/render.h"
#include "adapters/target.h"

namespace uow::mysql {

struct LinkOptions {
  std::string target;  // the target's name, for messages
  Dsn dsn;
  absl::Duration connect_timeout;
  absl::Duration statement_timeout;
  // What to take the server for; nothing: what it says it is.
  std::optional<Product> product;
};

// What a connection has to know of its server.
struct ServerFacts {
  Product product = Product::kMySql;
  size_t max_packet = 0;                  // bytes
  uint64_t auto_increment_increment = 1;  // between the keys that a statement generates
  bool runs_arrays = false;               // Link::RunEach, within what the server's binary log allows
};

// A row of a result: the values as text, bytes as they are.
using Row = std::vector<std::optional<std::string>>;

// What a statement did.
struct Result {
  uint64_t affected = 0;   // rows found for an update, whether or not it changed them
  uint64_t insert_id = 0;  // the first key that an insert generated
  std::vector<Row> rows;
  // Of RunEach: what it returned for each row, in their order.
  std::vector<uint64_t> keys;
};

// One connection to a server, with autocommit off: any statement begins a transaction. Connects once: when it is lost, it stays
// lost. Errors are those that target.h lists, with SQLSTATE and constraint. Not thread-safe.
class Link {
 public:
  // TARGET_UNAVAILABLE, TARGET_DENIED, TARGET_REJECTED.
  static absl::StatusOr<std::unique_ptr<Link>> Connect(const LinkOptions& options);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Runs one statement without parameters.
  absl::StatusOr<Result> Run(const std::string& sql);
  // Runs one statement with parameters. Short statements stay prepared for the next time.
  absl::StatusOr<Result> Run(const std::string& sql, Parameters parameters);
  // Runs an insert for each row of the arrays, all in one round trip: MariaDB's bulk execution, where `runs_arrays`. To the
  // transaction it is one statement: where a row fails nothing is done. It may return a whole number.
  absl::StatusOr<Result> RunEach(const std::string& sql, ParameterArrays arrays);

  // False once the connection is lost, as far as we were told.
  bool open() const { return !lost_; }
  // Whether the server has closed the connection while it was idle. No round trip.
  bool hung_up() const;
  // Whether the server said, with its last answer, that a transaction is open.
  bool in_transaction() const;
  // A statement that has the next transactions run with these options; empty where they run so anyway.
  std::string SettingsFor(const TransactionOptions& options) const;
  // The statement that ends that.
  std::string OwnSettings() const;
  // Says in messages where something happened: "target shop".
  const std::string& where() const { return where_; }
  const ServerFacts& facts() const { return facts_; }

 private:
  struct Close {
    void operator()(MYSQL* connection) const { mysql_close(connection); }
    void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
  };
  using Statement = std::unique_ptr<MYSQL_STMT, Close>;

  Link(std::string where, absl::Duration statement_timeout, MYSQL* connection)
      : where_(std::move(where)), statement_timeout_(statement_timeout), connection_(connection) {}
  absl::Status Configure(const LinkOptions& options);
  // Assignments of a SET.
  std::string TimeLimits(absl::Duration statement_timeout) const;
  std::string Isolation(absl::string_view level) const;
  std::string IsolationVariable() const;
  absl::StatusOr<Statement> Prepare(const std::string& sql);
  // Runs `execute` with the statement, and keeps it where it is short and has not failed.
  absl::Status WithPrepared(const std::string& sql, absl::FunctionRef<absl::Status(MYSQL_STMT* statement)> execute);
  absl::Status Execute(MYSQL_STMT* statement, Parameters& parameters, Result& result);
  absl::Status ExecuteEach(MYSQL_STMT* statement, ParameterArrays& arrays, Result& result);
  absl::Status ReadKeys(MYSQL_STMT* statement, Result& result);
  absl::Status ReadRows(MYSQL_STMT* statement, unsigned columns, Result& result);
  absl::Status Error();
  absl::Status Error(MYSQL_STMT* statement);

  const std::string where_;
  const absl::Duration statement_timeout_;
  std::unique_ptr<MYSQL, Close> connection_;
  // Statements that stay prepared, and their texts in the order in which they were last used.
  absl::flat_hash_map<std::string, Statement> prepared_;
  std::deque<std::string> prepared_order_;
  ServerFacts facts_;
  // Of its own transactions: READ-COMMITTED, or what the server has.
  std::string isolation_;
  // Whether the server is a MariaDB, whatever it is taken for.
  bool is_mariadb_ = false;
  bool lost_ = false;
};

}  // namespace uow::mysql
