#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "uow/v1/journal_service.pb.h"
#include "uow/v1/schema.pb.h"

namespace uow::bench {

inline constexpr int kCustomers = 1000;
inline constexpr int kOrders = 5;  // of each customer
inline constexpr int kItems = 4;   // of each order
inline constexpr int kRows = kCustomers * (1 + kOrders * (1 + kItems));

// The rows of a save as an application has them, before they have keys. Parents by index.
struct Shop {
  struct Customer {
    std::string name, email;
  };
  struct Order {
    int customer;
    std::string status, note;
  };
  struct Item {
    int order;
    std::string sku;
    int quantity;
    std::string price;
  };
  std::vector<Customer> customers;
  std::vector<Order> orders;
  std::vector<Item> items;
};

Shop MakeShop();

// Three tables with generated keys, each but the first with a foreign key to the one before.
extern const char kPostgresShop[];
extern const char kSqliteShop[];
v1::Schema ShopSchema();

// The creates of a shop, 100 events a command, parents before children.
std::vector<v1::RecordRequest> ShopCommands(const Shop& shop);

inline constexpr int kChangedRows = 20'000;

// A new quantity, 2, for the items with the keys from 1 to kChangedRows; then their deletion. 100 events a command.
std::vector<v1::RecordRequest> UpdateCommands();
std::vector<v1::RecordRequest> DeleteCommands();

}  // namespace uow::bench
