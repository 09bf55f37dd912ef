import type { Column, SQL } from "drizzle-orm";
import type { SchemaEntry } from "../drizzle/handle.js";
import { trackQuery } from "../drizzle/shape.js";
import type { FindConfig } from "../types/tables.js";
import type { Results } from "./results.js";

/** What this needs of every Drizzle handle's `select`. */
interface Select extends PromiseLike<unknown[]> {
  from(table: unknown): Select;
  where(condition: SQL): Select;
  orderBy(...columns: (SQL | Column)[]): Select;
  limit(rows: number): Select;
  offset(rows: number): Select;
}

/** Finders for a table that Drizzle's relational schema doesn't have. */
export function plainFinder(db: object, entry: SchemaEntry, results: Results) {
  const find = async (config: FindConfig = {}): Promise<unknown[]> => {
    const { shape } = trackQuery(results, entry, undefined);
    const began = results.begin();
    const { where, orderBy, limit, offset } = config;
    let query = (db as { select(): Select }).select().from(entry.table);
    if (where !== undefined) query = query.where(where);
    if (orderBy !== undefined) query = query.orderBy(...(Array.isArray(orderBy) ? (orderBy as SQL[]) : [orderBy as SQL]));
    if (limit !== undefined) query = query.limit(limit);
    if (offset !== undefined) query = query.offset(offset);
    return (await results.trackLater(await query, shape, began)) as unknown[];
  };
  return {
    findMany: find,
    findFirst: async (config?: FindConfig) => (await find({ ...config, limit: 1 }))[0],
  };
}
