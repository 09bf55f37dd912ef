import type { ColumnModel } from "../model/model.js";
import { EntityState, type Row, type TrackedTable } from "./entity_state.js";
import { identityOf } from "./identity.js";
import { PendingKey } from "./pending_key.js";
import { changedInPlace } from "./in_place.js";
import { stateOf } from "./state_of.js";

/** What the rows of a query, or of one of its relations, are. */
export interface ResultShape {
  /** undefined: rows that aren't tracked, such as a view's. */
  readonly table: TrackedTable | undefined;
  /** Columns of the key and the version that were read only for tracking, and are taken out of rows again. */
  readonly hidden: readonly ColumnModel[];
  readonly relations: readonly { readonly property: string; readonly shape: ResultShape }[];
}

/**
 * Turns the result of a query into entities: one object a row of the database, however often it was read. `began` is the number of saves
 * that had been applied when the query began.
 */
export function load(result: unknown, shape: ResultShape, began: number): unknown {
  if (Array.isArray(result)) {
    for (let i = 0; i < result.length; i++) result[i] = loadRow(result[i], shape, began);
    return result;
  }
  return loadRow(result, shape, began);
}

function loadRow(row: unknown, shape: ResultShape, began: number): unknown {
  if (typeof row !== "object" || row === null || stateOf(row) !== undefined) return row;
  const fresh = row as Row;
  // Inner rows first: where a row stands inside of itself, the outer one has the relations that the query asked for.
  for (const relation of shape.relations) {
    const value = fresh[relation.property];
    if (value !== null && value !== undefined) fresh[relation.property] = load(value, relation.shape, began);
  }
  const { table } = shape;
  if (table === undefined) return fresh;
  const identity = identityOf(table.model.key, (column) => fresh[column.property]);
  if (identity === undefined) return fresh;
  const known = table.stored.get(identity) ?? table.rows.get(identity);
  if (known !== undefined) {
    merge(known, fresh, shape.hidden, began);
    return known.proxy;
  }
  const state = new EntityState(table, shape.hidden.length > 0 ? without(fresh, shape.hidden) : fresh, identity);
  for (const column of shape.hidden) (state.needDetail().hidden ??= {})[column.property] = fresh[column.property];
  table.rows.set(identity, state);
  return state.proxy;
}

function without(row: Row, hidden: readonly ColumnModel[]): Row {
  const result: Row = {};
  for (const property of Object.keys(row)) {
    if (!hidden.some((column) => column.property === property)) result[property] = row[property];
  }
  return result;
}

/** Takes up what a later query has read: never what is older than what we know, nor what has changes that aren't saved. */
function merge(known: EntityState, fresh: Row, hidden: readonly ColumnModel[], began: number): void {
  const { columns, tracker } = known.table;
  const old = known.detail !== undefined && known.detail.savedBy > began;
  for (const property of Object.keys(fresh)) {
    const column = columns.get(property);
    if (column === undefined) {
      known.row[property] = fresh[property];
    } else if (column.version && tracker.hasChanges(known)) {
      // What was changed is based on the version that we have.
    } else if (hidden.includes(column) && !Object.hasOwn(known.row, property)) {
      if (!old) (known.needDetail().hidden ??= {})[property] = fresh[property];
    } else if (column.keyIndex >= 0) {
      if (known.row[property] === undefined) known.row[property] = fresh[property];
    } else if (
      !known.isPending(column) &&
      changedInPlace(known, column) === undefined &&
      !(old && known.row[property] !== undefined)
    ) {
      refresh(known, column, fresh[property]);
    }
  }
}

/** An equal value keeps the object that the application may hold: a Date, a buffer, a document. */
function refresh(known: EntityState, column: ColumnModel, value: unknown): void {
  const current = known.row[column.property];
  if (current === value) return;
  const isObject = typeof current === "object" && current !== null && !(current instanceof PendingKey);
  if (isObject && column.codec.equals(current, value)) return;
  known.table.tracker.replace(known, column, value);
}
