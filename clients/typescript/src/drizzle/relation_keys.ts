import type { Column, Table } from "drizzle-orm";
import type { SourceForeignKey } from "../model/table_source.js";
import { hasKind } from "./kind.js";

interface RawRelation {
  /** 0.45 */
  readonly sourceTable?: Table;
  readonly referencedTable?: Table;
  readonly config?: { readonly fields?: readonly Column[]; readonly references?: readonly Column[] };
  /** 1.0 */
  readonly relationType?: string;
  readonly targetTable?: Table;
  readonly sourceColumns?: readonly RawColumn[];
  readonly targetColumns?: readonly RawColumn[];
}

/** 1.0: what stands for a column in relations. */
interface RawColumn {
  /** Its name in its table, in Drizzle. */
  readonly _: { readonly key: string };
}

interface RawEntry {
  readonly table?: Table;
  readonly relations: Readonly<Record<string, RawRelation>>;
}

/**
 * SingleStore has no foreign keys. What refers to what is then known from the relations that lead to one row: they say which columns take the
 * keys of new rows, and which rows are written first. Empty for other databases.
 */
export function relationKeysOf(db: object): ReadonlyMap<Table, readonly SourceForeignKey[]> {
  const keys = new Map<Table, SourceForeignKey[]>();
  if (!hasKind(db, "SingleStoreDatabase")) return keys;
  const { _: known } = db as { readonly _?: { readonly schema?: object; readonly relations?: object } };
  const entries = Object.values<RawEntry>({ ...known?.schema, ...known?.relations });
  for (const { table, relations } of entries) {
    for (const relation of Object.values(relations)) {
      const source = relation.sourceTable ?? table;
      if (source === undefined) continue;
      const key = keyOf(source, relation);
      if (key !== undefined) keys.set(source, [...(keys.get(source) ?? []), key]);
    }
  }
  return keys;
}

function keyOf(source: Table, relation: RawRelation): SourceForeignKey | undefined {
  const foreignTable = relation.referencedTable ?? relation.targetTable;
  const isOne = relation.relationType === "one";
  const columns = relation.config?.fields ?? (isOne ? columnsOf(source, relation.sourceColumns) : undefined);
  if (foreignTable === undefined || columns === undefined) return undefined;
  const foreignColumns = relation.config?.references ?? columnsOf(foreignTable, relation.targetColumns);
  if (!foreignColumns.every((column) => column.primary)) return undefined;
  return { reference: () => ({ columns, foreignTable, foreignColumns }), onDelete: undefined, onUpdate: undefined };
}

function columnsOf(table: Table, columns: readonly RawColumn[] = []): Column[] {
  return columns.map(({ _: { key } }) => (table as unknown as Record<string, Column>)[key] as Column);
}
