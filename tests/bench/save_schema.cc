#include "tests/bench/save_schema.h"

#include "absl/strings/str_cat.h"

namespace uow::bench {
namespace {

v1::Column& AddColumn(v1::Table& table, const std::string& name, v1::Type::Kind kind) {
  v1::Column& column = *table.add_columns();
  column.set_name(name);
  column.mutable_type()->set_kind(kind);
  return column;
}

v1::Table& AddTable(v1::Schema& schema, const std::string& name, const std::string& parent_column) {
  v1::Table& table = *schema.add_tables();
  table.set_name(name);
  v1::Column& id = AddColumn(table, "id", v1::Type::KIND_INT64);
  id.set_generation(v1::GENERATION_KEY);
  id.set_has_default(true);
  table.add_primary_key(0);
  if (parent_column.empty()) return table;
  AddColumn(table, parent_column, v1::Type::KIND_INT64);
  v1::ForeignKey& key = *table.add_foreign_keys();
  key.add_columns(1);
  key.set_referenced_table(schema.tables_size() - 2);
  key.add_referenced_columns(0);
  return table;
}

// Makes commands of 100 events.
class CommandList {
 public:
  v1::Event& Create(uint32_t table, uint64_t handle) {
    v1::Event& event = Add(v1::EVENT_KIND_CREATED, table);
    event.add_key()->mutable_handle_value()->set_counter(handle);
    return event;
  }
  // An event of the row with a key.
  v1::Event& Change(v1::EventKind kind, uint32_t table, int64_t key) {
    v1::Event& event = Add(kind, table);
    event.add_key()->set_int64_value(key);
    return event;
  }
  Commands Take() { return std::move(commands_); }

 private:
  v1::Event& Add(v1::EventKind kind, uint32_t table) {
    if (commands_.empty() || commands_.back().command().append().events_size() == 100) {
      commands_.emplace_back().mutable_command()->set_sequence(commands_.size());
    }
    v1::Event& event = *commands_.back().mutable_command()->mutable_append()->add_events();
    event.set_kind(kind);
    event.set_table(table);
    return event;
  }

  Commands commands_;
};

v1::Value& AddField(v1::Event& event, uint32_t column) {
  v1::Field& field = *event.add_fields();
  field.set_column(column);
  return *field.mutable_value();
}

constexpr uint32_t kCustomerTable = 0, kOrderTable = 1, kItemTable = 2, kStockTable = 3;

void AddItemFields(const Shop::Item& item, v1::Event& event) {
  AddField(event, 2).set_text_value(item.sku);
  AddField(event, 3).set_int64_value(item.quantity);
  AddField(event, 4).set_decimal_value(item.price);
}

void AddUpdates(KeyRange items, CommandList& commands) {
  for (int key = items.first; key <= items.last; ++key) {
    AddField(commands.Change(v1::EVENT_KIND_UPDATED, kItemTable, key), 3).set_int64_value(2);
  }
}

void AddDeletes(KeyRange items, CommandList& commands) {
  for (int key = items.first; key <= items.last; ++key) commands.Change(v1::EVENT_KIND_DELETED, kItemTable, key);
}

}  // namespace

v1::Schema ShopSchema() {
  v1::Schema schema;
  v1::Table& customer = AddTable(schema, "customer", "");
  AddColumn(customer, "name", v1::Type::KIND_TEXT);
  AddColumn(customer, "email", v1::Type::KIND_TEXT);
  v1::Table& orders = AddTable(schema, "orders", "customer_id");
  AddColumn(orders, "status", v1::Type::KIND_TEXT);
  AddColumn(orders, "note", v1::Type::KIND_TEXT);
  v1::Table& item = AddTable(schema, "item", "order_id");
  AddColumn(item, "sku", v1::Type::KIND_TEXT);
  AddColumn(item, "quantity", v1::Type::KIND_INT32);
  v1::Type& price = *AddColumn(item, "price", v1::Type::KIND_DECIMAL).mutable_type();
  price.set_precision(10);
  price.set_scale(2);
  v1::Table& stock = *schema.add_tables();
  stock.set_name("stock");
  AddColumn(stock, "id", v1::Type::KIND_INT64);
  stock.add_primary_key(0);
  AddColumn(stock, "quantity", v1::Type::KIND_INT32);
  AddColumn(stock, "version", v1::Type::KIND_INT64).set_version(true);
  return schema;
}

Shop MakeShop(int customers) {
  Shop shop;
  for (int c = 0; c < customers; ++c) {
    shop.customers.push_back({absl::StrCat("Customer number ", c), absl::StrCat("customer.", c, "@example.com")});
    for (int o = 0; o < kOrders; ++o) {
      shop.orders.push_back({c, o % 2 == 0 ? "paid" : "shipped", absl::StrCat("order ", o, " of customer ", c)});
      for (int i = 0; i < kItems; ++i) {
        int order = static_cast<int>(shop.orders.size()) - 1;
        shop.items.push_back({order, absl::StrCat("SKU-", c % 97, "-", i), 1 + i, absl::StrCat(10 + c % 90, ".", 10 + i)});
      }
    }
  }
  return shop;
}

Shop MakeItems(int items) {
  Shop shop;
  for (int i = 0; i < items; ++i)
    shop.items.push_back({0, absl::StrCat("SKU-", i % 97), 1 + i % 9, absl::StrCat(10 + i % 90, ".50")});
  return shop;
}

Commands ShopCommands(const Shop& shop) {
  // Handles: customers from 1, then orders, then items.
  CommandList commands;
  uint64_t handle = 0;
  for (const Shop::Customer& customer : shop.customers) {
    v1::Event& event = commands.Create(kCustomerTable, ++handle);
    AddField(event, 1).set_text_value(customer.name);
    AddField(event, 2).set_text_value(customer.email);
  }
  for (const Shop::Order& order : shop.orders) {
    v1::Event& event = commands.Create(kOrderTable, ++handle);
    AddField(event, 1).mutable_handle_value()->set_counter(1 + order.customer);
    AddField(event, 2).set_text_value(order.status);
    AddField(event, 3).set_text_value(order.note);
  }
  for (const Shop::Item& item : shop.items) {
    v1::Event& event = commands.Create(kItemTable, ++handle);
    AddField(event, 1).mutable_handle_value()->set_counter(1 + shop.customers.size() + item.order);
    AddItemFields(item, event);
  }
  return commands.Take();
}

Commands UpdateCommands(KeyRange items) {
  CommandList commands;
  AddUpdates(items, commands);
  return commands.Take();
}

Commands VersionedUpdateCommands(KeyRange stock) {
  CommandList commands;
  for (int key = stock.first; key <= stock.last; ++key) {
    v1::Event& event = commands.Change(v1::EVENT_KIND_UPDATED, kStockTable, key);
    event.mutable_version()->set_int64_value(1);
    AddField(event, 1).set_int64_value(2);
  }
  return commands.Take();
}

Commands DeleteCommands(KeyRange items) {
  CommandList commands;
  AddDeletes(items, commands);
  return commands.Take();
}

Commands MixCommands(const Shop& added, KeyRange updated, KeyRange deleted) {
  CommandList commands;
  uint64_t handle = 0;
  for (const Shop::Item& item : added.items) {
    v1::Event& event = commands.Create(kItemTable, ++handle);
    AddField(event, 1).set_int64_value(1);
    AddItemFields(item, event);
  }
  AddUpdates(updated, commands);
  AddDeletes(deleted, commands);
  return commands.Take();
}

}  // namespace uow::bench
