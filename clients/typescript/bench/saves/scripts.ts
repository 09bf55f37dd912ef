import BetterSqlite3 from "better-sqlite3";
import { Client } from "pg";
import type { Dialect } from "./shop.ts";

/** Runs SQL on a connection of its own. */
export async function execute(dialect: Dialect, dsn: string, sql: string): Promise<void> {
  if (dialect === "sqlite") {
    new BetterSqlite3(dsn).exec(sql).close();
    return;
  }
  const client = new Client(dsn);
  await client.connect();
  await client.query(sql);
  await client.end();
}
