import { isTable, type Table } from "drizzle-orm";
import type { DialectName } from "../model/model.js";
import { UowError } from "../errors.js";
import { hasKind, kindsOf } from "./kind.js";

/** A relation as results show it. */
export interface RelationShape {
  /** Drizzle's name of the table or view that it leads to. */
  readonly target: string;
}

/** One entry of a relational schema: a table, or in Drizzle 1.0 also a view. */
export interface SchemaEntry {
  readonly name: string;
  /** undefined for views and subqueries, whose rows aren't tracked. */
  readonly table: Table | undefined;
  readonly relations: ReadonlyMap<string, RelationShape>;
}

/** What the library knows of the `db` or `tx` that the user gave. */
export interface Handle {
  readonly dialect: DialectName;
  /** Whether queries have results without awaiting. */
  readonly synchronous: boolean;
  /** Whether it is a transaction of the user's. */
  readonly transaction: boolean;
  /** The handle itself; of replicas, the primary. Queries go to what the user gave, saves to this. */
  readonly db: object;
  /** The same object for all handles and transactions of one relational schema. */
  readonly key: object;
  /** The relational schema by Drizzle's names. Empty if the user gave none to Drizzle. */
  readonly entries: ReadonlyMap<string, SchemaEntry>;
}

interface RawHandle {
  readonly _?: { readonly schema?: object; readonly fullSchema?: object; readonly relations?: object };
  readonly $primary?: object;
  readonly resultKind?: unknown;
}

const databases: readonly (readonly [kind: string, dialect: DialectName])[] = [
  ["PgDatabase", "postgresql"],
  ["BasePgAsyncDatabase", "postgresql"],
  ["CockroachDatabase", "postgresql"],
  ["MySqlDatabase", "mysql"],
  ["SingleStoreDatabase", "mysql"],
  ["BaseSQLiteDatabase", "sqlite"],
  ["SQLiteAsyncDatabase", "sqlite"],
  ["MsSqlDatabase", "mssql"],
];

const noGel =
  "createUow got a GelDatabase: the table uow_saves can't be created over Gel's SQL, so that a save whose COMMIT got no answer could not be " +
  "settled, and Gel's client doesn't say how many rows a statement has affected, so that what others changed would go unnoticed";

/** Reads a handle of any supported driver and either line of Drizzle. Throws for what isn't one. */
export function readHandle(given: object): Handle {
  const db = (given as RawHandle).$primary ?? given;
  const kinds = kindsOf(db);
  const dialect = databases.find(([kind]) => kinds.includes(kind))?.[1];
  if (dialect === undefined) {
    if (kinds.includes("GelDatabase")) throw new UowError("NOT_SUPPORTED", noGel);
    const seen = kinds.length > 0 ? `a ${kinds[0]}` : "something else";
    throw new UowError(
      "NOT_SUPPORTED",
      `createUow takes the db or tx of drizzle() for PostgreSQL, MySQL, SQLite or MS SQL Server, and got ${seen}; other databases are not supported yet`,
    );
  }
  return {
    dialect,
    synchronous: (db as RawHandle).resultKind === "sync",
    transaction: kinds.some((kind) => kind.endsWith("Transaction")),
    db,
    key: (db as RawHandle)._?.relations ?? (db as RawHandle)._?.schema ?? db,
    entries: readEntries(db),
  };
}

function readEntries(db: RawHandle): ReadonlyMap<string, SchemaEntry> {
  const entries = new Map<string, SchemaEntry>();
  // Drizzle 0.45 knows no relational queries for SingleStore: its tables come by createUow's own schema.
  if (hasKind(db, "SingleStoreDatabase") && db._?.relations === undefined) return entries;
  const relations = Object.entries(db._?.relations ?? {}) as [string, RawEntryV2][];
  for (const [name, entry] of relations) entries.set(name, readEntryV2(name, entry));
  const full = (db._?.fullSchema ?? {}) as Record<string, unknown>;
  const schema = Object.entries(db._?.schema ?? {}) as [string, RawEntryV1][];
  const names = new Map(schema.map(([name]) => [full[name], name]));
  for (const [name, entry] of schema) entries.set(name, readEntryV1(name, entry, full[name], names));
  return entries;
}

/** Drizzle 0.45: `relations()`. */
interface RawEntryV1 {
  readonly relations: Record<string, { readonly referencedTable: unknown }>;
}

function readEntryV1(name: string, entry: RawEntryV1, table: unknown, names: ReadonlyMap<unknown, string>): SchemaEntry {
  const relations = new Map<string, RelationShape>();
  for (const [key, relation] of Object.entries(entry.relations)) {
    const target = names.get(relation.referencedTable);
    if (target !== undefined) relations.set(key, { target });
  }
  return { name, table: asTable(table), relations };
}

/** Drizzle 1.0: `defineRelations()`. */
interface RawEntryV2 {
  readonly table: unknown;
  readonly relations: Record<string, { readonly targetTableName?: string }>;
}

function readEntryV2(name: string, entry: RawEntryV2): SchemaEntry {
  const relations = new Map<string, RelationShape>();
  for (const [key, relation] of Object.entries(entry.relations)) {
    if (relation.targetTableName !== undefined) relations.set(key, { target: relation.targetTableName });
  }
  return { name, table: asTable(entry.table), relations };
}

/** A table; not a view or a subquery, which Drizzle 1.0 allows in relations as well. */
export function asTable(value: unknown): Table | undefined {
  return isTable(value) && !hasKind(value, "View") ? value : undefined;
}
