import { DatabaseSync } from "node:sqlite";
import { Database as TursoDatabase } from "@tursodatabase/database";
import { betterSQLite3Codecs } from "drizzle-orm/better-sqlite3/codecs";
import { drizzle as drizzleNodeSqlite } from "drizzle-orm/node-sqlite";
import { drizzle as drizzleOpSqlite } from "drizzle-orm/op-sqlite";
import { drizzle as drizzleSqliteProxy } from "drizzle-orm/sqlite-proxy";
import { drizzle as drizzleTurso } from "drizzle-orm/tursodatabase/database";
import { type DriverUnderTest, plainRows } from "./driver.js";
import { betterSqlite, sqliteFile, syncHandle, withoutBigints } from "./sqlite_drivers.js";

/** Drizzle 1.0 has a function for each way to run a query, and has to be told how the other side's driver takes values. */
const sqliteProxy: DriverUnderTest = {
  name: "sqlite-proxy",
  dialect: "sqlite",
  create: async () =>
    sqliteFile((file, config) => {
      const client = betterSqlite(file);
      const prepare = (text: string, rowMode: string | undefined) => {
        const statement = client.prepare<unknown[], never>(text);
        return statement.reader && rowMode === "array" ? statement.raw(true) : statement;
      };
      const db = drizzleSqliteProxy(
        {
          all: async (text, parameters, rowMode) => Promise.resolve(prepare(text, rowMode).all(...parameters)),
          get: async (text, parameters, rowMode) => Promise.resolve(prepare(text, rowMode).get(...parameters)),
          run: async (text, parameters) => Promise.resolve(client.prepare(text).run(...parameters)),
        },
        { ...config, codecs: betterSQLite3Codecs },
      );
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

const nodeSqlite: DriverUnderTest = {
  name: "node-sqlite",
  dialect: "sqlite",
  synchronous: true,
  create: async () =>
    sqliteFile((file, config) => {
      const client = new DatabaseSync(file);
      return syncHandle(drizzleNodeSqlite({ client, ...config }), {
        execute: (text) => client.exec(text),
        rows: (text) => client.prepare(text).all(),
        close: () => client.close(),
      });
    }),
};

/** It is a database of its own: no other process may have its file open. */
const tursoDatabase: DriverUnderTest = {
  name: "tursodatabase",
  dialect: "sqlite",
  unshared: true,
  create: async () =>
    sqliteFile(
      async (file, config) => {
        const client = new TursoDatabase(file, { experimental: ["generated_columns"] });
        await client.connect();
        await client.exec("PRAGMA foreign_keys = ON");
        const db = drizzleTurso({ client, ...config });
        return {
          db,
          transaction: async (work) => db.transaction(work),
          execute: async (text) => client.exec(text),
          rows: async (text) => plainRows((await client.all(text)) as object[]),
          close: async () => client.close(),
        };
      },
      { shared: false },
    ),
};

/** It runs on phones only: a stand-in for its client, which has no 64-bit integers, gives bytes as buffers of their own, and may be awaited. */
const opSqlite: DriverUnderTest = {
  name: "op-sqlite",
  dialect: "sqlite",
  create: async () =>
    sqliteFile((file, config) => {
      const client = betterSqlite(file);
      const run = (text: string, parameters: readonly unknown[], raw: boolean) => {
        const statement = client.prepare<unknown[], never>(text);
        const bound = withoutBigints(parameters);
        if (!statement.reader) return { rows: [], rawRows: [], rowsAffected: statement.run(...bound).changes };
        const rows = statement.raw(raw).all(...bound) as object[];
        for (const row of rows) giveBuffers(row);
        return { rows, rawRows: rows, rowsAffected: 0 };
      };
      const db = drizzleOpSqlite(
        {
          execute: async (text: string, parameters: unknown[] = []) => Promise.resolve(run(text, parameters, false)),
          executeRaw: async (text: string, parameters: unknown[] = []) => Promise.resolve(run(text, parameters, true)),
        },
        config,
      );
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

function giveBuffers(row: object): void {
  for (const [key, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) Reflect.set(row, key, Uint8Array.from(value).buffer);
  }
}

export const drivers: readonly DriverUnderTest[] = [sqliteProxy, nodeSqlite, tursoDatabase, opSqlite];
