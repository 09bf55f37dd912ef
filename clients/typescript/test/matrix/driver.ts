import type { DialectName } from "../../src/model/model.js";

export const line = process.env["DRIZZLE_LINE"] === "1.0" ? "1.0" : "0.45";

/** What Drizzle is given beside the client: `{ schema }` on 0.45, `{ relations }` on 1.0. */
export type DrizzleConfig = Readonly<Record<string, unknown>>;

/** A Drizzle handle, as far as tests use it without knowing the driver. */
export interface Handle {
  readonly db: object;
  /** Runs SQL text without parameters, one statement or several. */
  execute(text: string): Promise<unknown>;
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
  /** Where drizzle() is imported from, below `drizzle-orm/`. */
  readonly name: string;
  readonly dialect: Exclude<DialectName, "mssql">;
  /** Its results come without awaiting, so that no transaction of the user's can be saved in. */
  readonly synchronous?: boolean;
  /** It has no transactions, but atomic batches. */
  readonly batches?: boolean;
  /** Its tables are those of singlestore-core. On 0.45 it has no relational queries. */
  readonly singlestore?: boolean;
  /** Its tables are those of cockroach-core. */
  readonly cockroach?: boolean;
  /** Drizzle nests rows by LATERAL for it, on either line; MariaDB has none. */
  readonly lateral?: boolean;
  /** Drizzle can't send bigints through it. */
  readonly withoutBigints?: boolean;
  /** No other process can get into its databases. */
  readonly unshared?: boolean;
  readonly create: () => Promise<TestDatabase>;
}

/** Drivers have row classes of their own. */
export function plainRows(rows: readonly object[]): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row)));
}
