import { and, type Column, eq, inArray, or, type SQL } from "drizzle-orm";
import { textOf } from "../codec/values.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { Program, Row } from "../drivers/program.js";
import type { ColumnModel, TableModel } from "../model/model.js";
import type { HydratedRow, ResolvedKeys, WantedRow } from "./executor.js";

/** Bounds the parameters of a query, where the database doesn't take fewer: SQLite takes 32,766. */
const MAX_PARAMETERS = 10_000;

/** Reads wanted rows with Drizzle's own queries, a few thousand at a time. `maxParameters` is the database's limit, 0 for none of its own. */
export function* hydrate(wanted: readonly WantedRow[], keys: ResolvedKeys, maxParameters = 0): Program<HydratedRow[]> {
  const hydrated: HydratedRow[] = [];
  for (const group of groupsOf(wanted)) {
    const size = Math.max(1, Math.floor((maxParameters || MAX_PARAMETERS) / group.table.key.length));
    for (let at = 0; at < group.rows.length; at += size) {
      hydrated.push(...(yield* readGroup(group, group.rows.slice(at, at + size), keys)));
    }
  }
  return hydrated;
}

/** Wanted rows of one table and the same columns. */
interface Group {
  readonly table: TableModel;
  readonly columns: readonly ColumnModel[];
  readonly rows: WantedRow[];
}

function groupsOf(wanted: readonly WantedRow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of wanted) {
    const name = [row.table.index, ...row.columns.map((column) => column.index)].join(" ");
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { table: row.table, columns: row.columns, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()];
}

function* readGroup({ table, columns }: Group, wanted: readonly WantedRow[], keys: ResolvedKeys): Program<HydratedRow[]> {
  const byKey = new Map<string, WantedRow>();
  const applicationKeys: unknown[][] = [];
  for (const row of wanted) {
    const key = resolveKey(row.key, keys);
    if (key === undefined) continue;
    byKey.set(keyText(key), row);
    applicationKeys.push(table.key.map((column, i) => (key[i] === undefined ? null : column.codec.fromWire(key[i]))));
  }
  const where = keyCondition(table, applicationKeys);
  if (where === undefined) return [];
  const selection: Record<string, Column> = {};
  for (const { property, column } of [...table.key, ...columns]) selection[property] = column;
  const reply = yield { columns: selection, table: table.table, where };
  return reply.rows.flatMap((row) => {
    const found = byKey.get(keyText(table.key.map((column) => column.codec.toWire(row[column.property]))));
    return found === undefined ? [] : { wanted: found, values: valuesOf(columns, row) };
  });
}

function valuesOf(columns: readonly ColumnModel[], row: Row): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ property }) => [property, row[property]]));
}

function keyCondition({ key }: TableModel, rows: readonly (readonly unknown[])[]): SQL | undefined {
  if (rows.length === 0) return undefined;
  const [first] = key;
  if (key.length === 1 && first !== undefined)
    return inArray(
      first.column,
      rows.map(([value]) => value),
    );
  return or(...rows.map((values) => and(...key.map(({ column }, i) => eq(column, values[i])))));
}

/** undefined where a handle isn't resolved: its row was never written. */
function resolveKey(key: readonly Value[], keys: ResolvedKeys): Value[] | undefined {
  const resolved = key.flatMap((value) => {
    if (value.kind.case !== "handleValue") return value;
    return keys.get(value.kind.value.writer)?.get(Number(value.kind.value.counter)) ?? [];
  });
  return resolved.length === key.length ? resolved : undefined;
}

function keyText(key: readonly Value[]): string {
  return JSON.stringify(key.map(textOf));
}
