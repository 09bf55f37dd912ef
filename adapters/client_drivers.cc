// Drivers of the tests' clients.
#include <sqlite3.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/client_executor.h"
#include "adapters/postgres/link.h"
#include "adapters/sqlite/database.h"
#include "journal/errors.h"

namespace uow::test {
namespace {

class SqliteClient final : public ClientDriver {
 public:
  explicit SqliteClient(std::unique_ptr<sqlite::Database> database) : database_(std::move(database)) {}

  v1::Dialect dialect() const override { return v1::DIALECT_SQLITE; }
  absl::Status Begin() override { return database_->Execute("BEGIN IMMEDIATE"); }
  absl::Status Commit() override { return database_->Execute("COMMIT"); }
  void Rollback() override {
    if (database_->in_transaction()) database_->Execute("ROLLBACK").IgnoreError();
  }

  absl::StatusOr<Answer> Run(const std::vector<Piece>& pieces) override {
    std::string sql;
    for (const Piece& piece : pieces) absl::StrAppend(&sql, piece.parameter ? "?" : piece.text);
    UOW_ASSIGN_OR_RETURN(sqlite::Statement statement, database_->Prepare(sql));
    int number = 0;
    for (const Piece& piece : pieces) {
      if (piece.parameter) Bind(statement, ++number, *piece.parameter);
    }
    Answer answer;
    int code;
    while ((code = statement.Step()) == SQLITE_ROW) {
      auto& row = answer.rows.emplace_back();
      for (int c = 0; c < sqlite3_column_count(statement.handle()); ++c) {
        row.push_back(statement.IsNull(c) ? std::nullopt : std::optional(statement.Text(c)));
      }
    }
    if (code != SQLITE_DONE) return database_->Error(code);
    answer.affected = static_cast<uint64_t>(database_->changes());
    return answer;
  }

 private:
  static void Bind(sqlite::Statement& statement, int number, const Bound& bound) {
    switch (bound.kind) {
      case Bound::Kind::kNull:
        sqlite3_bind_null(statement.handle(), number);
        break;
      case Bound::Kind::kInteger:
      case Bound::Kind::kUnsigned:
        statement.Bind(number, bound.integer);
        break;
      case Bound::Kind::kReal:
        sqlite3_bind_double(statement.handle(), number, bound.real);
        break;
      case Bound::Kind::kText:
        statement.Bind(number, absl::string_view(bound.text));
        break;
      case Bound::Kind::kBytes:
        statement.BindBlob(number, bound.text);
        break;
    }
  }

  std::unique_ptr<sqlite::Database> database_;
};

class PostgresClient final : public ClientDriver {
 public:
  explicit PostgresClient(std::unique_ptr<postgres::Link> link) : link_(std::move(link)) {}

  v1::Dialect dialect() const override { return v1::DIALECT_POSTGRESQL; }
  absl::Status Begin() override { return link_->Run("BEGIN").status(); }
  absl::Status Commit() override { return link_->Run("COMMIT").status(); }
  void Rollback() override { link_->Run("ROLLBACK").IgnoreError(); }

  absl::StatusOr<Answer> Run(const std::vector<Piece>& pieces) override {
    std::string sql;
    postgres::Parameters parameters;
    for (const Piece& piece : pieces) {
      if (!piece.parameter) {
        sql += piece.text;
        continue;
      }
      const Bound& bound = *piece.parameter;
      parameters.emplace_back(bound.kind == Bound::Kind::kNull ? std::nullopt : std::optional(bound.text));
      absl::StrAppend(&sql, "$", parameters.size());
    }
    UOW_ASSIGN_OR_RETURN(postgres::Result result, parameters.empty() ? link_->Run(sql) : link_->Run(sql, std::move(parameters)));
    Answer answer;
    answer.affected = result.affected_rows();
    for (const postgres::Result::Row row : result) {
      auto& out = answer.rows.emplace_back();
      for (int c = 0; c < result.columns(); ++c) {
        out.push_back(row[c].is_null() ? std::nullopt : std::optional<std::string>(row[c].c_str()));
      }
    }
    return answer;
  }

 private:
  std::unique_ptr<postgres::Link> link_;
};

}  // namespace

std::unique_ptr<ClientDriver> OpenSqliteClient(const std::string& path) {
  auto database = sqlite::Database::Open(path, absl::Seconds(10));
  return database.ok() ? std::make_unique<SqliteClient>(*std::move(database)) : nullptr;
}

absl::StatusOr<std::unique_ptr<ClientDriver>> OpenPostgresClient(const std::string& dsn) {
  UOW_ASSIGN_OR_RETURN(std::unique_ptr<postgres::Link> link,
                       postgres::Link::Connect({"client", dsn, absl::Seconds(10), absl::Minutes(1)}));
  return std::make_unique<PostgresClient>(std::move(link));
}

}  // namespace uow::test
