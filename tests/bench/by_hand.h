#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/bench/save_schema.h"

namespace uow::bench {

// What an application would write by hand for the same rows: one transaction of set-based statements, or where the database has no
// use for those, of a prepared statement a row; the keys of new rows are read back. Not thread-safe.
class ByHand {
 public:
  virtual ~ByHand() = default;

  // Seconds for one transaction.
  absl::StatusOr<double> Insert(const Shop& shop);
  absl::StatusOr<double> Update(KeyRange items);
  absl::StatusOr<double> UpdateVersioned(KeyRange stock);
  absl::StatusOr<double> Delete(KeyRange items);
  // `added` items go into the order with the key 1.
  absl::StatusOr<double> Mix(const Shop& added, KeyRange updated, KeyRange deleted);

  // Makes the tables.
  virtual absl::Status CreateTables() = 0;
  // Nothing but a customer, an order, and so many items and rows of stock, with keys from 1.
  virtual absl::Status Fill(int rows) = 0;
  // Empties the tables.
  virtual absl::Status Clear() = 0;

 protected:
  using Keys = std::vector<int64_t>;

  virtual absl::Status Run(const std::string& sql) = 0;
  virtual const char* begin() const { return "BEGIN"; }
  virtual absl::StatusOr<Keys> InsertCustomers(const Shop& shop) = 0;
  virtual absl::StatusOr<Keys> InsertOrders(const Shop& shop, const Keys& customers) = 0;
  virtual absl::StatusOr<Keys> InsertItems(const Shop& shop, const Keys& orders) = 0;
  // A quantity of 2.
  virtual absl::Status UpdateItems(KeyRange items) = 0;
  // The same for rows of version 1, which becomes 2.
  virtual absl::Status UpdateStock(KeyRange stock) = 0;
  virtual absl::Status DeleteItems(KeyRange items) = 0;

 private:
  absl::StatusOr<double> Transaction(absl::FunctionRef<absl::Status()> statements);
};

absl::StatusOr<std::unique_ptr<ByHand>> PostgresByHand(const std::string& dsn);
// "mysql://user:password@127.0.0.1:port/database".
absl::StatusOr<std::unique_ptr<ByHand>> MariadbByHand(const std::string& dsn);
// Makes the file.
absl::StatusOr<std::unique_ptr<ByHand>> SqliteByHand(const std::string& path);

}  // namespace uow::bench
