import BetterSqlite3 from "better-sqlite3";
import { drizzle as drizzleSqlite } from "drizzle-orm/better-sqlite3";
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { type Dialect, pg, sizes, sqlite } from "./shop.ts";

/** A handle of PostgreSQL, whose type serves for both dialects: their tables are alike. */
export function shopOf(dsn: string) {
  return drizzlePostgres({ client: new Pool({ connectionString: dsn, max: 4 }), schema: pg });
}

export function sqliteShop(file: string) {
  const client = new BetterSqlite3(file);
  client.pragma("foreign_keys = ON");
  return drizzleSqlite({ client, schema: sqlite });
}

/** The user's own handle. */
export function openDb(dialect: Dialect, dsn: string) {
  return dialect === "postgresql" ? shopOf(dsn) : sqliteShop(dsn);
}

/** What is created: customers, the notes of their orders, and the items of each order. */
export function* orders() {
  const notes = Array.from({ length: sizes.ordersEach }, (_, i) => `Note ${i}`);
  const lines = Array.from({ length: sizes.itemsEach }, (_, i) => ({ sku: `SKU ${i}`, quantity: i }));
  for (let i = 0; i < sizes.customers; i++) {
    yield { customer: { name: `Customer ${i}`, email: `c${i}@example.org` }, notes, lines };
  }
}
