#include <sqlite3.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/errors.h"
#include "tests/bench/by_hand.h"

namespace uow::bench {
namespace {

constexpr char kTables[] = R"(
  PRAGMA journal_mode = WAL;
  CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id BIGINT NOT NULL REFERENCES customer (id), status TEXT NOT NULL,
    note TEXT NOT NULL);
  CREATE TABLE item (id INTEGER PRIMARY KEY, order_id BIGINT NOT NULL REFERENCES orders (id), sku TEXT NOT NULL,
    quantity INTEGER NOT NULL, price TEXT NOT NULL);
  CREATE TABLE stock (id INTEGER PRIMARY KEY, quantity INTEGER NOT NULL, version INTEGER NOT NULL);
)";

// A prepared statement that is run once a row.
class RowStatement {
 public:
  RowStatement(sqlite3* database, const char* sql) : database_(database) {
    ok_ = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) == SQLITE_OK;
  }
  ~RowStatement() { sqlite3_finalize(statement_); }

  RowStatement& Text(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    return *this;
  }
  RowStatement& Integer(int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  void Run() {
    ok_ &= sqlite3_step(statement_) == SQLITE_DONE && sqlite3_changes(database_) == 1;
    sqlite3_reset(statement_);
    bound_ = 0;
  }
  int64_t Insert() {
    Run();
    return sqlite3_last_insert_rowid(database_);
  }
  absl::Status status() const { return ok_ ? absl::OkStatus() : absl::InternalError(sqlite3_errmsg(database_)); }

 private:
  sqlite3* const database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool ok_ = true;
};

class Sqlite final : public ByHand {
 public:
  explicit Sqlite(sqlite3* database) : database_(database, sqlite3_close) { sqlite3_busy_timeout(database, 10000); }

  absl::Status CreateTables() override { return Run(absl::StrCat(kTables, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")); }
  absl::Status Fill(int rows) override {
    UOW_RETURN_IF_ERROR(Clear());
    const std::string keys =
        absl::StrCat("WITH RECURSIVE n(key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM n WHERE key < ", rows, ") ");
    return Run(absl::StrCat("BEGIN; INSERT INTO customer VALUES (1, 'a', 'b'); INSERT INTO orders VALUES (1, 1, 'paid', 'a'); ",
                            keys, "INSERT INTO item SELECT key, 1, 'SKU-1-' || key, 1, '9.99' FROM n; ", keys,
                            "INSERT INTO stock SELECT key, 1, 1 FROM n; COMMIT"));
  }
  absl::Status Clear() override {
    return Run("DELETE FROM item; DELETE FROM orders; DELETE FROM customer; DELETE FROM stock; PRAGMA wal_checkpoint(TRUNCATE)");
  }

 protected:
  absl::Status Run(const std::string& sql) override {
    const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? absl::OkStatus() : absl::InternalError(sqlite3_errmsg(database_.get()));
  }
  const char* begin() const override { return "BEGIN IMMEDIATE"; }

  absl::StatusOr<Keys> InsertCustomers(const Shop& shop) override {
    RowStatement insert(database_.get(), "INSERT INTO customer (name, email) VALUES (?, ?)");
    Keys keys;
    for (const auto& row : shop.customers) keys.push_back(insert.Text(row.name).Text(row.email).Insert());
    UOW_RETURN_IF_ERROR(insert.status());
    return keys;
  }
  absl::StatusOr<Keys> InsertOrders(const Shop& shop, const Keys& customers) override {
    RowStatement insert(database_.get(), "INSERT INTO orders (customer_id, status, note) VALUES (?, ?, ?)");
    Keys keys;
    for (const auto& row : shop.orders) {
      keys.push_back(insert.Integer(customers[row.customer]).Text(row.status).Text(row.note).Insert());
    }
    UOW_RETURN_IF_ERROR(insert.status());
    return keys;
  }
  absl::StatusOr<Keys> InsertItems(const Shop& shop, const Keys& orders) override {
    RowStatement insert(database_.get(), "INSERT INTO item (order_id, sku, quantity, price) VALUES (?, ?, ?, ?)");
    Keys keys;
    for (const auto& row : shop.items) {
      keys.push_back(insert.Integer(orders[row.order]).Text(row.sku).Integer(row.quantity).Text(row.price).Insert());
    }
    UOW_RETURN_IF_ERROR(insert.status());
    return keys;
  }
  absl::Status UpdateItems(KeyRange items) override {
    RowStatement update(database_.get(), "UPDATE item SET quantity = ? WHERE id = ?");
    for (int key = items.first; key <= items.last; ++key) update.Integer(2).Integer(key).Run();
    return update.status();
  }
  absl::Status UpdateStock(KeyRange stock) override {
    RowStatement update(database_.get(), "UPDATE stock SET quantity = ?, version = version + 1 WHERE id = ? AND version = ?");
    for (int key = stock.first; key <= stock.last; ++key) update.Integer(2).Integer(key).Integer(1).Run();
    return update.status();
  }
  absl::Status DeleteItems(KeyRange items) override {
    RowStatement erase(database_.get(), "DELETE FROM item WHERE id = ?");
    for (int key = items.first; key <= items.last; ++key) erase.Integer(key).Run();
    return erase.status();
  }

 private:
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByHand>> SqliteByHand(const std::string& path) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open(path.c_str(), &database);
  auto by_hand = std::make_unique<Sqlite>(database);
  if (code != SQLITE_OK) return absl::InternalError(sqlite3_errmsg(database));
  return by_hand;
}

}  // namespace uow::bench
