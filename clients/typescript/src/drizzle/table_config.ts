import { type Column, getTableColumns, type Table } from "drizzle-orm";
import { kindsOf } from "./kind.js";

/** What dialects' own `getTableConfig` return, as far as it is the same for all. */
export interface TableConfig<Key, Unique, Index, PrimaryKey> {
  readonly name: string;
  readonly schema: string | undefined;
  readonly columns: readonly Column[];
  readonly foreignKeys: readonly Key[];
  readonly uniqueConstraints: readonly Unique[];
  readonly indexes: readonly Index[];
  readonly primaryKeys: readonly PrimaryKey[];
}

interface Builder {
  build(table: Table): unknown;
}

/**
 * The configuration of a table whose dialect only one line of Drizzle has, so that its module can't be imported: from what the table keeps
 * under symbols, which every dialect does in the same way.
 */
export function readTableConfig<Key, Unique, Index, PrimaryKey>(table: Table): TableConfig<Key, Unique, Index, PrimaryKey> {
  const columns = getTableColumns(table);
  const built: { kind: string; value: unknown }[] = [];
  const extra = under(table, "drizzle:ExtraConfigBuilder");
  if (typeof extra === "function") {
    const given: unknown = (extra as (columns: object) => unknown)(under(table, "drizzle:ExtraConfigColumns") as object);
    const builders = Array.isArray(given) ? given.flat(1) : Object.values(given as object);
    for (const builder of builders as Builder[]) built.push({ kind: kindsOf(builder)[0] ?? "", value: builder.build(table) });
  }
  const of = (ending: RegExp) => built.filter(({ kind }) => ending.test(kind)).map(({ value }) => value);
  return {
    name: under(table, "drizzle:Name") as string,
    schema: under(table, "drizzle:Schema") as string | undefined,
    columns: Object.values(columns),
    foreignKeys: [...((under(table, "InlineForeignKeys") as Key[] | undefined) ?? []), ...(of(/ForeignKeyBuilder$/) as Key[])],
    uniqueConstraints: of(/UniqueConstraintBuilder$/) as Unique[],
    indexes: of(/IndexBuilder$/) as Index[],
    primaryKeys: of(/PrimaryKeyBuilder$/) as PrimaryKey[],
  };
}

/** What the table has under the symbol whose name ends so. */
function under(table: object, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(table).find(({ description }) => description?.endsWith(name) === true);
  return symbol === undefined ? undefined : Reflect.get(table, symbol);
}
