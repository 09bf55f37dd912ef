import { create } from "@bufbuild/protobuf";
import type { Column, Table } from "drizzle-orm";
import { type ForeignKey, ForeignKeySchema, ReferentialAction } from "../gen/uow/v1/schema_pb.js";
import type { TableSource } from "./table_source.js";

const actions: Readonly<Record<string, ReferentialAction>> = {
  restrict: ReferentialAction.RESTRICT,
  cascade: ReferentialAction.CASCADE,
  "set null": ReferentialAction.SET_NULL,
  "set default": ReferentialAction.SET_DEFAULT,
};

/**
 * The foreign keys of a table in the journal's form. Those to tables that the unit of work doesn't track are left out: none of their rows
 * can change in it, so they order nothing.
 */
export function foreignKeysOf(source: TableSource, sources: ReadonlyMap<Table, TableSource>): ForeignKey[] {
  const result: ForeignKey[] = [];
  for (const key of source.foreignKeys) {
    const { name, columns, foreignTable, foreignColumns } = key.reference();
    const target = sources.get(foreignTable);
    if (target === undefined) continue;
    result.push(
      create(ForeignKeySchema, {
        name: name ?? "",
        columns: positions(source, columns),
        referencedTable: target.index,
        referencedColumns: positions(target, foreignColumns),
        onDelete: actions[key.onDelete ?? ""] ?? ReferentialAction.UNSPECIFIED,
        onUpdate: actions[key.onUpdate ?? ""] ?? ReferentialAction.UNSPECIFIED,
      }),
    );
  }
  return result;
}

function positions(source: TableSource, columns: readonly Column[]): number[] {
  return columns.map((column) => source.positions.get(column.name) ?? -1);
}
