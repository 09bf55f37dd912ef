import { type Event, EventKind } from "../gen/uow/v1/event_pb.js";
import { sameValue } from "../codec/values.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel, TableModel } from "../model/model.js";
import { absent, type Change } from "../tracking/change_log.js";
import type { EntityState } from "../tracking/entity_state.js";
import { PendingKey } from "../tracking/pending_key.js";
import { unwrapDeep } from "../tracking/plain.js";
import type { Tracker } from "../tracking/tracker.js";
import type { UnitOfWork } from "./unit_of_work.js";

/** Values by property. A key that the database hasn't generated yet is a pending key. */
export type Values = Readonly<Record<string, unknown>>;

/** One change in a session's history. */
export interface JournalChange {
  readonly kind: "created" | "updated" | "deleted";
  /** Drizzle's name of the table. */
  readonly table: string;
  readonly key: Values;
  /** created: the columns given. updated: the columns changed. */
  readonly values: Values;
  /** updated, deleted: the values before, as far as they are known. */
  readonly old: Values;
  /** Its place in the session's journal. */
  readonly offset: bigint;
  /** The process that made it. */
  readonly writer: string;
  /** When it became durable. */
  readonly time: Date;
}

/** What the changes of one entity that aren't saved amount to. */
export interface PendingChange {
  readonly kind: "insert" | "update" | "delete";
  readonly table: string;
  readonly entity: object;
  /** insert: all columns given. update: the columns that change. */
  readonly values: Values;
  /** update, delete: the values before. */
  readonly old: Values;
}

const kinds: Partial<Record<EventKind, JournalChange["kind"]>> = {
  [EventKind.CREATED]: "created",
  [EventKind.UPDATED]: "updated",
  [EventKind.DELETED]: "deleted",
};

/** Reads the session's history from the journal. */
export async function* readHistory(unit: UnitOfWork): AsyncIterable<JournalChange> {
  if (!unit.resumed && unit.tracker.log.end === 0 && unit.session.lastSequence === 0n) return;
  await unit.flush();
  for await (const { event, writer, offset, time } of unit.session.readJournal(0n)) {
    const kind = event === undefined ? undefined : kinds[event.kind];
    const table = event === undefined ? undefined : unit.tracker.model.tables[event.table];
    if (event === undefined || kind === undefined || table === undefined) continue;
    yield {
      kind,
      table: table.property,
      key: readKey(unit.tracker, table, event, writer),
      values: { ...readNewKey(unit.tracker, table, event, writer), ...readFields(unit.tracker, table, event, writer, "value") },
      old: { ...readOldKey(unit.tracker, table, event, writer), ...readFields(unit.tracker, table, event, writer, "old") },
      offset,
      writer,
      time: time === undefined ? new Date(0) : new Date(Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6)),
    };
  }
}

function readKey(tracker: Tracker, table: TableModel, event: Event, writer: string): Values {
  return Object.fromEntries(table.key.map((column, i) => [column.property, readValue(tracker, column, event.key[i], writer)]));
}

/** The parts of the key that an event changes. */
function movedParts({ key }: TableModel, event: Event): ColumnModel[] {
  return key.filter((_column, i) => {
    const after = event.newKey[i];
    return after !== undefined && !sameValue(event.key[i] as Value, after);
  });
}

function readNewKey(tracker: Tracker, table: TableModel, event: Event, writer: string): Values {
  return Object.fromEntries(
    movedParts(table, event).map((column) => [column.property, readValue(tracker, column, event.newKey[column.keyIndex], writer)]),
  );
}

function readOldKey(tracker: Tracker, table: TableModel, event: Event, writer: string): Values {
  const key = readKey(tracker, table, event, writer);
  return Object.fromEntries(movedParts(table, event).map(({ property }) => [property, key[property]]));
}

function readFields(tracker: Tracker, table: TableModel, event: Event, writer: string, part: "value" | "old"): Values {
  const values: Record<string, unknown> = {};
  for (const field of event.fields) {
    const column = table.columns[field.column];
    const value = field[part];
    if (column !== undefined && value !== undefined) values[column.property] = readValue(tracker, column, value, writer);
  }
  return values;
}

function readValue(tracker: Tracker, column: ColumnModel, value: Value | undefined, writer: string): unknown {
  if (value === undefined) return undefined;
  if (value.kind.case !== "handleValue") return column.codec.fromWire(value);
  const handle = value.kind.value;
  const key = tracker.keys.find(handle.writer === "" ? writer : handle.writer, handle.counter);
  return key?.value ?? key;
}

/** What a save would write of this process's changes, in the order in which the entities were first changed. */
export function pendingChanges(tracker: Tracker): PendingChange[] {
  tracker.inPlace.detectAll();
  const first = new Map<EntityState, Change[]>();
  for (const change of tracker.log.range(tracker.log.begin, tracker.log.end)) {
    // The database changes it, not the save.
    if (change.kind === "cascaded") continue;
    const changes = first.get(change.state);
    if (changes === undefined) first.set(change.state, [change]);
    else changes.push(change);
  }
  return [...first].flatMap(([state, changes]) => netChange(state, changes) ?? []);
}

function netChange(state: EntityState, changes: readonly Change[]): PendingChange | undefined {
  const { property, columns } = state.table.model;
  const created = changes[0]?.kind === "created";
  const deleted = state.life === "deleted";
  if (created && deleted) return undefined;
  const base = { table: property, entity: state.proxy };
  if (created) {
    const given = columns.filter((column) => state.row[column.property] !== undefined);
    return { ...base, kind: "insert", values: pick(state, given), old: {} };
  }
  const old = oldValues(changes);
  if (deleted) return { ...base, kind: "delete", values: {}, old: { ...pick(state, columns), ...known(old) } };
  const changed = [...old.keys()].filter((column) => !sameAs(state, column, old.get(column)));
  if (changed.length === 0) return undefined;
  return { ...base, kind: "update", values: pick(state, changed), old: known(old) };
}

function oldValues(changes: readonly Change[]): Map<ColumnModel, unknown> {
  const old = new Map<ColumnModel, unknown>();
  for (const { column, kind, old: before, oldWire } of changes) {
    if (column === undefined || old.has(column)) continue;
    old.set(column, kind === "nested" && oldWire !== undefined ? column.codec.fromWire(oldWire) : before);
  }
  return old;
}

function sameAs(state: EntityState, column: ColumnModel, old: unknown): boolean {
  const now = state.row[column.property];
  if (old === absent || old instanceof PendingKey || now instanceof PendingKey) return old === now;
  return column.codec.equals(old, now);
}

function known(values: ReadonlyMap<ColumnModel, unknown>): Values {
  return Object.fromEntries(Array.from(values).flatMap(([column, value]) => (value === absent ? [] : [[column.property, value]])));
}

function pick(state: EntityState, columns: readonly ColumnModel[]): Values {
  const loaded = columns.filter(({ property }) => property in state.row);
  return unwrapDeep(Object.fromEntries(loaded.map(({ property }) => [property, state.row[property]])));
}
