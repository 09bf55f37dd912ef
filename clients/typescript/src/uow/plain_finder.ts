import { type Column, type SQL, sql } from "drizzle-orm";
import type { SchemaEntry } from "../drizzle/handle.js";
import { trackQuery } from "../drizzle/shape.js";
import type { FindConfig } from "../types/tables.js";
import type { Results } from "./results.js";

/** What this needs of every Drizzle handle's `select`. */
interface Select extends PromiseLike<unknown[]> {
  from(table: unknown): Select;
  where(condition: SQL): Select;
  orderBy(...columns: (SQL | Column)[]): Select;
  /** Not MS SQL Server. */
  limit?(rows: number): Select;
  offset(rows: number): Select;
  /** MS SQL Server only, behind an offset. */
  fetch?(rows: number): Select;
}

/** MS SQL Server has no LIMIT: a part of the rows is what follows an offset, and wants an order. */
function part(query: Select, { orderBy, limit, offset }: FindConfig): Select {
  if (query.limit !== undefined) {
    const limited = limit === undefined ? query : query.limit(limit);
    return offset === undefined ? limited : limited.offset(offset);
  }
  if (limit === undefined && offset === undefined) return query;
  const ordered = orderBy === undefined ? query.orderBy(sql`(select null)`) : query;
  const rest = ordered.offset(offset ?? 0);
  return limit === undefined || rest.fetch === undefined ? rest : rest.fetch(limit);
}

/** Finders for a table that Drizzle's relational schema doesn't have. */
export function plainFinder(db: object, entry: SchemaEntry, results: Results) {
  const find = async (config: FindConfig = {}): Promise<unknown[]> => {
    const { shape } = trackQuery(results, entry, undefined);
    const began = results.begin();
    const { where, orderBy } = config;
    let query = (db as { select(): Select }).select().from(entry.table);
    if (where !== undefined) query = query.where(where);
    if (orderBy !== undefined) query = query.orderBy(...(Array.isArray(orderBy) ? (orderBy as SQL[]) : [orderBy as SQL]));
    query = part(query, config);
    return (await results.trackLater(await query, shape, began)) as unknown[];
  };
  return {
    findMany: find,
    findFirst: async (config?: FindConfig) => (await find({ ...config, limit: 1 }))[0],
  };
}
