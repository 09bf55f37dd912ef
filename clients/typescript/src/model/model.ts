import type { Column, Table } from "drizzle-orm";
import type { Codec } from "../codec/codec.js";
import type { Schema, Type } from "../gen/uow/v1/schema_pb.js";

/** The SQL dialects that a unit of work can save into. */
export type DialectName = "postgresql" | "mysql" | "sqlite" | "mssql";

/** One column of a tracked table. Immutable. */
export interface ColumnModel {
  /** Its position in the table, as in the journal. */
  readonly index: number;
  /** The property of entities: Drizzle's key. */
  readonly property: string;
  /** The name in the database, casing applied. */
  readonly name: string;
  readonly column: Column;
  readonly type: Type;
  readonly codec: Codec;
  readonly nullable: boolean;
  /** Whether the database fills it in where an insert omits it. Drizzle's `$defaultFn` alone doesn't count: the client calls that. */
  readonly hasDefault: boolean;
  /** The place in the primary key, or -1. */
  readonly keyIndex: number;
  /** A key column that the database generates: a create may leave it out and gets a pending key. */
  readonly generatedKey: boolean;
  /** Computed by the database; writing it is an error. */
  readonly computed: boolean;
  /** The row's version for optimistic concurrency. */
  readonly version: boolean;
  /** The columns that foreign keys of this column refer to: where a pending key may be assigned. */
  readonly references: readonly { readonly table: number; readonly column: number }[];
}

/** One tracked table: one with a primary key. Immutable. */
export interface TableModel {
  /** Its position in the schema, as in the journal. */
  readonly index: number;
  /** Drizzle's name: `uow.<property>`. */
  readonly property: string;
  readonly name: string;
  /** The SQL schema; empty for the default. */
  readonly namespace: string;
  readonly table: Table;
  readonly columns: readonly ColumnModel[];
  /** The columns of the primary key in key order. */
  readonly key: readonly ColumnModel[];
  readonly byProperty: ReadonlyMap<string, ColumnModel>;
}

/** What a unit of work knows of the user's Drizzle schema. Immutable; made once a handle and cached. */
export interface SchemaModel {
  readonly dialect: DialectName;
  readonly tables: readonly TableModel[];
  readonly byProperty: ReadonlyMap<string, TableModel>;
  readonly byTable: ReadonlyMap<Table, TableModel>;
  /** The journal's schema: tables and columns at the same positions. */
  readonly proto: Schema;
}
