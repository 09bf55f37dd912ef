import { asRows, type Family, ignoreErrorEvents, postgres, sqlite, type Unable } from "./family.js";

/** A driver of Drizzle's. */
export interface KnownDriver {
  /** Where drizzle() is imported from, below `drizzle-orm/`. */
  readonly entry: string;
  /** Drizzle's name for the class of its sessions. */
  readonly session: string;
  /** How it saves. */
  readonly saves: Family | Unable;
}

const withoutTransactions: Unable = { because: "it has no transactions" };

/** Every driver that this package knows to save through, and those that it knows it can't. */
export const known: readonly KnownDriver[] = [
  { entry: "pglite", session: "PgliteSession", saves: postgres("affectedRows") },
  { entry: "node-postgres", session: "NodePgSession", saves: { ...postgres("rowCount"), guard: ignoreErrorEvents } },
  { entry: "postgres-js", session: "PostgresJsSession", saves: { ...postgres("count"), rows: asRows } },
  { entry: "bun-sql", session: "BunSQLSession", saves: { ...postgres("count"), rows: asRows } },
  { entry: "cockroach", session: "NodeCockroachSession", saves: { ...postgres("rowCount"), guard: ignoreErrorEvents } },
  { entry: "neon-serverless", session: "NeonSession", saves: { ...postgres("rowCount"), guard: ignoreErrorEvents } },
  { entry: "vercel-postgres", session: "VercelPgSession", saves: { ...postgres("rowCount"), guard: ignoreErrorEvents } },
  { entry: "netlify-db", session: "NetlifyDbSession", saves: postgres("rowCount") },
  { entry: "aws-data-api/pg", session: "AwsDataApiSession", saves: postgres("numberOfRecordsUpdated") },
  { entry: "pg-proxy", session: "PgRemoteSession", saves: withoutTransactions },
  { entry: "xata-http", session: "XataHttpSession", saves: withoutTransactions },

  { entry: "libsql", session: "LibSQLSession", saves: sqlite("rowsAffected") },
  { entry: "better-sqlite3", session: "BetterSQLiteSession", saves: sqlite("changes") },
  { entry: "bun-sqlite", session: "SQLiteBunSession", saves: sqlite("changes") },
  { entry: "tursodatabase", session: "TursoDatabaseSession", saves: sqlite("changes") },
  // node-sqlite calls its sessions the same.
  { entry: "sql-js", session: "SQLJsSession", saves: sqlite() },
  { entry: "sqlite-proxy", session: "SQLiteRemoteSession", saves: sqlite() },
  { entry: "expo-sqlite", session: "ExpoSQLiteSession", saves: sqlite("changes") },
  { entry: "op-sqlite", session: "OPSQLiteSession", saves: sqlite("rowsAffected") },
  { entry: "durable-sqlite", session: "SQLiteDOSession", saves: { dialect: "sqlite", rows: asRows } },
];

/** How a session saves, by the names of its class and its parents; undefined for a driver that isn't known. */
export function familyOf(kinds: readonly string[]): Family | Unable | undefined {
  return kinds.flatMap((kind) => known.find(({ session }) => session === kind) ?? [])[0]?.saves;
}
