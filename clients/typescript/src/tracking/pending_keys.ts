import { ValueError } from "../codec/value_error.js";
import { UowError } from "../errors.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel, SchemaModel } from "../model/model.js";
import type { TrackedTable } from "./entity_state.js";
import type { Gate } from "./gate.js";
import { PendingKey } from "./pending_key.js";

/** The pending keys of one unit of work, and where they may go. */
export class PendingKeys {
  /** By writer and number. A writer's numbers are counted from 1: far from what a JavaScript number can't hold. */
  readonly #writers = new Map<string, Map<number, PendingKey>>();

  constructor(
    private readonly model: SchemaModel,
    private readonly gate: Gate,
  ) {}

  create(table: TrackedTable, column: ColumnModel): PendingKey {
    const { writer, counter } = this.gate.nextHandle();
    return this.of(table, column, writer, counter);
  }

  /** The one object that stands for a handle. */
  of(table: TrackedTable, column: ColumnModel, writer: string, counter: bigint): PendingKey {
    let keys = this.#writers.get(writer);
    if (keys === undefined) this.#writers.set(writer, (keys = new Map<number, PendingKey>()));
    let key = keys.get(Number(counter));
    if (key === undefined) keys.set(Number(counter), (key = new PendingKey(table.model, column, writer, counter)));
    return key;
  }

  find(writer: string, counter: bigint | number): PendingKey | undefined {
    return this.#writers.get(writer)?.get(Number(counter));
  }

  /** The journal's form of a value for a column. Throws for what the column can't hold. */
  wireOf(table: TrackedTable, column: ColumnModel, value: unknown): Value {
    if (typeof value !== "object") return column.codec.toWire(value);
    if (value === null && !column.nullable) throw new ValueError(labelOf(table, column), null, "no null");
    if (!(value instanceof PendingKey)) return column.codec.toWire(value);
    if (value.value !== undefined) return column.codec.toWire(value.value);
    const refers = refersTo(this.model, column, value, new Set());
    if (refers && this.find(value.writer, value.counter) === value) return value.toWire();
    const label = labelOf(table, column);
    const why = refers
      ? "the pending key is of another unit of work"
      : `${label} has no foreign key to ${value.table.property}.${value.column.property}`;
    throw new UowError("KEY_PENDING", `${label} can't take the key of a new entity: ${why}; save it first`);
  }
}

/** A column as messages name it. */
export function labelOf(table: TrackedTable, column: ColumnModel): string {
  return `${table.model.property}.${column.property}`;
}

/** Whether a column refers to a key, be it by way of other tables' foreign keys. */
function refersTo(model: SchemaModel, column: ColumnModel, key: PendingKey, seen: Set<ColumnModel>): boolean {
  if (seen.has(column)) return false;
  seen.add(column);
  return column.references.some((reference) => {
    if (reference.table === key.table.index && reference.column === key.column.index) return true;
    const target = model.tables[reference.table]?.columns[reference.column];
    return target !== undefined && refersTo(model, target, key, seen);
  });
}
