import { Concurrency } from "../gen/uow/v1/schema_pb.js";
import type { ColumnModel, SchemaModel, TableModel } from "../model/model.js";
import type { TrackedTable } from "./entity_state.js";
import type { Tracker } from "./tracker.js";

/** Prepares a table of the model for one unit of work. */
export function trackTable(model: TableModel, schema: SchemaModel, tracker: Tracker): TrackedTable {
  const proto = schema.proto.tables[model.index];
  const columnsAt = (positions: readonly number[]) => positions.map((position) => model.columns[position] as ColumnModel);
  const constraints = [...(proto?.foreignKeys ?? []), ...(proto?.uniques ?? [])].map((constraint) => columnsAt(constraint.columns));
  const comparesAll = proto?.concurrency === Concurrency.CHANGED_COLUMNS;
  return {
    model,
    tracker,
    rows: new Map(),
    stored: new Map(),
    foreignKeys: proto?.foreignKeys ?? [],
    columns: model.byProperty,
    onUpdate: model.columns.filter((column) => column.column.onUpdateFn !== undefined && column.keyIndex < 0 && !column.computed),
    computed: model.columns.filter((column) => column.computed && column.keyIndex < 0),
    version: model.columns.find((column) => column.version),
    told: [...new Set(comparesAll ? model.columns : constraints.flat())].filter((column) => column.keyIndex < 0),
    constraints: constraints.filter((columns) => columns.length > 1),
  };
}
