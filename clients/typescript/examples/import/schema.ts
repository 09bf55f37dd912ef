import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const products = sqliteTable("products", {
  sku: text("sku").primaryKey(),
  name: text("name").notNull(),
  cents: integer("cents").notNull(),
});

export type Product = typeof products.$inferSelect;
