import type { Column, Table } from "drizzle-orm";
import { getTableConfig as mysqlTableConfig, type MySqlTable } from "drizzle-orm/mysql-core";
import { getTableConfig as pgTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { getTableConfig as singlestoreTableConfig, type SingleStoreTable } from "drizzle-orm/singlestore-core";
import { getTableConfig as sqliteTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { hasKind } from "../drizzle/kind.js";
import { readTableConfig } from "../drizzle/table_config.js";
import type { DialectName } from "./model.js";

/** A foreign key as both lines and all dialects of Drizzle have it. */
export interface SourceForeignKey {
  reference(): {
    readonly name?: string | undefined;
    columns: readonly Column[];
    foreignTable: Table;
    foreignColumns: readonly Column[];
  };
  readonly onDelete: string | undefined;
  readonly onUpdate: string | undefined;
}

/** A unique constraint or index. Its columns may be expressions, which have no name. */
export interface SourceUnique {
  readonly name: string | undefined;
  readonly columns: readonly (string | undefined)[];
}

/** What Drizzle has of a table, the same for every dialect. */
export interface TableSource {
  readonly index: number;
  /** Drizzle's name. */
  readonly property: string;
  readonly table: Table;
  readonly name: string;
  readonly namespace: string;
  /** Property and column, in the order of the table. */
  readonly columns: readonly (readonly [property: string, column: Column])[];
  /** Positions by Drizzle's column name. */
  readonly positions: ReadonlyMap<string, number>;
  /** Positions of the key's columns, in key order. */
  readonly key: readonly number[];
  readonly foreignKeys: readonly SourceForeignKey[];
  readonly uniques: readonly SourceUnique[];
}

interface RawConfig {
  readonly name: string;
  readonly schema?: string | undefined;
  readonly columns: readonly Column[];
  readonly primaryKeys: readonly { readonly columns: readonly Column[] }[];
  readonly foreignKeys: readonly SourceForeignKey[];
  readonly uniqueConstraints: readonly { readonly name?: string | undefined; readonly columns: readonly Column[] }[];
  readonly indexes: readonly { readonly config: RawIndex }[];
}

interface RawIndex {
  readonly name?: string | undefined;
  readonly unique?: boolean | undefined;
  readonly where?: unknown;
  readonly columns: readonly unknown[];
}

function configOf(table: Table, dialect: DialectName): RawConfig {
  if (hasKind(table, "CockroachTable")) return readTableConfig(table);
  if (dialect === "postgresql") return pgTableConfig(table as PgTable);
  if (dialect === "sqlite") return sqliteTableConfig(table as SQLiteTable);
  if (dialect === "mssql") return readTableConfig(table);
  // SingleStore has no foreign keys.
  if (hasKind(table, "SingleStoreTable")) return { foreignKeys: [], ...singlestoreTableConfig(table as SingleStoreTable) };
  return mysqlTableConfig(table as MySqlTable);
}

/** Reads a table. undefined if it has no primary key: its rows can't be tracked. */
export function readTable(property: string, table: Table, index: number, dialect: DialectName): TableSource | undefined {
  const config = configOf(table, dialect);
  const positions = new Map(config.columns.map((column, position) => [column.name, position]));
  const composite = config.primaryKeys[0]?.columns.map((column) => positions.get(column.name) ?? -1);
  const key = composite ?? config.columns.flatMap((column, position) => (column.primary ? [position] : []));
  if (key.length === 0) return undefined;
  const properties = new Map(Object.entries(table as unknown as Record<string, unknown>).map(([name, column]) => [column, name]));
  return {
    index,
    property,
    table,
    name: config.name,
    namespace: config.schema ?? "",
    columns: config.columns.map((column) => [properties.get(column) ?? column.name, column]),
    positions,
    key,
    foreignKeys: config.foreignKeys,
    uniques: [...columnUniques(config), ...constraintUniques(config), ...indexUniques(config)],
  };
}

function columnUniques(config: RawConfig): SourceUnique[] {
  return config.columns.filter((column) => column.isUnique).map((column) => ({ name: column.uniqueName, columns: [column.name] }));
}

function constraintUniques(config: RawConfig): SourceUnique[] {
  return config.uniqueConstraints.map(({ name, columns }) => ({ name, columns: columns.map((column) => column.name) }));
}

/** A partial index holds for some rows only, so it isn't one. */
function indexUniques(config: RawConfig): SourceUnique[] {
  const uniques = config.indexes.map((index) => index.config).filter((index) => index.unique === true && index.where === undefined);
  return uniques.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => (column as { readonly name?: string }).name),
  }));
}
