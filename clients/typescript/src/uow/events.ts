import { sameValue } from "../codec/values.js";
import { type Event, EventKind, type Field } from "../gen/uow/v1/event_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";
import { absent, type Change } from "../tracking/change_log.js";
import type { EntityState } from "../tracking/entity_state.js";
import { fieldOf } from "../tracking/field.js";
import { keysBefore } from "../tracking/key_change.js";
import { PendingKey } from "../tracking/pending_key.js";

// Events as literals: protobuf-es' `create` costs several times as much, and these are made once a change.

/** The keys that entities have at one point of a run of changes, where the run changes them. */
type Keys = Map<EntityState, Map<ColumnModel, Value>>;

function eventOf(kind: EventKind, state: EntityState, fields: Field[], keys: Keys): Event {
  const event = {
    $typeName: "uow.v1.Event",
    kind,
    table: state.table.model.index,
    key: keyOf(state, keys.get(state)),
    fields,
    tableName: "",
    newKey: [],
  } as Event;
  const version = kind === EventKind.UPDATED || kind === EventKind.DELETED ? versionOf(state) : undefined;
  if (version !== undefined) event.version = version;
  return event;
}

/** The entity's key in the journal: handles where the database will generate it. `before` has the parts that have changed since. */
export function keyOf(state: EntityState, before?: ReadonlyMap<ColumnModel, Value>): Value[] {
  return state.table.model.key.map((column) => before?.get(column) ?? wireOf(column, state.keyValue(column)));
}

/** The keys that entities had before a range of changes that goes on to the end of the log, where it changes them. */
export function keysAhead(changes: Iterable<Change>): Keys {
  const keys: Keys = new Map();
  for (const [state, values] of keysBefore(changes)) {
    keys.set(state, new Map(Array.from(values, ([column, value]) => [column, wireOf(column, value)])));
  }
  return keys;
}

function wireOf(column: ColumnModel, value: unknown): Value {
  if (!(value instanceof PendingKey)) return column.codec.toWire(value);
  return value.value === undefined ? value.toWire() : column.codec.toWire(value.value);
}

/** A known value in the journal's form; undefined for what wasn't loaded, or what the column's codec doesn't take. */
export function knownWire(column: ColumnModel, value: unknown): Value | undefined {
  if (value === absent || value === undefined) return undefined;
  try {
    return wireOf(column, value);
  } catch {
    return undefined;
  }
}

/** The version that a change is based on: none for a row that isn't in the database yet. */
function versionOf(state: EntityState): Value | undefined {
  if (state.detail?.created === true) return undefined;
  const column = state.table.version;
  return column === undefined ? undefined : knownWire(column, state.keyValue(column));
}

/**
 * The events of the changes since some point, in order. Consecutive changes of one entity's columns are one event. A document that was
 * changed and changed back is none.
 */
export function eventsOf(changes: readonly Change[]): Event[] {
  const events: Event[] = [];
  const oldest = oldestValues(changes);
  const keys = keysAhead(changes);
  for (let i = 0; i < changes.length; ) {
    const change = changes[i] as Change;
    if (change.kind === "created") {
      events.push(eventOf(EventKind.CREATED, change.state, change.fields ?? [], keys));
      i++;
    } else if (change.kind === "deleted") {
      events.push(deletedEvent(change.state, keys));
      i++;
    } else if (change.kind === "cascaded") {
      moveKey(keys, change);
      i++;
    } else {
      const fields = new Map<ColumnModel, Field>();
      const moves: Change[] = [];
      for (let next = changes[i]; next?.state === change.state && isUpdate(next); next = changes[++i]) {
        if ((next.column as ColumnModel).keyIndex < 0) addField(fields, next);
        else moves.push(next);
      }
      events.push(...updatedEvents(change.state, fields, moves, oldest.get(change.state), keys));
    }
  }
  return events;
}

function isUpdate({ kind }: Change): boolean {
  return kind === "set" || kind === "nested";
}

function updatedEvents(
  state: EntityState,
  fields: ReadonlyMap<ColumnModel, Field>,
  moves: readonly Change[],
  oldest: ReadonlyMap<ColumnModel, unknown> | undefined,
  keys: Keys,
): Event[] {
  const observed = fields.size === 0 ? undefined : observedEvent(state, fields, oldest, keys);
  const event = eventOf(EventKind.UPDATED, state, [...fields.values()], keys);
  for (const move of moves) moveKey(keys, move);
  const newKey = moves.length === 0 ? [] : keyOf(state, keys.get(state));
  const moved = newKey.some((value, i) => !sameValue(value, event.key[i] as Value));
  if (moved) event.newKey = newKey;
  if (fields.size === 0 && !moved) return [];
  return observed === undefined ? [event] : [observed, event];
}

/** A part of a key has changed: events from here on are of the new one. */
function moveKey(keys: Keys, { state, column, wire }: Change): void {
  if (column !== undefined && column.keyIndex >= 0 && wire !== undefined) keys.get(state)?.set(column, wire);
}

function addField(fields: Map<ColumnModel, Field>, change: Change): void {
  const column = change.column as ColumnModel;
  if (change.wire === undefined) change.state.table.tracker.seal(change.state, column);
  const old = (change.oldWire ??= knownWire(column, change.old));
  const value = change.wire as Value;
  const before = fields.get(column);
  if (before !== undefined) before.value = value;
  else if (change.kind !== "nested" || old === undefined || !sameValue(old, value)) fields.set(column, fieldOf(column, value, old));
}

/** Tells the values by which a save orders the deletion, what it refers to and which unique values it frees, or checks it. */
function deletedEvent(state: EntityState, keys: Keys): Event {
  const fields: Field[] = [];
  for (const column of state.table.told) {
    const old = knownWire(column, state.row[column.property]);
    if (old !== undefined) fields.push(fieldOf(column, undefined, old));
  }
  return eventOf(EventKind.DELETED, state, fields, keys);
}

/**
 * Before the first update of a part of a constraint over several columns: the values of all of them as they were loaded, for the save has to
 * know which value is freed.
 */
function observedEvent(
  state: EntityState,
  changed: ReadonlyMap<ColumnModel, Field>,
  oldest: ReadonlyMap<ColumnModel, unknown> | undefined,
  keys: Keys,
): Event | undefined {
  const detail = state.needDetail();
  if (detail.observed || detail.created) return undefined;
  const touched = state.table.constraints.filter((columns) => columns.some((column) => changed.has(column)));
  if (touched.length === 0) return undefined;
  detail.observed = true;
  const fields: Field[] = [];
  for (const column of new Set(touched.flat())) {
    const value = knownWire(column, oldest?.has(column) === true ? oldest.get(column) : state.row[column.property]);
    if (value !== undefined && column.keyIndex < 0) fields.push(fieldOf(column, value, undefined));
  }
  return fields.length === 0 ? undefined : eventOf(EventKind.OBSERVED, state, fields, keys);
}

/** What the columns of constraints held before a run of changes. */
function oldestValues(changes: readonly Change[]): Map<EntityState, Map<ColumnModel, unknown>> {
  const result = new Map<EntityState, Map<ColumnModel, unknown>>();
  for (const { kind, state, column, old } of changes) {
    if (kind !== "set" || column === undefined || state.table.constraints.length === 0) continue;
    const values = result.get(state) ?? new Map<ColumnModel, unknown>();
    if (!values.has(column)) values.set(column, old);
    result.set(state, values);
  }
  return result;
}
