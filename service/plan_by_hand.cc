#include "service/plan_by_hand.h"

#include <libpq-fe.h>
#include <mysql.h>

#include <map>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "adapters/quote.h"
#include "journal/errors.h"

namespace uow {
namespace {

// The keys that stand for handles, as text.
class Keys {
 public:
  void Set(const v1::Handle& handle, std::string key) { keys_[{handle.writer(), handle.counter()}] = std::move(key); }

  // A value as text; nothing for NULL.
  std::optional<std::string> TextOf(const v1::Value& value) const {
    switch (value.kind_case()) {
      case v1::Value::kHandleValue:
        return keys_.at({value.handle_value().writer(), value.handle_value().counter()});
      case v1::Value::kInt64Value:
        return absl::StrCat(value.int64_value());
      case v1::Value::kTextValue:
        return value.text_value();
      case v1::Value::kBoolValue:
        return value.bool_value() ? "1" : "0";
      default:
        return std::nullopt;
    }
  }

 private:
  std::map<std::pair<std::string, uint64_t>, std::string> keys_;
};

absl::Status Wrong(const v1::PlannedStatement& statement, absl::string_view why) {
  return InternalError(absl::StrCat("statement ", statement.index(), ": ", why, "\n", statement.sql()));
}

class PostgresHand {
 public:
  PostgresHand(const std::string& dsn, const v1::Schema& schema) : connection_(PQconnectdb(dsn.c_str())), schema_(schema) {}
  ~PostgresHand() { PQfinish(connection_); }

  absl::Status Run(const std::vector<v1::PlannedStatement>& plan) {
    UOW_RETURN_IF_ERROR(Plain("BEGIN"));
    for (const v1::PlannedStatement& statement : plan) {
      absl::Status status = statement.kind() == v1::STATEMENT_KIND_ALLOCATE_KEYS ? Allocate(statement, plan) : RunOne(statement);
      if (!status.ok()) return Wrong(statement, status.message());
    }
    return Plain("COMMIT");
  }

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  absl::StatusOr<Result> Checked(PGresult* raw) {
    Result result(raw, PQclear);
    const ExecStatusType status = PQresultStatus(raw);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return result;
    return InternalError(PQerrorMessage(connection_));
  }
  absl::Status Plain(const char* sql) { return Checked(PQexec(connection_, sql)).status(); }

  absl::StatusOr<Result> Exec(const std::string& sql, const std::vector<std::optional<std::string>>& values) {
    std::vector<const char*> texts;
    for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
    return Checked(
        PQexecParams(connection_, sql.c_str(), static_cast<int>(texts.size()), nullptr, texts.data(), nullptr, nullptr, 0));
  }

