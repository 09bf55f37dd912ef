#include "tests/bench/by_hand.h"

#include <chrono>
#include <functional>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "journal/errors.h"

namespace uow::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

double SecondsSince(SteadyClock::time_point begin) { return std::chrono::duration<double>(SteadyClock::now() - begin).count(); }

// The texts of an array; nothing in the shop needs escapes beyond quotes.
template <typename Rows, typename Text>
std::string Array(const Rows& rows, Text text) {
  std::string array = "{";
  for (const auto& row : rows) absl::StrAppend(&array, array.size() > 1 ? ",\"" : "\"", text(row), "\"");
  array += "}";
  return array;
}

absl::StatusOr<std::vector<int64_t>> Insert(PGconn* connection, const char* sql, const std::vector<std::string>& arrays) {
  std::vector<const char*> values;
  for (const std::string& array : arrays) values.push_back(array.c_str());
  Result result(PQexecParams(connection, sql, values.size(), nullptr, values.data(), nullptr, nullptr, 0), PQclear);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return absl::InternalError(PQerrorMessage(connection));
  std::vector<int64_t> ids(PQntuples(result.get()));
  for (size_t i = 0; i < ids.size(); ++i) (void)absl::SimpleAtoi(PQgetvalue(result.get(), i, 0), &ids[i]);
  return ids;
}

absl::Status Run(PGconn* connection, const char* sql) {
  Result result(PQexec(connection, sql), PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return absl::InternalError(PQerrorMessage(connection));
  return absl::OkStatus();
}

// A prepared statement that is run once a row and gives the row's key.
class RowInsert {
 public:
  RowInsert(sqlite3* database, const char* sql) : database_(database) {
    sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr);
  }
  ~RowInsert() { sqlite3_finalize(statement_); }

  RowInsert& Text(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), text.size(), SQLITE_STATIC);
    return *this;
  }
  RowInsert& Integer(int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  int64_t Insert() {
    ok_ &= sqlite3_step(statement_) == SQLITE_DONE;
    sqlite3_reset(statement_);
    bound_ = 0;
    return sqlite3_last_insert_rowid(database_);
  }
  bool ok() const { return ok_; }

 private:
  sqlite3* const database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool ok_ = true;
};

}  // namespace

absl::StatusOr<double> SaveByHand(PGconn* connection, const Shop& shop) {
  SteadyClock::time_point begin = SteadyClock::now();
  UOW_RETURN_IF_ERROR(Run(connection, "BEGIN"));
  UOW_ASSIGN_OR_RETURN(
      std::vector<int64_t> customers,
      Insert(
          connection, "INSERT INTO customer (name, email) SELECT * FROM unnest($1::text[], $2::text[]) RETURNING id",
          {Array(shop.customers, [](auto& row) { return row.name; }), Array(shop.customers, [](auto& row) { return row.email; })}));
  UOW_ASSIGN_OR_RETURN(
      std::vector<int64_t> orders,
      Insert(
          connection,
          "INSERT INTO orders (customer_id, status, note) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) RETURNING id",
          {Array(shop.orders, [&](auto& row) { return customers[row.customer]; }),
           Array(shop.orders, [](auto& row) { return row.status; }), Array(shop.orders, [](auto& row) { return row.note; })}));
  UOW_ASSIGN_OR_RETURN(
      std::vector<int64_t> items,
      Insert(connection,
             "INSERT INTO item (order_id, sku, quantity, price) SELECT * FROM unnest($1::bigint[], $2::text[], $3::integer[], "
             "$4::numeric[]) RETURNING id",
             {Array(shop.items, [&](auto& row) { return orders[row.order]; }), Array(shop.items, [](auto& row) { return row.sku; }),
              Array(shop.items, [](auto& row) { return row.quantity; }), Array(shop.items, [](auto& row) { return row.price; })}));
  UOW_RETURN_IF_ERROR(Run(connection, "COMMIT"));
  if (items.size() != shop.items.size()) return absl::InternalError("not all items were inserted");
  return SecondsSince(begin);
}

namespace {

absl::StatusOr<double> ChangeByHand(PGconn* connection, const char* sql, int from, int to, int arrays) {
  SteadyClock::time_point begin = SteadyClock::now();
  std::string keys = "{", quantities = "{";
  for (int key = from; key <= to; ++key) {
    absl::StrAppend(&keys, key == from ? "" : ",", key);
    absl::StrAppend(&quantities, key == from ? "" : ",", 2);
  }
  keys += "}";
  quantities += "}";
  UOW_RETURN_IF_ERROR(Run(connection, "BEGIN"));
  const char* values[] = {keys.c_str(), quantities.c_str()};
  Result result(PQexecParams(connection, sql, arrays, nullptr, values, nullptr, nullptr, 0), PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return absl::InternalError(PQerrorMessage(connection));
  UOW_RETURN_IF_ERROR(Run(connection, "COMMIT"));
  if (PQcmdTuples(result.get()) != std::to_string(to - from + 1)) return absl::InternalError("not all items were changed");
  return SecondsSince(begin);
}

}  // namespace

absl::StatusOr<double> UpdateByHand(PGconn* connection, int from, int to) {
  return ChangeByHand(
      connection,
      "UPDATE item AS t SET quantity = v.quantity FROM unnest($1::bigint[], $2::integer[]) AS v(id, quantity) WHERE "
      "t.id = v.id",
      from, to, 2);
}

absl::StatusOr<double> DeleteByHand(PGconn* connection, int from, int to) {
  return ChangeByHand(connection, "DELETE FROM item WHERE id = ANY($1::bigint[])", from, to, 1);
}

absl::StatusOr<double> SaveByHand(sqlite3* database, const Shop& shop) {
  SteadyClock::time_point begin = SteadyClock::now();
  std::vector<int64_t> customers, orders;
  bool ok = sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK;
  RowInsert customer(database, "INSERT INTO customer (name, email) VALUES (?, ?)");
  for (const auto& row : shop.customers) customers.push_back(customer.Text(row.name).Text(row.email).Insert());
  RowInsert order(database, "INSERT INTO orders (customer_id, status, note) VALUES (?, ?, ?)");
  for (const auto& row : shop.orders)
    orders.push_back(order.Integer(customers[row.customer]).Text(row.status).Text(row.note).Insert());
  RowInsert item(database, "INSERT INTO item (order_id, sku, quantity, price) VALUES (?, ?, ?, ?)");
  for (const auto& row : shop.items) item.Integer(orders[row.order]).Text(row.sku).Integer(row.quantity).Text(row.price).Insert();
  ok = ok && customer.ok() && order.ok() && item.ok() && sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK;
  if (!ok) return absl::InternalError(sqlite3_errmsg(database));
  return SecondsSince(begin);
}

}  // namespace uow::bench
