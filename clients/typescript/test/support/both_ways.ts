import { deepStrictEqual } from "node:assert";
import { expect, test } from "vitest";
import { stateOf } from "../../src/tracking/state_of.js";

/** A query as a test writes it, on `db` or on the unit of work. */
export type Query<Q> = (q: Q) => PromiseLike<unknown>;

export interface BothWays<Q> {
  readonly name: string;
  readonly query: Query<Q>;
  /** Some row stands inside of itself: its objects form a circle, and only JSON compares. */
  readonly circular?: boolean;
}

/** Runs queries on plain Drizzle and on a new unit of work each: results may differ in nothing but being tracked. */
export function bothWays<Q>(queries: readonly BothWays<Q>[], plain: () => Q, tracked: () => Q): void {
  test.each(queries)("$name", async ({ query, circular = false }) => {
    const expected = await query(plain());
    const actual = await query(tracked());
    expect(json(actual)).toBe(json(expected));
    if (circular) return;
    deepStrictEqual(actual, expected);
    expect(actual).toStrictEqual(expected);
    deepStrictEqual(shapeOf(actual), shapeOf(expected));
  });
}

/** JSON has no bigints of its own. */
function json(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}

/** The keys of all objects, in order. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Uint8Array) return typeof value;
  return Object.entries(value).map(([key, part]) => [key, shapeOf(part)]);
}

/** How many rows of a result, nested ones included, are tracked. */
export function countTracked(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, element) => sum + countTracked(element), 0);
  if (typeof value !== "object" || value === null) return 0;
  const own = stateOf(value) === undefined ? 0 : 1;
  return own + Object.values(value).reduce<number>((sum, part) => sum + countTracked(part), 0);
}
