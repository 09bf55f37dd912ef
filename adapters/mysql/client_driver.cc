// The tests' client of MySQL and MariaDB, as mysql2 is one: a session as the server gives it, values within the text of statements.
#include <mariadb/mysql.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "adapters/client_executor.h"
#include "adapters/mysql/dsn.h"
#include "adapters/mysql/server_error.h"
#include "journal/errors.h"

namespace uow::test {
namespace {

class MysqlClient final : public ClientDriver {
 public:
  explicit MysqlClient(MYSQL* connection) : connection_(connection) {}
  ~MysqlClient() override { mysql_close(connection_); }

  v1::Dialect dialect() const override { return v1::DIALECT_MYSQL; }
  absl::Status Begin() override { return Query("BEGIN").status(); }
  absl::Status Commit() override { return Query("COMMIT").status(); }
  void Rollback() override { Query("ROLLBACK").IgnoreError(); }

  absl::StatusOr<Answer> Run(const std::vector<Piece>& pieces) override {
    std::string sql;
    for (const Piece& piece : pieces) absl::StrAppend(&sql, piece.parameter ? Literal(*piece.parameter) : piece.text);
    return Query(sql);
  }

  absl::Status Error() const {
    const mysql::ServerError error = {mysql_errno(connection_), mysql_sqlstate(connection_), mysql_error(connection_)};
    return mysql::ToStatus(error, "client");
  }

 private:
  std::string Literal(const Bound& bound) const {
    switch (bound.kind) {
      case Bound::Kind::kNull:
        return "NULL";
      case Bound::Kind::kInteger:
        return absl::StrCat(bound.integer);
      case Bound::Kind::kUnsigned:
        return absl::StrCat(static_cast<uint64_t>(bound.integer));
      case Bound::Kind::kReal:
        return absl::StrFormat("%.17g", bound.real);
      case Bound::Kind::kText: {
        std::string escaped(2 * bound.text.size() + 1, '\0');
        escaped.resize(mysql_real_escape_string(connection_, escaped.data(), bound.text.data(), bound.text.size()));
        return absl::StrCat("'", escaped, "'");
      }
      case Bound::Kind::kBytes: {
        std::string hex(2 * bound.text.size() + 1, '\0');
        hex.resize(mysql_hex_string(hex.data(), bound.text.data(), bound.text.size()));
        return absl::StrCat("X'", hex, "'");
      }
    }
    return "";
  }

  absl::StatusOr<Answer> Query(const std::string& sql) {
    if (mysql_real_query(connection_, sql.data(), sql.size()) != 0) return Error();
    Answer answer;
    MYSQL_RES* rows = mysql_store_result(connection_);
    if (rows == nullptr && mysql_field_count(connection_) != 0) return Error();
    answer.affected = mysql_affected_rows(connection_);
    answer.insert_id = mysql_insert_id(connection_);
    if (rows == nullptr) return answer;
    const unsigned columns = mysql_num_fields(rows);
    while (MYSQL_ROW values = mysql_fetch_row(rows)) {
      const unsigned long* lengths = mysql_fetch_lengths(rows);
      auto& row = answer.rows.emplace_back();
      for (unsigned i = 0; i < columns; ++i) {
        row.push_back(values[i] == nullptr ? std::nullopt : std::optional<std::string>(std::string(values[i], lengths[i])));
      }
    }
    mysql_free_result(rows);
    return answer;
  }

  MYSQL* const connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClientDriver>> OpenMysqlClient(const std::string& dsn, bool found_rows) {
  UOW_ASSIGN_OR_RETURN(const mysql::Dsn where, mysql::ParseDsn("client", dsn));
  MYSQL* connection = mysql_init(nullptr);
  mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  auto client = std::make_unique<MysqlClient>(connection);
  const bool connected =
      mysql_real_connect(connection, where.host.c_str(), where.user.c_str(), where.password.c_str(), where.database.c_str(),
                         where.port, where.socket.empty() ? nullptr : where.socket.c_str(),
                         found_rows ? CLIENT_FOUND_ROWS : 0) != nullptr;
  if (!connected) return client->Error();
  return client;
}

}  // namespace uow::test
