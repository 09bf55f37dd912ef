#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "uow/v1/journal_service.pb.h"
#include "uow/v1/schema.pb.h"

namespace uow::bench {

inline constexpr int kOrders = 5;  // of each customer
inline constexpr int kItems = 4;   // of each order
inline constexpr int kRowsOfCustomer = 1 + kOrders * (1 + kItems);

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

  int rows() const { return static_cast<int>(customers.size() + orders.size() + items.size()); }
};

Shop MakeShop(int customers);
// So many items of one order, which isn't part of the shop.
Shop MakeItems(int items);

// Keys of rows that are there.
struct KeyRange {
  int first = 1;
  int last = 0;
  int size() const { return last - first + 1; }
};

// Customers, orders and items with generated keys, each but the first with a foreign key to the one before, and stock with a
// version column and keys that are given.
v1::Schema ShopSchema();

using Commands = std::vector<v1::RecordRequest>;

// The creates of a shop, 100 events a command, parents before children.
Commands ShopCommands(const Shop& shop);
// A new quantity, 2, for items; for rows of stock of version 1; the deletion of items.
Commands UpdateCommands(KeyRange items);
Commands VersionedUpdateCommands(KeyRange stock);
Commands DeleteCommands(KeyRange items);
// New items of the order with the key 1, updates and deletes.
Commands MixCommands(const Shop& added, KeyRange updated, KeyRange deleted);

}  // namespace uow::bench
