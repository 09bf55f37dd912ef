import { UowError } from "../errors.js";
import { ReferentialAction } from "../gen/uow/v1/schema_pb.js";
import { sameValue } from "../codec/values.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";
import { absent, Change } from "./change_log.js";
import type { EntityState, TrackedTable } from "./entity_state.js";
import { identityOf } from "./identity.js";
import { PendingKey } from "./pending_key.js";
import { labelOf } from "./pending_keys.js";
import type { Tracker } from "./tracker.js";

/** The columns of another table that follow when a key changes. */
export interface Follower {
  readonly table: TrackedTable;
  /** Its columns, and those of the key that they refer to. */
  readonly columns: readonly ColumnModel[];
  readonly referenced: readonly ColumnModel[];
  readonly setsNull: boolean;
}

/** By table, what the database changes elsewhere when a key changes: ON UPDATE CASCADE and SET NULL. */
export function followersOf(tables: readonly TrackedTable[]): ReadonlyMap<TrackedTable, readonly Follower[]> {
  const followers = new Map<TrackedTable, Follower[]>();
  for (const table of tables) {
    for (const key of table.foreignKeys) {
      const target = tables[key.referencedTable];
      const follows = key.onUpdate === ReferentialAction.CASCADE || key.onUpdate === ReferentialAction.SET_NULL;
      if (target === undefined || !follows) continue;
      const follower = {
        table,
        columns: key.columns.map((position) => table.model.columns[position] as ColumnModel),
        referenced: key.referencedColumns.map((position) => target.model.columns[position] as ColumnModel),
        setsNull: key.onUpdate === ReferentialAction.SET_NULL,
      };
      followers.set(target, [...(followers.get(target) ?? []), follower]);
    }
  }
  return followers;
}

/** Assigns a part of a key, with all that follows. Returns whether it changed. Throws where the entity can't have it. */
export function changeKey(tracker: Tracker, state: EntityState, column: ColumnModel, given: unknown): boolean {
  const old = state.keyValue(column);
  if (old === given || (!(old instanceof PendingKey || given instanceof PendingKey) && column.codec.equals(old, given)))
    return false;
  const wire = tracker.keys.wireOf(state.table, column, given);
  checkKey(state, column, given);
  takeKey(tracker, state, column, given, wire);
  return true;
}

/** Gives a part of a key another value in memory. */
export function takeKey(tracker: Tracker, state: EntityState, column: ColumnModel, given: unknown, wire: Value): void {
  const change = new Change("set", state, column, state.keyValue(column));
  change.wire = wire;
  tracker.log.push(change);
  (state.needDetail().pending[column.index] as number)++;
  tracker.store(state, column, given);
  enterKey(tracker, change);
}

function checkKey(state: EntityState, column: ColumnModel, given: unknown): void {
  const { table } = state;
  const label = labelOf(table, column);
  const current = state.row[column.property];
  if (current instanceof PendingKey && current.value === undefined && column.generatedKey) {
    throw new UowError("KEY_PENDING", `${label} can't be changed before the database has generated it: save first`);
  }
  const identity = identityOf(table.model.key, (part) => (part === column ? given : state.keyValue(part)));
  if (identity === undefined) throw new UowError("KEY_MISSING", `${label} is part of the primary key and can't be null`);
  const other = table.rows.get(identity);
  if (other !== undefined && other !== state && other.life === "live") {
    throw new UowError(
      "ENTITY_EXISTS",
      `${label}: the unit of work has a row with the key ${String(identity)}; change that one first`,
    );
  }
}

/** Enters an entity under the key that a change has just given it. A row read meanwhile is still found by the key in the database. */
export function enterKey(tracker: Tracker, change: Change): void {
  const { state, old } = change;
  const { table } = state;
  const column = change.column as ColumnModel;
  rememberStored(state, new Map([[column, old]]));
  if (table.rows.get(state.identity) === state) table.rows.delete(state.identity);
  state.identity = identityOf(table.model.key, (part) => state.keyValue(part)) ?? state.identity;
  change.shadowed = table.rows.get(state.identity);
  if (change.shadowed !== undefined) rememberStored(change.shadowed, new Map());
  table.rows.set(state.identity, state);
  followKey(tracker, state, column, old);
}

