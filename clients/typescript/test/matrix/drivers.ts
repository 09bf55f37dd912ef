import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { createClient } from "@libsql/client";
import BetterSqlite3 from "better-sqlite3";
import { drizzle as drizzleBetterSqlite3 } from "drizzle-orm/better-sqlite3";
import { drizzle as drizzleLibsql } from "drizzle-orm/libsql";
import { drizzle as drizzleNodePostgres } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { drizzle as drizzlePostgresJs } from "drizzle-orm/postgres-js";
import { sql } from "drizzle-orm";
import { Pool } from "pg";
import postgres from "postgres";
import type { DialectName } from "../../src/model/model.js";
import { PostgresServer } from "./postgres_server.js";

export const line = process.env["DRIZZLE_LINE"] === "1.0" ? "1.0" : "0.45";

/** What Drizzle is given beside the client: `{ schema }` on 0.45, `{ relations }` on 1.0. */
export type DrizzleConfig = Readonly<Record<string, unknown>>;

/** A Drizzle handle, as far as tests use it without knowing the driver. */
export interface Handle {
  readonly db: object;
  /** Runs SQL text without parameters, one statement or several. */
  execute(text: string): Promise<void>;
  /** The rows of a query, each by column name. */
  rows(text: string): Promise<Record<string, unknown>[]>;
  /** A transaction of the user's. Rejects on synchronous drivers. */
  transaction(work: (tx: object) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** An empty database and ways into it. */
export interface TestDatabase {
  /** How uowd names it as a target; undefined where no other process can get in. */
  readonly dsn: string | undefined;
  /** A further connection, or pool of them. PGlite has only one, which all handles share. */
  connect(config?: DrizzleConfig): Promise<Handle>;
  drop(): Promise<void>;
}

export interface DriverUnderTest {
  readonly name: "pglite" | "node-postgres" | "postgres-js" | "libsql" | "better-sqlite3";
  readonly dialect: DialectName;
  readonly create: () => Promise<TestDatabase>;
}

/** The five drivers. Tests that use them call `stopServers` at their end. */
export const drivers: readonly DriverUnderTest[] = [
  { name: "pglite", dialect: "postgresql", create: createPglite },
  {
    name: "node-postgres",
    dialect: "postgresql",
    create: async () =>
      createPostgres((url, config) => {
        const client = new Pool({ connectionString: url, max: 4 });
        client.on("error", () => undefined);
        return pgHandle(drizzleNodePostgres({ client, ...config }), async () => client.end());
      }),
  },
  {
    name: "postgres-js",
    dialect: "postgresql",
    create: async () =>
      createPostgres((url, config) => {
        const client = postgres(url, { max: 4, onnotice: () => undefined });
        return pgHandle(drizzlePostgresJs({ client, ...config }), async () => client.end());
      }),
  },
  {
    name: "libsql",
    dialect: "sqlite",
    create: async () =>
      createSqlite((file, config) => {
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
  },
  {
    name: "better-sqlite3",
    dialect: "sqlite",
    create: async () =>
      createSqlite((file, config) => {
        const client = new BetterSqlite3(file);
        client.pragma("foreign_keys = ON");
        return {
          db: drizzleBetterSqlite3({ client, ...config }),
          transaction: async () => Promise.reject(new Error("a synchronous driver commits before anything is awaited")),
          execute: async (text) => {
            client.exec(text);
            return Promise.resolve();
          },
          rows: async (text) => Promise.resolve(client.prepare<[], Record<string, unknown>>(text).all()),
          close: async () => {
            client.close();
            return Promise.resolve();
          },
        };
      }),
  },
];

let server: Promise<PostgresServer> | undefined;

/** The PostgreSQL of this test file. */
export async function postgresServer(): Promise<PostgresServer> {
  server ??= PostgresServer.start();
  return server;
}

export async function stopServers(): Promise<void> {
  await (await server)?.stop();
  server = undefined;
  await (await sharedPglite)?.close();
  sharedPglite = undefined;
}

interface PgDatabase {
  execute(query: unknown): PromiseLike<unknown>;
  transaction(work: (tx: object) => Promise<void>): Promise<void>;
}

/** Drivers have row classes of their own. */
function plainRows(rows: readonly object[]): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row)));
}

function pgHandle(db: PgDatabase, close: () => Promise<void>): Handle {
  const run = async (text: string) => db.execute(sql.raw(text));
  return {
    db,
    transaction: async (work) => db.transaction(work),
    execute: async (text) => {
      await run(text);
    },
    rows: async (text) => {
      const result: unknown = await run(text);
      const rows: unknown = Array.isArray(result) ? result : Reflect.get(Object(result), "rows");
      return Array.isArray(rows) ? plainRows(rows) : [];
    },
    close,
  };
}

let sharedPglite: Promise<PGlite> | undefined;

/** Starting one takes seconds: all databases of a test file are one, emptied. */
async function createPglite(): Promise<TestDatabase> {
  sharedPglite ??= PGlite.create();
  const client = await sharedPglite;
  return {
    dsn: undefined,
    connect: async (config) => {
      const handle = pgHandle(drizzlePglite({ client, ...config }), async () => Promise.resolve());
      return Promise.resolve({
        ...handle,
        execute: async (text) => {
          await client.exec(text);
        },
      });
    },
    drop: async () => {
      await client.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    },
  };
}

async function createPostgres(connect: (url: string, config: DrizzleConfig | undefined) => Handle): Promise<TestDatabase> {
  const url = await (await postgresServer()).createDatabase();
  return { dsn: url, connect: async (config) => Promise.resolve(connect(url, config)), drop: async () => Promise.resolve() };
}

async function createSqlite(connect: (file: string, config: DrizzleConfig | undefined) => Handle): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), "uow-ts-sqlite-"));
  const file = join(directory, "test.db");
  // uowd doesn't create the file that it saves into.
  new BetterSqlite3(file).exec("PRAGMA journal_mode = WAL").close();
  return Promise.resolve({
    dsn: `sqlite:${file}`,
    connect: async (config) => Promise.resolve(connect(file, config)),
    drop: async () => {
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}
