import type { DialectName } from "../model/model.js";
import type { Row } from "./program.js";

/** What drivers of one kind differ in. Everything else is Drizzle's part. */
export interface Family {
  readonly dialect: DialectName;
  /**
   * The number of rows that a statement affected, from what Drizzle returns for it. Absent where it returns nothing of use: SQLite is then
   * asked for changes().
   */
  readonly affected?: (result: unknown) => number;
  /** MySQL: the first key that an insert has generated; undefined where it generated none. */
  readonly insertId?: (result: unknown) => bigint | undefined;
  /** MySQL: whether rows that an update finds count as affected, and not only those that it changes. */
  readonly countsFoundRows?: (session: unknown) => boolean;
  /** The rows that a statement returned. */
  readonly rows: (result: unknown) => readonly Row[];
  /**
   * For drivers that have no transactions, but batches that the database applies as a whole, or not at all. Resolves with what `affected` and
   * `rows` read, in order.
   */
  readonly batch?: (session: unknown, queries: readonly Query[]) => Promise<readonly unknown[]>;
  /** The most parameters of a statement, where the database takes fewer than its dialect. */
  readonly maxParameters?: number;
  /** Whether parameters can't be bigints: they are sent as text then, and cast. SQLite only. */
  readonly textIntegers?: boolean;
  /** What a transaction is begun with. */
  readonly begin?: object;
  /** Prepares a transaction's own connection for being lost. Returns what ends that. */
  readonly guard?: (session: unknown) => () => void;
}

/** A statement as drivers take it. */
export interface Query {
  readonly sql: string;
  readonly params: unknown[];
}

/** Why a driver that is known can't save. */
export interface Unable {
  /** Completes "saving through … is not supported: ". */
  readonly because: string;
}

/** Any driver, as far as Drizzle's own queries go. */
export function readingFamily(): Family {
  return { dialect: "postgresql", affected: () => 0, rows: asRows };
}

/** Drizzle returns the driver's own result, which has rows and, in the field of this name, the number of those that were affected. */
export function postgres(count: string): Family {
  return { dialect: "postgresql", affected: (result) => numberIn(result, count), rows: (result) => asRows(field(result, "rows")) };
}

/**
 * Drizzle returns rows for `all`, and the driver's own summary for `run`; `count` is the field of that summary with the number of affected
 * rows.
 */
export function sqlite(count?: string): Family {
  return {
    dialect: "sqlite",
    // Without it, a transaction that begins by reading may find that it can't write any more.
    begin: { behavior: "immediate" },
    rows: asRows,
    ...(count === undefined ? {} : { affected: (result) => numberIn(result, count) }),
  };
}

interface Emitter {
  on(event: "error", listener: () => void): unknown;
  off(event: "error", listener: () => void): unknown;
}

/**
 * A lost connection fails the query that is running, and is then told again as an `error` event. Nobody but the transaction knows this
 * connection, so that nobody listens, and Node would end the process.
 */
export function ignoreErrorEvents(session: unknown): () => void {
  const client = field(session, "client");
  if (!isEmitter(client)) return () => undefined;
  client.on("error", ignore);
  return () => client.off("error", ignore);
}

function ignore(): void {}

function isEmitter(value: unknown): value is Emitter {
  return typeof field(value, "on") === "function" && typeof field(value, "off") === "function";
}

export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}

export function numberIn(result: unknown, name: string): number {
  return Number(field(result, name) ?? 0);
}

/** What a query returned, if that is a list of rows. Proxies may return them as lists of values, whose columns are c1, c2 and so on. */
export function asRows(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((row: unknown): Row[] => {
    if (Array.isArray(row)) return [Object.fromEntries(row.map((cell: unknown, i) => [`c${i + 1}`, cell]))];
    return typeof row === "object" && row !== null ? [row as Row] : [];
  });
}
