#include <mysql.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "journal/errors.h"
#include "tests/bench/by_hand.h"

namespace uow::bench {
namespace {

constexpr char kTables[] = R"(
  CREATE TABLE customer (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(200) NOT NULL, email varchar(200) NOT NULL);
  CREATE TABLE orders (id bigint AUTO_INCREMENT PRIMARY KEY, customer_id bigint NOT NULL, status varchar(200) NOT NULL,
    note varchar(200) NOT NULL, FOREIGN KEY (customer_id) REFERENCES customer (id));
  CREATE TABLE item (id bigint AUTO_INCREMENT PRIMARY KEY, order_id bigint NOT NULL, sku varchar(200) NOT NULL,
    quantity integer NOT NULL, price decimal(10, 2) NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id));
  CREATE TABLE stock (id bigint PRIMARY KEY, quantity integer NOT NULL, version bigint NOT NULL)
)";

// "1,2,3".
std::string KeyList(KeyRange keys) {
  std::string list;
  for (int key = keys.first; key <= keys.last; ++key) absl::StrAppend(&list, list.empty() ? "" : ",", key);
  return list;
}

// Statements of text; nothing in the shop needs escapes. Lists of rows go into one statement each, which is the fastest that there
// is here: within the default max_allowed_packet of 16 MB.
class Mariadb final : public ByHand {
 public:
  explicit Mariadb(MYSQL* connection) : connection_(connection, mysql_close) {}

  absl::Status CreateTables() override {
    for (absl::string_view table : absl::StrSplit(kTables, ';')) UOW_RETURN_IF_ERROR(Run(std::string(table)));
    return absl::OkStatus();
  }
  absl::Status Fill(int rows) override {
    UOW_RETURN_IF_ERROR(Clear());
    UOW_RETURN_IF_ERROR(Run("INSERT INTO customer VALUES (1, 'a', 'b')"));
    UOW_RETURN_IF_ERROR(Run("INSERT INTO orders VALUES (1, 1, 'paid', 'a')"));
    UOW_RETURN_IF_ERROR(Run(absl::StrCat("INSERT INTO item SELECT seq, 1, concat('SKU-1-', seq), 1, 9.99 FROM seq_1_to_", rows)));
    return Run(absl::StrCat("INSERT INTO stock SELECT seq, 1, 1 FROM seq_1_to_", rows));
  }
  absl::Status Clear() override {
    UOW_RETURN_IF_ERROR(Run("SET foreign_key_checks = 0"));
    for (const char* table : {"item", "orders", "customer", "stock"}) UOW_RETURN_IF_ERROR(Run(absl::StrCat("TRUNCATE ", table)));
    return Run("SET foreign_key_checks = 1");
  }

 protected:
  absl::Status Run(const std::string& sql) override {
    if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) return Error();
    return absl::OkStatus();
  }

  absl::StatusOr<Keys> InsertCustomers(const Shop& shop) override {
    std::string sql = "INSERT INTO customer (name, email) VALUES ";
    const char* comma = "";
    for (const auto& row : shop.customers) {
      absl::StrAppend(&sql, comma, "('", row.name, "','", row.email, "')");
      comma = ",";
    }
    return Insert(sql);
  }
  absl::StatusOr<Keys> InsertOrders(const Shop& shop, const Keys& customers) override {
    std::string sql = "INSERT INTO orders (customer_id, status, note) VALUES ";
    const char* comma = "";
    for (const auto& row : shop.orders) {
      absl::StrAppend(&sql, comma, "(", customers[row.customer], ",'", row.status, "','", row.note, "')");
      comma = ",";
    }
    return Insert(sql);
  }
  absl::StatusOr<Keys> InsertItems(const Shop& shop, const Keys& orders) override {
    std::string sql = "INSERT INTO item (order_id, sku, quantity, price) VALUES ";
    const char* comma = "";
    for (const auto& row : shop.items) {
      absl::StrAppend(&sql, comma, "(", orders[row.order], ",'", row.sku, "',", row.quantity, ",", row.price, ")");
      comma = ",";
    }
    return Insert(sql);
  }
  absl::Status UpdateItems(KeyRange items) override {
    std::string sql = "UPDATE item AS t JOIN (SELECT 0 AS id, 0 AS quantity WHERE FALSE UNION ALL VALUES ";
    for (int key = items.first; key <= items.last; ++key) absl::StrAppend(&sql, key == items.first ? "" : ",", "(", key, ",2)");
    return Change(absl::StrCat(sql, ") AS v ON t.id = v.id SET t.quantity = v.quantity"), items.size());
  }
  absl::Status UpdateStock(KeyRange stock) override {
    std::string sql = "UPDATE stock AS t JOIN (SELECT 0 AS id, 0 AS quantity, 0 AS version WHERE FALSE UNION ALL VALUES ";
    for (int key = stock.first; key <= stock.last; ++key) absl::StrAppend(&sql, key == stock.first ? "" : ",", "(", key, ",2,1)");
    return Change(
        absl::StrCat(sql, ") AS v ON t.id = v.id AND t.version = v.version SET t.quantity = v.quantity, t.version = t.version + 1"),
        stock.size());
  }
  absl::Status DeleteItems(KeyRange items) override {
    return Change(absl::StrCat("DELETE FROM item WHERE id IN (", KeyList(items), ")"), items.size());
  }

 private:
  absl::Status Error() const { return absl::InternalError(mysql_error(connection_.get())); }

  absl::StatusOr<Keys> Insert(const std::string& sql) {
    UOW_RETURN_IF_ERROR(Run(absl::StrCat(sql, " RETURNING id")));
    std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> result(mysql_store_result(connection_.get()), mysql_free_result);
    if (result == nullptr) return Error();
    Keys keys;
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
      if (!absl::SimpleAtoi(row[0], &keys.emplace_back())) return absl::InternalError("a key isn't a number");
    }
    return keys;
  }
  absl::Status Change(const std::string& sql, int rows) {
    UOW_RETURN_IF_ERROR(Run(sql));
    return mysql_affected_rows(connection_.get()) == static_cast<uint64_t>(rows) ? absl::OkStatus()
                                                                                 : absl::InternalError("not all rows were changed");
  }

  std::unique_ptr<MYSQL, void (*)(MYSQL*)> connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByHand>> MariadbByHand(const std::string& dsn) {
  // user:password@host:port/database
  const std::pair<std::string, std::string> sides = absl::StrSplit(absl::StripPrefix(dsn, "mysql://"), absl::MaxSplits('@', 1));
  const std::pair<std::string, std::string> account = absl::StrSplit(sides.first, absl::MaxSplits(':', 1));
  const std::pair<std::string, std::string> place = absl::StrSplit(sides.second, absl::MaxSplits('/', 1));
  const std::pair<std::string, std::string> address = absl::StrSplit(place.first, absl::MaxSplits(':', 1));
  MYSQL* connection = mysql_init(nullptr);
  auto by_hand = std::make_unique<Mariadb>(connection);
  if (mysql_real_connect(connection, address.first.c_str(), account.first.c_str(), account.second.c_str(), place.second.c_str(),
                         static_cast<unsigned>(std::atoi(address.second.c_str())), nullptr, 0) == nullptr) {
    return absl::UnavailableError(mysql_error(connection));
  }
  return by_hand;
}

}  // namespace uow::bench
