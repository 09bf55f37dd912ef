import { absent, type Change } from "./change_log.js";
import type { EntityState } from "./entity_state.js";
import { forgetStored, leaveKey } from "./key_change.js";
import { PendingKey } from "./pending_key.js";
import type { ColumnModel } from "../model/model.js";

/** Takes a change back in memory. */
export function undo(change: Change): void {
  const { state, column } = change;
  switch (change.kind) {
    case "set":
    case "cascaded":
      undoSet(state, column as ColumnModel, change.old);
      if ((column as ColumnModel).keyIndex >= 0) leaveKey(state, change.shadowed);
      break;
    case "nested":
      undoNested(state, column as ColumnModel, change.steps ?? []);
      break;
    case "created":
      undoCreated(state, change.shadowed);
      break;
    case "deleted":
      state.life = "live";
      break;
  }
}

function undoSet(state: EntityState, column: ColumnModel, old: unknown): void {
  const { detail } = state;
  if (old === absent) Reflect.deleteProperty(state.row, column.property);
  else state.row[column.property] = old instanceof PendingKey ? (old.value ?? old) : old;
  detail?.watches?.delete(column);
  // A document that was put back may be in somebody's hands: what it holds is watched again when it is read again.
  if (detail === undefined) return;
  detail.latest[column.index] = undefined;
  (detail.pending[column.index] as number)--;
}

function undoNested(state: EntityState, column: ColumnModel, steps: readonly (() => void)[]): void {
  for (let i = steps.length - 1; i >= 0; i--) steps[i]?.();
  const { detail } = state;
  if (detail === undefined) return;
  detail.openDocuments?.delete(column);
  if (detail.watches?.has(column) === true) detail.watches.set(column, column.codec.toWire(state.row[column.property]));
  (detail.pending[column.index] as number)--;
}

function undoCreated(state: EntityState, shadowed: EntityState | undefined): void {
  const { rows } = state.table;
  if (rows.get(state.identity) === state) rows.delete(state.identity);
  if (shadowed !== undefined) rows.set(shadowed.identity, shadowed);
  state.life = "detached";
}

/** A change is saved: number `save` was it. */
export function forget(change: Change, save: number): void {
  const { state, column } = change;
  const detail = state.needDetail();
  detail.savedBy = save;
  if (change.kind === "created") {
    detail.created = false;
  } else if (change.kind === "deleted") {
    state.life = "gone";
    const { rows } = state.table;
    if (rows.get(state.identity) === state) rows.delete(state.identity);
    forgetStored(state);
  } else if (column !== undefined) {
    (detail.pending[column.index] as number)--;
    if (detail.latest[column.index] === change) detail.latest[column.index] = undefined;
    if (change.kind === "nested") detail.openDocuments?.delete(column);
  }
}