  // Placeholder n as an array of the rows' n-th values.
  std::vector<std::optional<std::string>> Arrays(const v1::PlannedStatement& statement) const {
    std::vector<std::optional<std::string>> arrays;
    for (int i = 0; i < statement.rows(0).values_size(); ++i) {
      std::string array;
      for (const v1::PlannedRow& row : statement.rows()) {
        const std::optional<std::string> text = keys_.TextOf(row.values(i));
        absl::StrAppend(&array, array.empty() ? "{" : ",",
                        text ? absl::StrCat("\"", absl::StrReplaceAll(*text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"") : "NULL");
      }
      arrays.emplace_back(array + "}");
    }
    return arrays;
  }

  // Draws keys, for the handles of the table's inserts in their order.
  absl::Status Allocate(const v1::PlannedStatement& statement, const std::vector<v1::PlannedStatement>& plan) {
    std::vector<std::string> drawn;
    if (statement.parameter_style() == v1::PARAMETER_STYLE_ROW) {
      UOW_ASSIGN_OR_RETURN(Result result, Exec(statement.sql(), {keys_.TextOf(statement.rows(0).values(0))}));
      for (int i = 0; i < PQntuples(result.get()); ++i) drawn.emplace_back(PQgetvalue(result.get(), i, 0));
      return HandOut(plan, statement.table(), drawn);
    }
    UOW_ASSIGN_OR_RETURN(Result result, Exec(statement.sql(), Arrays(statement)));
    const int keys = PQfnumber(result.get(), "keys");
    for (int i = 0; i < PQntuples(result.get()); ++i) {
      if (PQgetisnull(result.get(), i, keys) != 0) continue;
      std::string array = PQgetvalue(result.get(), i, keys);
      drawn = absl::StrSplit(array.substr(1, array.size() - 2), ',');
      const std::string& name = statement.rows(i).values(0).text_value();
      for (int table = 0; table < schema_.tables_size(); ++table) {
        if (QuoteTable(schema_.tables(table)) == name) UOW_RETURN_IF_ERROR(HandOut(plan, table, drawn));
      }
    }
    return absl::OkStatus();
  }
  absl::Status HandOut(const std::vector<v1::PlannedStatement>& plan, uint32_t table, const std::vector<std::string>& drawn) {
    size_t next = 0;
    for (const v1::PlannedStatement& insert : plan) {
      if (insert.kind() != v1::STATEMENT_KIND_INSERT || insert.table() != table) continue;
      for (const v1::PlannedRow& row : insert.rows()) {
        if (!row.has_generated()) continue;
        if (next == drawn.size()) return InternalError("fewer keys than handles");
        keys_.Set(row.generated(), drawn[next++]);
      }
    }
    return next == drawn.size() ? absl::OkStatus() : InternalError("more keys than handles");
  }

  absl::Status RunOne(const v1::PlannedStatement& statement) {
    uint64_t affected = 0;
    const auto count = [&](PGresult* result) {
      uint64_t number = 0;
      (void)absl::SimpleAtoi(PQcmdTuples(result), &number);
      affected += number;
    };
    if (statement.kind() == v1::STATEMENT_KIND_DEFER_CONSTRAINTS) return Plain(statement.sql().c_str());
    if (statement.parameter_style() == v1::PARAMETER_STYLE_ROW) {
      for (const v1::PlannedRow& row : statement.rows()) {
        std::vector<std::optional<std::string>> values;
        for (const v1::Value& value : row.values()) values.push_back(keys_.TextOf(value));
        UOW_ASSIGN_OR_RETURN(Result result, Exec(statement.sql(), values));
        count(result.get());
        if (row.has_generated()) keys_.Set(row.generated(), PQgetvalue(result.get(), 0, 0));
      }
    } else if (statement.parameter_style() == v1::PARAMETER_STYLE_ARRAYS) {
      UOW_ASSIGN_OR_RETURN(Result result, Exec(statement.sql(), Arrays(statement)));
      count(result.get());
    } else {
      UOW_ASSIGN_OR_RETURN(Result copy, Checked(PQexec(connection_, statement.sql().c_str())));
      std::string lines;
      for (const v1::PlannedRow& row : statement.rows()) {
        for (int i = 0; i < row.values_size(); ++i) {
          const std::optional<std::string> text = keys_.TextOf(row.values(i));
          absl::StrAppend(&lines, i == 0 ? "" : "\t",
                          text ? absl::StrReplaceAll(*text, {{"\\", "\\\\"}, {"\t", "\\t"}, {"\n", "\\n"}}) : "\\N");
        }
        lines += '\n';
      }
      if (PQputCopyData(connection_, lines.data(), static_cast<int>(lines.size())) != 1 ||
          PQputCopyEnd(connection_, nullptr) != 1) {
        return InternalError(PQerrorMessage(connection_));
      }
      UOW_ASSIGN_OR_RETURN(Result result, Checked(PQgetResult(connection_)));
      count(result.get());
      while (PGresult* more = PQgetResult(connection_)) PQclear(more);
    }
    if (affected == statement.expected_rows()) return absl::OkStatus();
    return InternalError(absl::StrCat("it affected ", affected, " rows, not ", statement.expected_rows()));
  }

  PGconn* connection_;
  const v1::Schema& schema_;
  Keys keys_;
};

class MariadbHand {
 public:
  MariadbHand(const std::string& host, int port, const std::string& database) : connection_(mysql_init(nullptr)) {
    connected_ = mysql_real_connect(connection_, host.c_str(), "uow", "uow-test", database.c_str(), port, nullptr,
                                    CLIENT_FOUND_ROWS) != nullptr;
  }
  ~MariadbHand() { mysql_close(connection_); }

