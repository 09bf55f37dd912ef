import { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { drizzle as drizzleNodePostgres } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { drizzle as drizzlePostgresJs } from "drizzle-orm/postgres-js";
import { Pool } from "pg";
import postgres from "postgres";
import { type DriverUnderTest, type DrizzleConfig, type Handle, plainRows, type TestDatabase } from "./driver.js";
import { PostgresServer } from "./postgres_server.js";

export const pgDrivers: readonly DriverUnderTest[] = [
  { name: "pglite", dialect: "postgresql", unshared: true, create: createPglite },
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

export interface PgDatabase {
  execute(query: unknown): PromiseLike<unknown>;
  transaction(work: (tx: object) => Promise<void>): Promise<void>;
}

export function pgHandle(db: PgDatabase, close: () => Promise<void>): Handle {
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
