import { is, SQL } from "drizzle-orm";
import type { Field } from "../gen/uow/v1/event_pb.js";
import type { ColumnModel } from "../model/model.js";
import { UowError } from "../errors.js";
import { Change } from "./change_log.js";
import { EntityState, type Row, type TrackedTable } from "./entity_state.js";
import { fieldOf } from "./field.js";
import { type IdentityKey, identityOf } from "./identity.js";
import { detach } from "./nested.js";
import { PendingKey } from "./pending_key.js";
import type { Tracker } from "./tracker.js";

/**
 * Makes an entity for a new row, as Drizzle's insert would make the row: `$defaultFn` is called, unknown properties and computed columns are
 * ignored. Columns that the database fills in are undefined until the save; a key that it generates is a pending key.
 */
export function createEntity(tracker: Tracker, table: TrackedTable, values: Readonly<Record<string, unknown>>): Change {
  const row: Row = {};
  const fields: Field[] = [];
  const omitted: ColumnModel[] = [];
  for (const column of table.model.columns) {
    const value = column.computed ? undefined : (values[column.property] ?? valueFor(column, values[column.property]));
    if (value === undefined) {
      row[column.property] = omit(tracker, table, column, omitted);
      continue;
    }
    const wire = tracker.keys.wireOf(table, column, value);
    if (column.keyIndex < 0) fields.push(fieldOf(column, wire, undefined));
    row[column.property] = store(column, value);
  }
  const { identity, shadowed } = claim(table, row);
  const state = new EntityState(table, row, identity);
  state.needDetail().created = true;
  for (const column of table.model.columns) {
    const value = row[column.property];
    if (value instanceof PendingKey) value.refer(state, column);
    else if (column.codec.mutable && typeof value === "object" && value !== null) tracker.inPlace.watch(state, column, value);
  }
  table.rows.set(identity, state);
  const change = new Change("created", state, undefined, undefined);
  change.fields = fields;
  change.omitted = omitted;
  change.shadowed = shadowed;
  return change;
}

/** What the client fills in where the application gave nothing. `null` stays null. */
function valueFor(column: ColumnModel, given: unknown): unknown {
  if (given === null) return null;
  const { defaultFn, onUpdateFn } = column.column;
  const value: unknown = defaultFn?.() ?? (column.hasDefault ? undefined : onUpdateFn?.());
  if (is(value, SQL)) {
    throw new UowError(
      "NOT_SUPPORTED",
      `${column.property}: its $defaultFn gives SQL; use .default(sql…), which the database evaluates`,
    );
  }
  return value;
}

function store(column: ColumnModel, value: unknown): unknown {
  if (value instanceof PendingKey) return value.value ?? value;
  return column.codec.mutable ? value : detach(value);
}

/** The value that an entity shows for a column that the insert leaves out. */
function omit(tracker: Tracker, table: TrackedTable, column: ColumnModel, omitted: ColumnModel[]): unknown {
  const label = `${table.model.property}.${column.property}`;
  if (column.generatedKey) return tracker.keys.create(table, column);
  if (column.hasDefault || column.computed) {
    omitted.push(column);
    return undefined;
  }
  if (column.nullable) return null;
  throw new UowError(
    column.keyIndex >= 0 ? "KEY_MISSING" : "VALUE_NULL",
    `${label} is required: it has no default and can't be null`,
  );
}

function claim(table: TrackedTable, row: Row): { identity: IdentityKey; shadowed: EntityState | undefined } {
  const identity = identityOf(table.model.key, (column) => row[column.property]);
  if (identity === undefined) throw new UowError("KEY_MISSING", `${table.model.property}: a key can't be null`);
  const shadowed = table.rows.get(identity);
  if (shadowed !== undefined && shadowed.life === "live") {
    throw new UowError("ENTITY_EXISTS", `${table.model.property}: the unit of work has a row with the key ${String(identity)}`);
  }
  return { identity, shadowed };
}
