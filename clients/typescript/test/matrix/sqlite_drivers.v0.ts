import { drizzle } from "drizzle-orm/sqlite-proxy";
import type { DriverUnderTest } from "./driver.js";
import { betterSqlite, sqliteFile, syncHandle } from "./sqlite_drivers.js";

/** Drizzle 0.45 gets rows as lists of values. */
const sqliteProxy: DriverUnderTest = {
  name: "sqlite-proxy",
  dialect: "sqlite",
  create: async () =>
    sqliteFile((file, config) => {
      const client = betterSqlite(file);
      const db = drizzle(async (text, parameters: unknown[], method) => {
        const statement = client.prepare<unknown[], unknown[]>(text);
        if (!statement.reader) return Promise.resolve({ rows: [statement.run(...parameters)] });
        statement.raw(true);
        const rows = method === "get" ? statement.get(...parameters) : statement.all(...parameters);
        return Promise.resolve({ rows: rows as unknown[] });
      }, config);
      return {
        ...syncHandle(db, {
          execute: (text) => client.exec(text),
          rows: (text) => client.prepare<[], object>(text).all(),
          close: () => client.close(),
        }),
        transaction: async (work) => db.transaction(work),
      };
    }),
};

export const drivers: readonly DriverUnderTest[] = [sqliteProxy];
