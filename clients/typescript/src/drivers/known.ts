import { asRows, type Family, field, ignoreErrorEvents, numberIn, postgres, sqlite, type Unable } from "./family.js";
import { nodeMssql } from "./mssql.js";
import { mysql2, serverlessMysql } from "./mysql.js";

/** A driver of Drizzle's. */
export interface KnownDriver {
  /** Where drizzle() is imported from, below `drizzle-orm/`. */
  readonly entry: string;
  /** Drizzle's name for the class of its sessions. */
  readonly session: string;
  /** How it saves. */
  readonly saves: Family | Unable;
  /** Why this session of it doesn't; undefined for one that does. */
  readonly unable?: (session: object) => Unable | undefined;
}

interface D1Database {
  prepare(text: string): { bind(...parameters: unknown[]): object };
  batch(statements: readonly object[]): Promise<{ readonly results: unknown; readonly meta: unknown }[]>;
}

/** Not Drizzle's own batch, which on 0.45 can't take statements with parameters. */
const d1: Family = {
  ...sqlite(),
  affected: (result) => numberIn(field(result, "meta"), "changes"),
  maxParameters: 100,
  textIntegers: true,
  batch: async (session, queries) => {
    const { client } = session as { readonly client: D1Database };
    const results = await client.batch(queries.map(({ sql, params }) => client.prepare(sql).bind(...params.map(d1Parameter))));
    return results.map(({ results: rows }) => rows);
  },
};

/** D1 takes bytes as a buffer of their own. */
function d1Parameter(value: unknown): unknown {
  return value instanceof Uint8Array ? Uint8Array.from(value).buffer : value;
}

interface NeonClient {
  (text: string, parameters: unknown[], options: object): object;
  readonly query?: NeonClient;
  transaction(queries: readonly object[], options: object): Promise<unknown[]>;
}

const neonHttp: Family = {
  ...postgres("rowCount"),
  batch: async (session, queries) => {
    const { client, options } = session as { readonly client: NeonClient; readonly options: { readonly authToken?: unknown } };
    const query = client.query ?? client;
    const authToken = options.authToken === undefined ? {} : { authToken: options.authToken };
    const manner = { fullResults: true, arrayMode: false, ...authToken };
    return client.transaction(
      queries.map(({ sql, params }) => query(sql, params, manner)),
      manner,
    );
  },
};

const neonServerless: Family = { ...postgres("rowCount"), guard: ignoreErrorEvents };

/** Vercel's `sql` is a function that stands for a pool. Drizzle 0.45 doesn't see that, and runs each statement of a transaction on any connection. */
function scattered(session: object): Unable | undefined {
  if (typeof field(session, "client") !== "function" || "relations" in session) return undefined;
  return {
    because: "drizzle-orm 0.45 gives transactions over its `sql` no connection of their own. Use drizzle({ client: createPool() })",
  };
}

const withoutTransactions: Unable = { because: "it has no transactions" };

/** Every driver that this package knows to save through, and those that it knows it can't. */
export const known: readonly KnownDriver[] = [
  { entry: "pglite", session: "PgliteSession", saves: postgres("affectedRows") },
  { entry: "node-postgres", session: "NodePgSession", saves: { ...postgres("rowCount"), guard: ignoreErrorEvents } },
  { entry: "cockroach", session: "NodeCockroachSession", saves: { ...postgres("rowCount"), guard: ignoreErrorEvents } },
  { entry: "postgres-js", session: "PostgresJsSession", saves: { ...postgres("count"), rows: asRows } },
  { entry: "bun-sql", session: "BunSQLSession", saves: { ...postgres("count"), rows: asRows } },
  { entry: "neon-serverless", session: "NeonSession", saves: neonServerless },
  { entry: "vercel-postgres", session: "VercelPgSession", saves: neonServerless, unable: scattered },
  { entry: "netlify-db", session: "NetlifyDbSession", saves: neonServerless },
  // Within a transaction.
  { entry: "netlify-db", session: "NetlifyDbWsSession", saves: neonServerless },
  { entry: "aws-data-api/pg", session: "AwsDataApiSession", saves: postgres("numberOfRecordsUpdated") },
  { entry: "neon-http", session: "NeonHttpSession", saves: neonHttp },
  { entry: "pg-proxy", session: "PgRemoteSession", saves: withoutTransactions },
  { entry: "xata-http", session: "XataHttpSession", saves: withoutTransactions },

  { entry: "mysql2", session: "MySql2Session", saves: mysql2 },
  { entry: "singlestore", session: "SingleStoreDriverSession", saves: mysql2 },
  { entry: "planetscale-serverless", session: "PlanetscaleSession", saves: serverlessMysql("insertId") },
  { entry: "tidb-serverless", session: "TiDBServerlessSession", saves: serverlessMysql("lastInsertId") },
  { entry: "mysql-proxy", session: "MySqlRemoteSession", saves: withoutTransactions },
  { entry: "singlestore-proxy", session: "SingleStoreRemoteSession", saves: withoutTransactions },

  { entry: "libsql", session: "LibSQLSession", saves: sqlite("rowsAffected") },
  { entry: "better-sqlite3", session: "BetterSQLiteSession", saves: sqlite("changes") },
  { entry: "bun-sqlite", session: "SQLiteBunSession", saves: sqlite("changes") },
  { entry: "tursodatabase", session: "TursoDatabaseSession", saves: sqlite("changes") },
  // node-sqlite calls its sessions the same.
  { entry: "sql-js", session: "SQLJsSession", saves: sqlite() },
  // The other side of a proxy is mostly reached by JSON, which has no bigints.
  { entry: "sqlite-proxy", session: "SQLiteRemoteSession", saves: { ...sqlite(), textIntegers: true } },
  { entry: "d1", session: "SQLiteD1Session", saves: d1 },
  { entry: "expo-sqlite", session: "ExpoSQLiteSession", saves: { ...sqlite("changes"), textIntegers: true } },
  { entry: "op-sqlite", session: "OPSQLiteSession", saves: { ...sqlite("rowsAffected"), textIntegers: true } },
  { entry: "durable-sqlite", session: "SQLiteDOSession", saves: { dialect: "sqlite", rows: asRows, textIntegers: true } },

  { entry: "node-mssql", session: "NodeMsSqlSession", saves: nodeMssql },
];

/** How a session saves, which has its class and its parents of these names; undefined for a driver that isn't known. */
export function familyOf(session: object, kinds: readonly string[]): Family | Unable | undefined {
  const [driver] = kinds.flatMap((kind) => known.find((each) => each.session === kind) ?? []);
  return driver?.unable?.(session) ?? driver?.saves;
}
