#pragma once

// A small schema and words to speak about its rows, for the unit tests of this folder.

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "journal/schema_index.h"
#include "uow/v1/event.pb.h"
#include "uow/v1/schema.pb.h"
#include "uow/v1/value.pb.h"

namespace uow::shop {

// Tables and columns by position.
enum Tables : uint32_t { kCustomers, kOrders, kItems, kTags };
enum Customers : uint32_t { kCustomerId, kName, kEmail, kBalance, kNameLength };
enum Orders : uint32_t { kOrderId, kCustomer, kNote };
enum Items : uint32_t { kItemOrder, kLine, kProduct };
enum Tags : uint32_t { kTag, kColor, kParentTag };

// customers (id generated; name; email null; balance decimal(10, 2) default; name_length computed),
// orders (id generated; customer_id → customers; note null), items (order_id → orders, line; product uuid null),
// tags (name; color red|green null; parent → tags null).
v1::Schema Schema();
SchemaRef Index();

v1::Value Null();
v1::Value Int(int64_t number);
v1::Value Text(absl::string_view text);
v1::Value Decimal(absl::string_view text);
v1::Value Double(double number);
v1::Value Time(absl::string_view text);
v1::Value Json(absl::string_view text);
v1::Value Array(std::vector<v1::Value> elements);
// Without a writer: the handle of the event's own writer.
v1::Value Handle(uint64_t counter, absl::string_view writer = "");

using Key = std::vector<v1::Value>;
struct Change {
  uint32_t column;
  v1::Value value;
  v1::Value old = {};
};
v1::Event Created(uint32_t table, Key key, std::vector<Change> changes = {});
v1::Event Updated(uint32_t table, Key key, std::vector<Change> changes);
v1::Event Observed(uint32_t table, Key key, std::vector<Change> changes = {});
// The changes have `old` alone.
v1::Event Deleted(uint32_t table, Key key, std::vector<Change> changes = {});

}  // namespace uow::shop
