import type { Value } from "../gen/uow/v1/value_pb.js";

/**
 * Turns the values that an application sees in one column into journal values and back, and compares them.
 *
 * The journal holds what the database stores: for a Drizzle column that maps values (SQLite's `timestamp` mode, custom types) that is the
 * driver's value, not the application's.
 */
export interface Codec {
  /** The journal's form. `null` becomes SQL NULL. Throws a `ValueError` that names the column for a value that its type can't hold. */
  toWire(value: unknown): Value;
  /** The application's form of a journal value, as Drizzle would return it from a query. */
  fromWire(value: Value): unknown;
  /** Whether two application values are the same in the database: dates by epoch, bytes by content, JSON by value. */
  equals(a: unknown, b: unknown): boolean;
  /** Whether values can change in place without a trap: dates, buffers. JSON and arrays are proxied instead. */
  readonly mutable: boolean;
  /** A copy that later changes in place don't reach. The value itself where it can't change. */
  snapshot(value: unknown): unknown;
}