/** Takes the change of a key back, once its column has the old value again. */
export function leaveKey(state: EntityState, shadowed: EntityState | undefined): void {
  const { table, detail } = state;
  if (table.rows.get(state.identity) === state) table.rows.delete(state.identity);
  if (shadowed !== undefined) {
    table.rows.set(shadowed.identity, shadowed);
    if (shadowed.detail?.stored === shadowed.identity) forgetStored(shadowed);
  }
  state.identity = identityOf(table.model.key, (part) => state.keyValue(part)) ?? state.identity;
  table.rows.set(state.identity, state);
  if (detail !== undefined && detail.stored === state.identity) forgetStored(state);
}

/** Notes the key by which the database knows an entity, given what its key was before. */
export function rememberStored(state: EntityState, before: ReadonlyMap<ColumnModel, unknown>): void {
  const { table } = state;
  const detail = state.needDetail();
  if (detail.created || detail.stored !== undefined) return;
  detail.stored = identityOf(table.model.key, (part) => (before.has(part) ? before.get(part) : state.keyValue(part)));
  if (detail.stored !== undefined) table.stored.set(detail.stored, state);
}

/** The database has the key that an entity has. */
export function forgetStored(state: EntityState): void {
  const { table, detail } = state;
  if (detail?.stored === undefined) return;
  if (table.stored.get(detail.stored) === state) table.stored.delete(detail.stored);
  detail.stored = undefined;
}

/** By entity, the values that a range of changes found in the columns of its key: only those that it changes. */
export function keysBefore(changes: Iterable<Change>): Map<EntityState, Map<ColumnModel, unknown>> {
  const result = new Map<EntityState, Map<ColumnModel, unknown>>();
  for (const { state, column, old } of changes) {
    if (column === undefined || column.keyIndex < 0 || old === absent) continue;
    const values = result.get(state);
    if (values === undefined) result.set(state, new Map([[column, old]]));
    else if (!values.has(column)) values.set(column, old);
  }
  return result;
}

/**
 * Does to the loaded rows what the database will do to them because a part of a key, or what another key refers to, got another value.
 * Each is logged, so that a rollback takes it back; the journal isn't told, for it knows the cascades itself. Costs as much as rows of the
 * referring tables are loaded.
 */
export function followKey(tracker: Tracker, state: EntityState, column: ColumnModel, old: unknown): void {
  for (const follower of tracker.followers.get(state.table) ?? []) {
    const at = follower.referenced.indexOf(column);
    const own = follower.columns[at];
    if (own === undefined) continue;
    const before = follower.referenced.map((part) => wireOf(part, part === column ? old : state.keyValue(part)));
    for (const child of follower.table.rows.values()) {
      if (child.life !== "live" || child === state) continue;
      const refers = follower.columns.every((part, i) => {
        const value = child.keyValue(part);
        if (value === null || value === undefined || value instanceof PendingKey) return false;
        const wanted = before[i];
        return wanted !== undefined && sameValue(part.codec.toWire(value), wanted);
      });
      if (refers)
        follow(tracker, child, own, follower.setsNull ? null : own.codec.fromWire(column.codec.toWire(state.row[column.property])));
    }
  }
}

function wireOf(column: ColumnModel, value: unknown) {
  return value === null || value === undefined || value === absent || value instanceof PendingKey
    ? undefined
    : column.codec.toWire(value);
}

function follow(tracker: Tracker, child: EntityState, column: ColumnModel, value: unknown): void {
  const old = child.row[column.property];
  const change = new Change("cascaded", child, column, old);
  change.wire = column.codec.toWire(value);
  tracker.log.push(change);
  const detail = child.needDetail();
  detail.latest[column.index] = undefined;
  (detail.pending[column.index] as number)++;
  child.row[column.property] = value;
  if (column.keyIndex >= 0) enterKey(tracker, change);
  else followKey(tracker, child, column, old);
}
