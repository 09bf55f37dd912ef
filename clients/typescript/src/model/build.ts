import { create } from "@bufbuild/protobuf";
import type { Column, Table } from "drizzle-orm";
import { describeColumn } from "../codec/describe.js";
import { isRowversion } from "../codec/mssql_types.js";
import { UowError } from "../errors.js";
import {
  Concurrency,
  ColumnSchema,
  type ForeignKey,
  Generation,
  SchemaSchema,
  TableSchema,
  type Type,
  UniqueConstraintSchema,
} from "../gen/uow/v1/schema_pb.js";
import { foreignKeysOf } from "./foreign_keys.js";
import { limitsOf } from "./limits.js";
import type { ColumnModel, DialectName, SchemaModel, TableModel } from "./model.js";
import { readTable, type SourceForeignKey, type TableSource } from "./table_source.js";

/** What a model is built from. */
export interface ModelSource {
  readonly dialect: DialectName;
  /** By Drizzle's names. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Drizzle's name for tables to the property of their version column. */
  readonly versions: Readonly<Record<string, string>>;
  /** Drizzle's names of tables whose writes check what they change. */
  readonly changedColumns: readonly string[];
  /** What tables refer to without foreign keys of their own. */
  readonly relationKeys?: ReadonlyMap<Table, readonly SourceForeignKey[]> | undefined;
  /** A column's name in the database, casing applied. */
  columnName(column: Column): string;
}

/** Builds the model of all tables that have a primary key. */
export function buildModel(source: ModelSource): SchemaModel {
  const sources: TableSource[] = [];
  for (const [property, table] of source.tables) {
    const read = readTable(property, table, sources.length, source.dialect);
    if (read === undefined) continue;
    sources.push({ ...read, foreignKeys: [...read.foreignKeys, ...(source.relationKeys?.get(table) ?? [])] });
  }
  const byTable = new Map(sources.map((table) => [table.table, table]));
  const foreignKeys = sources.map((table) => foreignKeysOf(table, byTable));
  const tables = sources.map((table, index) => buildTable(table, foreignKeys[index] ?? [], source));
  checkVersions(source.versions, tables);
  checkChangedColumns(source, tables);
  return {
    dialect: source.dialect,
    tables,
    byProperty: new Map(tables.map((table) => [table.property, table])),
    byTable: new Map(tables.map((table) => [table.table, table])),
    proto: create(SchemaSchema, {
      tables: tables.map((table, index) => ({
        ...protoTable(table, sources[index] as TableSource, foreignKeys[index] ?? [], source.dialect),
        concurrency: source.changedColumns.includes(table.property) ? Concurrency.CHANGED_COLUMNS : Concurrency.UNSPECIFIED,
      })),
    }),
  };
}

function buildTable(source: TableSource, foreignKeys: readonly ForeignKey[], model: ModelSource): TableModel {
  const version = model.versions[source.property];
  const columns = source.columns.map(([property, column], index): ColumnModel => {
    const { type, codec } = describeColumn(column, model.dialect);
    const keyIndex = source.key.indexOf(index);
    const hasDefault = databaseFills(column);
    const computed = isComputed(column, model.dialect);
    return {
      index,
      property,
      name: model.columnName(column),
      column,
      type,
      codec,
      nullable: keyIndex < 0 && !column.notNull,
      hasDefault,
      keyIndex,
      generatedKey: keyIndex >= 0 && hasDefault && !computed,
      computed,
      version: property === version,
      references: referencesOf(index, foreignKeys),
    };
  });
  return {
    index: source.index,
    property: source.property,
    name: source.name,
    namespace: source.namespace,
    table: source.table,
    columns,
    key: source.key.map((index) => columns[index] as ColumnModel),
    byProperty: new Map(columns.map((column) => [column.property, column])),
  };
}

/** Drizzle's `hasDefault` also holds for what the client evaluates. */
function databaseFills(column: Column): boolean {
  if (column.generatedIdentity !== undefined) return true;
  if (!column.hasDefault) return false;
  return column.default !== undefined || (column.defaultFn === undefined && column.onUpdateFn === undefined);
}

function isComputed(column: Column, dialect: DialectName): boolean {
  if (dialect === "mssql" && isRowversion(column.getSQLType())) return true;
  return column.generated !== undefined && column.generated.type !== "byDefault";
}

function referencesOf(column: number, foreignKeys: readonly ForeignKey[]): ColumnModel["references"] {
  return foreignKeys.flatMap((key) => {
    const at = key.columns.indexOf(column);
    return at < 0 ? [] : [{ table: key.referencedTable, column: key.referencedColumns[at] ?? -1 }];
  });
}

function checkVersions(versions: Readonly<Record<string, string>>, tables: readonly TableModel[]): void {
  for (const [property, column] of Object.entries(versions)) {
    const table = tables.find((candidate) => candidate.property === property);
    if (table === undefined) throw new UowError("SCHEMA_INVALID", `versions: there is no table ${property} with a primary key`);
    if (!table.byProperty.has(column))
      throw new UowError("SCHEMA_INVALID", `versions: the table ${property} has no column ${column}`);
  }
}

function checkChangedColumns({ changedColumns, versions }: ModelSource, tables: readonly TableModel[]): void {
  for (const property of changedColumns) {
    if (tables.every((table) => table.property !== property))
      throw new UowError("SCHEMA_INVALID", `changedColumns: there is no table ${property} with a primary key`);
    if (property in versions)
      throw new UowError("SCHEMA_INVALID", `the table ${property} has a version: leave it out of changedColumns`);
  }
}

function protoTable(table: TableModel, source: TableSource, foreignKeys: ForeignKey[], dialect: DialectName) {
  const uniques = source.uniques.flatMap(({ name, columns }) => {
    const positions = columns.map((column) => (column === undefined ? undefined : source.positions.get(column)));
    const known = positions.filter((position) => position !== undefined);
    return known.length === columns.length ? [create(UniqueConstraintSchema, { name: name ?? "", columns: known })] : [];
  });
  return create(TableSchema, {
    namespace: table.namespace,
    name: table.name,
    columns: table.columns.map((column) =>
      create(ColumnSchema, {
        name: column.name,
        type: column.type satisfies Type,
        nullable: column.nullable,
        hasDefault: column.hasDefault,
        generation: generationOf(column),
        version: column.version,
        ...limitsOf(column.column, dialect),
      }),
    ),
    primaryKey: table.key.map((column) => column.index),
    foreignKeys,
    uniques,
  });
}

function generationOf(column: ColumnModel): Generation {
  if (column.computed) return Generation.COMPUTED;
  return column.generatedKey ? Generation.KEY : Generation.UNSPECIFIED;
}
