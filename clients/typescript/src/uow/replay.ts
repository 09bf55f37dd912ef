import { type Event, EventKind, type Field } from "../gen/uow/v1/event_pb.js";
import type { GeneratedEntity } from "../gen/uow/v1/save_service_pb.js";
import { sameValue } from "../codec/values.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";
import { absent, Change } from "../tracking/change_log.js";
import { EntityState, type Row, type TrackedTable } from "../tracking/entity_state.js";
import { type IdentityKey, identityOf } from "../tracking/identity.js";
import { takeKey } from "../tracking/key_change.js";
import { PendingKey } from "../tracking/pending_key.js";
import type { Tracker } from "../tracking/tracker.js";

/** Takes up the keys that a save has generated for an entity. */
export function resolveGenerated(tracker: Tracker, entity: GeneratedEntity): void {
  const table = tracker.tables[entity.table];
  if (table === undefined) return;
  entity.key.forEach(({ kind }, i) => {
    const value = entity.generatedKey[i];
    const column = table.model.key[i];
    if (kind.case !== "handleValue" || value === undefined || column === undefined) return;
    tracker.keys.of(table, column, kind.value.writer, kind.value.counter).resolve(column.codec.fromWire(value));
  });
}

/** Makes journaled changes in memory. Rows that nobody has loaded yet are entities of what is known of them; loading fills in the rest. */
export class Replay {
  readonly #detached = new Map<string, EntityState>();

  constructor(
    private readonly tracker: Tracker,
    /** Entities whose creation was undone, to be the same objects when the journal has them still. */
    detached: readonly EntityState[] = [],
  ) {
    for (const state of detached) this.#detached.set(`${state.table.model.index} ${state.identity}`, state);
  }

  apply(event: Event, writer: string): void {
    const table = this.tracker.tables[event.table];
    if (table === undefined) return;
    const key: Row = {};
    table.model.key.forEach((column, i) => {
      const part = event.key[i];
      if (part !== undefined) key[column.property] = this.#read(table, column, part, writer);
    });
    const identity = identityOf(table.model.key, (column) => key[column.property]);
    if (identity === undefined) return;
    if (event.kind === EventKind.CREATED) {
      this.#create(table, identity, key, event.fields, writer);
      return;
    }
    const state = table.rows.get(identity) ?? this.#attach(table, identity, key);
    if (state.life !== "live") return;
    if (event.kind === EventKind.OBSERVED) this.#observe(state, event.fields, writer);
    else if (event.kind === EventKind.UPDATED) this.#update(state, event, writer);
    else this.#delete(state);
  }

  #attach(table: TrackedTable, identity: IdentityKey, key: Row): EntityState {
    const state = new EntityState(table, key, identity);
    table.rows.set(identity, state);
    return state;
  }

  #create(table: TrackedTable, identity: IdentityKey, key: Row, fields: readonly Field[], writer: string): void {
    const shadowed = table.rows.get(identity);
    if (shadowed?.life === "live") return;
    const given = new Map(fields.map((field) => [field.column, field.value]));
    const omitted: ColumnModel[] = [];
    const row: Row = {};
    for (const column of table.model.columns) {
      const value = given.get(column.index);
      if (column.keyIndex >= 0) row[column.property] = key[column.property];
      else if (value !== undefined) row[column.property] = this.#read(table, column, value, writer);
      else row[column.property] = column.hasDefault || column.computed ? undefined : null;
      if (value === undefined && column.keyIndex < 0 && row[column.property] === undefined) omitted.push(column);
    }
    const state = this.#revive(table, identity, row);
    state.needDetail().created = true;
    for (const column of table.model.columns) {
      const value = row[column.property];
      if (value instanceof PendingKey) value.refer(state, column);
    }
    table.rows.set(identity, state);
    const change = new Change("created", state, undefined, undefined);
    Object.assign(change, { omitted, shadowed });
    this.tracker.log.push(change);
  }

  #revive(table: TrackedTable, identity: IdentityKey, row: Row): EntityState {
    const known = this.#detached.get(`${table.model.index} ${identity}`);
    if (known === undefined) return new EntityState(table, row, identity);
    this.#detached.delete(`${table.model.index} ${identity}`);
    Object.assign(known.row, row);
    known.life = "live";
    known.detail?.watches?.clear();
    return known;
  }

  #observe(state: EntityState, fields: readonly Field[], writer: string): void {
    state.needDetail().observed = true;
    for (const field of fields) {
      const column = state.table.model.columns[field.column];
      if (column === undefined || field.value === undefined || Object.hasOwn(state.row, column.property)) continue;
      state.row[column.property] = this.#read(state.table, column, field.value, writer);
    }
  }

  #update(state: EntityState, event: Event, writer: string): void {
    for (const field of event.fields) this.#set(state, field, writer);
    const { key } = state.table.model;
    const moved = key.filter((_column, i) => event.newKey[i] !== undefined && !sameValue(event.newKey[i], event.key[i] as Value));
    for (const column of moved) {
      const value = this.#read(state.table, column, event.newKey[column.keyIndex] as Value, writer);
      takeKey(this.tracker, state, column, value, event.newKey[column.keyIndex] as Value);
    }
  }

  #set(state: EntityState, field: Field, writer: string): void {
    const column = state.table.model.columns[field.column];
    if (column === undefined || field.value === undefined) return;
    const known = Object.hasOwn(state.row, column.property);
    const journaled = field.old === undefined ? absent : this.#read(state.table, column, field.old, writer);
    const change = new Change("set", state, column, known ? state.row[column.property] : journaled);
    change.oldWire = field.old;
    change.wire = field.value;
    this.tracker.log.push(change);
    (state.needDetail().pending[column.index] as number)++;
    const value = this.#read(state.table, column, field.value, writer);
    this.tracker.replace(state, column, value);
    if (value instanceof PendingKey) value.refer(state, column);
  }

  #delete(state: EntityState): void {
    state.life = "deleted";
    this.tracker.log.push(new Change("deleted", state, undefined, undefined));
  }

  /** A handle is its pending key, or the key that a save has given it. */
  #read(table: TrackedTable, column: ColumnModel, value: Value, writer: string): unknown {
    if (value.kind.case !== "handleValue") return column.codec.fromWire(value);
    const { counter } = value.kind.value;
    const owner = value.kind.value.writer === "" ? writer : value.kind.value.writer;
    const reference = column.keyIndex >= 0 && column.generatedKey ? undefined : column.references[0];
    const target = reference === undefined ? table : this.tracker.tables[reference.table];
    const targetColumn = reference === undefined ? column : target?.model.columns[reference.column];
    if (target === undefined || targetColumn === undefined) return undefined;
    const key = this.tracker.keys.of(target, targetColumn, owner, counter);
    return key.value ?? key;
  }
}
