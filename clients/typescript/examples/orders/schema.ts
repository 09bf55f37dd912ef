import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const products = sqliteTable("products", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
  stock: integer("stock").notNull(),
  version: integer("version").notNull().default(1),
});
export const orders = sqliteTable("orders", {
  id: integer("id").primaryKey(),
  customer: text("customer").notNull(),
});
export const lines = sqliteTable("lines", {
  id: integer("id").primaryKey(),
  orderId: integer("order_id")
    .notNull()
    .references(() => orders.id),
  productId: integer("product_id")
    .notNull()
    .references(() => products.id),
  quantity: integer("quantity").notNull(),
});
