import type BetterSqlite3 from "better-sqlite3";
import { drizzle as drizzleDurable } from "drizzle-orm/durable-sqlite/driver";
import { drizzle as drizzleExpo } from "drizzle-orm/expo-sqlite/driver";
import type { DriverUnderTest, Handle } from "./driver.js";
import { betterSqlite, sqliteFile, syncHandle, withoutBigints } from "./sqlite_drivers.js";

// Drivers that run nowhere but on a phone or in a Durable Object: Drizzle's own part of them, over a stand-in for the client that has SQLite
// behind it and takes the same parameters.

type Statement = BetterSqlite3.Statement<unknown[], never>;

function rowsOf(statement: Statement, parameters: readonly unknown[], raw: boolean): unknown[] {
  if (statement.reader) return statement.raw(raw).all(...parameters);
  statement.run(...parameters);
  return [];
}

function durableStorage(client: BetterSqlite3.Database): object {
  return {
    sql: {
      exec: (text: string, ...parameters: unknown[]) => {
        const statement = client.prepare<unknown[], never>(text);
        const bound = withoutBigints(parameters);
        let rows: unknown[] | undefined;
        // A cursor: the statement has run once it is there.
        if (!statement.reader || !statement.readonly) rows = rowsOf(statement, bound, false);
        const read = (raw: boolean) => rows ?? rowsOf(statement, bound, raw);
        return { toArray: () => read(false), next: () => ({ value: read(false)[0] }), raw: () => ({ toArray: () => read(true) }) };
      },
    },
    transactionSync: (work: () => unknown) => client.transaction(work)(),
  };
}

function expoDatabase(client: BetterSqlite3.Database): object {
  return {
    prepareSync: (text: string) => {
      const statement = client.prepare<unknown[], never>(text);
      const execute = (parameters: unknown[], raw: boolean) => {
        const bound = withoutBigints(parameters);
        if (!statement.reader) return statement.run(...bound);
        const rows = rowsOf(statement, bound, raw);
        return { getAllSync: () => rows, getFirstSync: () => rows[0] };
      };
      return {
        executeSync: (parameters: unknown[]) => execute(parameters, false),
        executeForRawResultSync: (parameters: unknown[]) => execute(parameters, true),
        finalizeSync: () => undefined,
      };
    },
  };
}

function handleOf(client: BetterSqlite3.Database, db: object): Handle {
  return syncHandle(db, {
    execute: (text) => client.exec(text),
    rows: (text) => client.prepare<[], object>(text).all(),
    close: () => client.close(),
  });
}

export const standIns: readonly DriverUnderTest[] = [
  {
    name: "durable-sqlite",
    dialect: "sqlite",
    synchronous: true,
    create: async () =>
      sqliteFile((file, config) => {
        const client = betterSqlite(file);
        return handleOf(client, drizzleDurable(durableStorage(client) as never, config));
      }),
  },
  {
    name: "expo-sqlite",
    dialect: "sqlite",
    synchronous: true,
    create: async () =>
      sqliteFile((file, config) => {
        const client = betterSqlite(file);
        return handleOf(client, drizzleExpo(expoDatabase(client) as never, config));
      }),
  },
];
