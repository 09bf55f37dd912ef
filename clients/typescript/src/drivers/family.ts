import type { DialectName } from "../model/model.js";
import type { Row } from "./program.js";

/** What drivers of one kind differ in. Everything else is Drizzle's part. */
export interface Family {
  readonly dialect: DialectName;
  /** Whether results come without awaiting. Its transactions commit as soon as their callback returns, also if that is a promise. */
  readonly synchronous: boolean;
  /** The number of rows that a statement affected, from what Drizzle returns for it. */
  affected(result: unknown): number;
  /** The rows that a statement returned. */
  rows(result: unknown): readonly Row[];
  /** Prepares a transaction's own connection for being lost. Returns what ends that. */
  guard?(session: unknown): () => void;
}

/** Families by Drizzle's name for the class of their sessions. */
const families: Readonly<Record<string, Family>> = {
  PgliteSession: postgres("affectedRows"),
  NodePgSession: { ...postgres("rowCount"), guard: ignoreErrorEvents },
  PostgresJsSession: { ...postgres("count"), rows: asRows },
  LibSQLSession: sqlite("rowsAffected", false),
  BetterSQLiteSession: sqlite("changes", true),
};

/** The family of a session by the names of its class and its parents; undefined for a driver that isn't supported. */
export function familyOf(kinds: readonly string[]): Family | undefined {
  const known = kinds.find((kind) => Object.hasOwn(families, kind));
  return known === undefined ? undefined : families[known];
}

interface Emitter {
  on(event: "error", listener: () => void): unknown;
  off(event: "error", listener: () => void): unknown;
}

/**
 * A lost connection fails the query that is running, and is then told again as an `error` event. Nobody but the transaction knows this
 * connection, so that nobody listens, and Node would end the process.
 */
function ignoreErrorEvents(session: unknown): () => void {
  const client = field(session, "client");
  if (!isEmitter(client)) return () => undefined;
  client.on("error", ignore);
  return () => client.off("error", ignore);
}

function ignore(): void {}

function isEmitter(value: unknown): value is Emitter {
  return typeof field(value, "on") === "function" && typeof field(value, "off") === "function";
}

/** Any driver, as far as Drizzle's own queries go. */
export function readingFamily(synchronous: boolean): Family {
  return { dialect: synchronous ? "sqlite" : "postgresql", synchronous, affected: () => 0, rows: asRows };
}

function postgres(count: string): Family {
  return {
    dialect: "postgresql",
    synchronous: false,
    affected: (result) => numberIn(result, count),
    rows: (result) => asRows(field(result, "rows")),
  };
}

/** Drizzle returns rows for `all`, and the driver's own summary for `run`. */
function sqlite(count: string, synchronous: boolean): Family {
  return { dialect: "sqlite", synchronous, affected: (result) => numberIn(result, count), rows: asRows };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}

function numberIn(result: unknown, name: string): number {
  return Number(field(result, name) ?? 0);
}

/** What a query returned, if that is a list of objects. */
export function asRows(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter((row): row is Row => typeof row === "object" && row !== null) : [];
}
