import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import BetterSqlite3 from "better-sqlite3";
import { drizzle as drizzleBetterSqlite3 } from "drizzle-orm/better-sqlite3";
import { drizzle as drizzleLibsql } from "drizzle-orm/libsql";
import { drizzle as drizzleSqlJs } from "drizzle-orm/sql-js";
import initSqlJs from "sql.js";
import { type DriverUnderTest, type DrizzleConfig, type Handle, line, plainRows, type TestDatabase } from "./driver.js";

/** What the handle of a driver with a file is opened by. */
export type Open = (file: string, config: DrizzleConfig | undefined) => Handle | Promise<Handle>;

/** A database in a file of its own, made by SQLite itself. */
export async function sqliteFile(open: Open, { shared = true } = {}): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), "uow-ts-sqlite-"));
  const file = join(directory, "test.db");
  // uowd doesn't create the file that it saves into.
  if (shared) new BetterSqlite3(file).exec("PRAGMA journal_mode = WAL").close();
  return Promise.resolve({
    dsn: shared ? `sqlite:${file}` : undefined,
    connect: async (config) => open(file, config),
    drop: async () => {
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

/** What the clients of synchronous drivers have in common once they are wrapped. */
export interface SyncClient {
  execute(text: string): unknown;
  rows(text: string): readonly object[];
  close(): unknown;
}

export function syncHandle(db: object, client: SyncClient): Handle {
  return {
    db,
    transaction: async () => Promise.reject(new Error("a synchronous driver commits before anything is awaited")),
    execute: async (text) => {
      client.execute(text);
      return Promise.resolve();
    },
    rows: async (text) => Promise.resolve(plainRows(client.rows(text))),
    close: async () => {
      client.close();
      return Promise.resolve();
    },
  };
}

/** The application's own side of a proxy: it has the database, here by better-sqlite3. */
export function betterSqlite(file: string): BetterSqlite3.Database {
  const client = new BetterSqlite3(file);
  client.pragma("foreign_keys = ON");
  return client;
}

/** The clients of phones and Durable Objects have no 64-bit integers. */
export function withoutBigints(parameters: readonly unknown[]): unknown[] {
  const bigint = parameters.find((parameter) => typeof parameter === "bigint");
  if (bigint !== undefined) throw new TypeError(`a bigint can't be bound: ${bigint}`);
  return [...parameters];
}

const libsql: DriverUnderTest = {
  name: "libsql",
  dialect: "sqlite",
  create: async () =>
    sqliteFile((file, config) => {
      const client = createClient({ url: `file:${file}` });
      const db = drizzleLibsql({ client, ...config });
      return {
        db,
        transaction: async (work) => db.transaction(work),
        execute: async (text) => client.executeMultiple(text),
        rows: async (text) => plainRows((await client.execute(text)).rows),
        close: async () => {
          client.close();
          return Promise.resolve();
        },
      };
    }),
};

const betterSqlite3: DriverUnderTest = {
  name: "better-sqlite3",
  dialect: "sqlite",
  synchronous: true,
  create: async () =>
    sqliteFile((file, config) => {
      const client = betterSqlite(file);
      return syncHandle(drizzleBetterSqlite3({ client, ...config }), {
        execute: (text) => client.exec(text),
        rows: (text) => client.prepare<[], object>(text).all(),
        close: () => client.close(),
      });
    }),
};

function rowOf(columns: readonly string[], cells: readonly unknown[]): object {
  return Object.fromEntries(cells.map((cell, i): [string, unknown] => [columns[i] ?? "", cell]));
}

/** Its databases are in memory: all handles share one. */
const sqlJs: DriverUnderTest = {
  name: "sql-js",
  dialect: "sqlite",
  unshared: true,
  synchronous: true,
  create: async () => {
    const { Database } = await initSqlJs();
    const client = new Database();
    client.exec("PRAGMA foreign_keys = ON");
    return {
      dsn: undefined,
      connect: async (config) =>
        Promise.resolve(
          syncHandle(drizzleSqlJs(client, config), {
            execute: (text) => client.exec(text),
            rows: (text) => {
              const [result] = client.exec(text);
              return (result?.values ?? []).map((row) => rowOf(result?.columns ?? [], row));
            },
            close: () => undefined,
          }),
        ),
      drop: async () => Promise.resolve(client.close()),
    };
  },
};

const ofLine = (await import(`./sqlite_drivers.${line === "1.0" ? "v1" : "v0"}.ts`)) as { drivers: readonly DriverUnderTest[] };

export const sqliteDrivers: readonly DriverUnderTest[] = [libsql, betterSqlite3, sqlJs, ...ofLine.drivers];