  absl::Status Run(const std::vector<v1::PlannedStatement>& plan) {
    if (!connected_) return InternalError(mysql_error(connection_));
    mysql_query(connection_, "START TRANSACTION");
    for (const v1::PlannedStatement& statement : plan) {
      uint64_t affected = 0;
      for (const v1::PlannedRow& row : statement.rows()) {
        if (absl::Status status = RunRow(statement.sql(), row, affected); !status.ok()) return Wrong(statement, status.message());
      }
      if (affected != statement.expected_rows()) return Wrong(statement, absl::StrCat("it affected ", affected, " rows"));
    }
    return mysql_query(connection_, "COMMIT") == 0 ? absl::OkStatus() : InternalError(mysql_error(connection_));
  }

 private:
  absl::Status RunRow(const std::string& sql, const v1::PlannedRow& row, uint64_t& affected) {
    std::unique_ptr<MYSQL_STMT, decltype(&mysql_stmt_close)> statement(mysql_stmt_init(connection_), mysql_stmt_close);
    if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) return InternalError(mysql_stmt_error(statement.get()));
    std::vector<std::optional<std::string>> texts;
    for (const v1::Value& value : row.values()) texts.push_back(keys_.TextOf(value));
    if (mysql_stmt_param_count(statement.get()) != texts.size()) return InternalError("it has another number of placeholders");
    std::vector<MYSQL_BIND> binds(texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      binds[i].buffer_type = texts[i] ? MYSQL_TYPE_STRING : MYSQL_TYPE_NULL;
      if (texts[i]) binds[i].buffer = texts[i]->data();
      if (texts[i]) binds[i].buffer_length = texts[i]->size();
    }
    if (!binds.empty()) mysql_stmt_bind_param(statement.get(), binds.data());
    if (mysql_stmt_execute(statement.get()) != 0) return InternalError(mysql_stmt_error(statement.get()));
    if (!row.has_generated()) {
      affected += mysql_stmt_affected_rows(statement.get());
      return absl::OkStatus();
    }
    // MariaDB: RETURNING.
    char key[32] = {};
    unsigned long length = 0;
    MYSQL_BIND out = {};
    out.buffer_type = MYSQL_TYPE_STRING;
    out.buffer = key;
    out.buffer_length = sizeof key;
    out.length = &length;
    mysql_stmt_bind_result(statement.get(), &out);
    if (mysql_stmt_fetch(statement.get()) != 0) return InternalError("it returned no key");
    keys_.Set(row.generated(), std::string(key, length));
    ++affected;
    while (mysql_stmt_fetch(statement.get()) == 0) ++affected;
    return absl::OkStatus();
  }

  MYSQL* connection_;
  bool connected_ = false;
  Keys keys_;
};

}  // namespace

std::vector<v1::PlannedStatement> JoinParts(const std::vector<v1::PlannedStatement>& parts) {
  std::vector<v1::PlannedStatement> whole;
  for (const v1::PlannedStatement& part : parts) {
    if (whole.empty() || whole.back().index() != part.index()) {
      whole.push_back(part);
    } else {
      whole.back().mutable_rows()->MergeFrom(part.rows());
    }
  }
  return whole;
}

absl::Status RunByHandInPostgres(const std::string& dsn, const v1::Schema& schema, const std::vector<v1::PlannedStatement>& plan) {
  return PostgresHand(dsn, schema).Run(plan);
}

absl::Status RunByHandInMariadb(const std::string& host, int port, const std::string& database,
                                const std::vector<v1::PlannedStatement>& plan) {
  return MariadbHand(host, port, database).Run(plan);
}

}  // namespace uow
