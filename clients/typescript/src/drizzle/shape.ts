import type { ColumnModel } from "../model/model.js";
import type { TrackedTable } from "../tracking/entity_state.js";
import type { ResultShape } from "../tracking/loader.js";
import type { SchemaEntry } from "./handle.js";

/** What a finder is called with, as far as the shape of its result depends on it. */
interface QueryConfig {
  readonly columns?: Readonly<Record<string, unknown>> | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
  readonly extras?: unknown;
}

/** A query as it is sent, and what its result means. */
export interface TrackedQuery {
  /** The configuration with the columns added that tracking needs. The given one where nothing is missing. */
  readonly config: unknown;
  readonly shape: ResultShape;
}

export interface QuerySchema {
  readonly entries: ReadonlyMap<string, SchemaEntry>;
  tableOf(entry: SchemaEntry): TrackedTable | undefined;
}

/** Reads the configuration of a finder: which rows its result has, and which columns have to be read in addition. */
export function trackQuery(schema: QuerySchema, entry: SchemaEntry, given: unknown): TrackedQuery {
  const table = schema.tableOf(entry);
  if (typeof given !== "object" || given === null) return { config: given, shape: { table, hidden: [], relations: [] } };
  const config = given as QueryConfig;
  const hidden = table === undefined ? [] : missingKeys(table, config);
  const relations: { property: string; shape: ResultShape }[] = [];
  const nested: Record<string, unknown> = {};
  for (const [property, inner] of Object.entries(config.with ?? {})) {
    const target = schema.entries.get(entry.relations.get(property)?.target ?? "");
    if (inner === undefined || inner === false || target === undefined) continue;
    const tracked = trackQuery(schema, target, inner);
    relations.push({ property, shape: tracked.shape });
    if (tracked.config !== inner) nested[property] = tracked.config;
  }
  const changed = hidden.length > 0 || Object.keys(nested).length > 0;
  const columns = hidden.length > 0 ? withKeys(config.columns ?? {}, hidden) : config.columns;
  return {
    config: changed ? { ...config, columns, with: { ...config.with, ...nested } } : config,
    shape: { table, hidden, relations },
  };
}

/** Whether some columns are named to be read; otherwise those named are left out. */
function includes(columns: Readonly<Record<string, unknown>>): boolean {
  const named = Object.values(columns).filter((value) => value !== undefined);
  return named.length === 0 || named.some(Boolean);
}

/** Of the key and the version, what the query wouldn't read. */
function missingKeys(table: TrackedTable, config: QueryConfig): readonly ColumnModel[] {
  const { columns } = config;
  if (columns === undefined) return [];
  // Where nothing at all is selected, Drizzle says so.
  const selectsNothing = Object.values(columns).every((value) => value === undefined || value === false) && includes(columns);
  if (selectsNothing && config.extras === undefined && config.with === undefined) return [];
  const needed = table.version === undefined ? table.model.key : [...table.model.key, table.version];
  return needed.filter(({ property }) => (includes(columns) ? columns[property] !== true : columns[property] === false));
}

/** undefined where every column is read then. */
function withKeys(columns: Readonly<Record<string, unknown>>, keys: readonly ColumnModel[]): Record<string, unknown> | undefined {
  const result: Record<string, unknown> = { ...columns };
  if (includes(columns)) {
    for (const key of keys) result[key.property] = true;
    return result;
  }
  for (const key of keys) Reflect.deleteProperty(result, key.property);
  return Object.values(result).includes(false) ? result : undefined;
}
