import type { Table } from "drizzle-orm";
import { ValueError } from "../codec/value_error.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel, SchemaModel } from "../model/model.js";
import { UowError } from "../errors.js";
import { absent, Change, ChangeLog } from "./change_log.js";
import { createEntity } from "./create.js";
import type { EntityState, Row, TrackedTable } from "./entity_state.js";
import type { Gate } from "./gate.js";
import { identityOf } from "./identity.js";
import { InPlaceChanges } from "./in_place.js";
import { changeKey, type Follower, followersOf, followKey, forgetStored, keysBefore, rememberStored } from "./key_change.js";
import { detach } from "./nested.js";
import { PendingKey } from "./pending_key.js";
import { labelOf, PendingKeys } from "./pending_keys.js";
import { trackTable } from "./tracked_table.js";
import { forget, undo } from "./undo.js";

/** The entities of one unit of work, their changes since the last save, and how to undo them. */
export class Tracker {
  readonly log = new ChangeLog();
  readonly tables: readonly TrackedTable[];
  readonly keys: PendingKeys;
  readonly inPlace = new InPlaceChanges(this);
  /** By table, what follows where its keys change. */
  readonly followers: ReadonlyMap<TrackedTable, readonly Follower[]>;
  /** Counts checkpoints, saves and rollbacks: `$onUpdateFn` is evaluated once an entity between two of them. */
  segment = 0;
  /** The number of saves that were applied to memory. */
  saves = 0;
  readonly #byTable: ReadonlyMap<Table, TrackedTable>;

  constructor(
    readonly model: SchemaModel,
    readonly gate: Gate,
  ) {
    this.keys = new PendingKeys(model, gate);
    this.tables = model.tables.map((table) => trackTable(table, model, this));
    this.followers = followersOf(this.tables);
    this.#byTable = new Map(this.tables.map((table) => [table.model.table, table]));
  }

  table(table: Table): TrackedTable | undefined {
    return this.#byTable.get(table);
  }

  // ---- Changes ----

  create(table: TrackedTable, values: Readonly<Record<string, unknown>>): Row {
    this.gate.admit();
    const change = createEntity(this, table, values);
    this.log.push(change);
    this.gate.changed();
    return change.state.proxy;
  }

  delete(state: EntityState): void {
    this.gate.admit();
    if (state.life === "deleted" || state.life === "gone") return;
    this.checkLive(state);
    this.inPlace.detectIn(state);
    state.life = "deleted";
    this.log.push(new Change("deleted", state, undefined, undefined));
    this.gate.changed();
  }

  /** Gives a column a value, as an assignment does. */
  change(state: EntityState, column: ColumnModel, given: unknown): void {
    this.gate.admit();
    if (state.life !== "live") this.checkLive(state);
    if (state.detail?.watches?.has(column) === true) this.inPlace.detect(state, column);
    const old = state.row[column.property];
    if (old === given && given !== undefined) return;
    if (column.computed || given === undefined) refuse(state, column, given);
    if (column.keyIndex >= 0) {
      if (!changeKey(this, state, column, given)) return;
    } else {
      const known = old !== undefined || Object.hasOwn(state.row, column.property);
      if (known && same(column, old, given)) return;
      this.#set(state, column, given, known ? old : absent);
      if (this.followers.size > 0) followKey(this, state, column, old);
    }
    if (state.table.onUpdate.length > 0) this.evaluateOnUpdate(state, column);
    this.gate.changed();
  }

  #set(state: EntityState, column: ColumnModel, given: unknown, old: unknown): void {
    const wire = this.keys.wireOf(state.table, column, given);
    const detail = state.needDetail();
    const latest = detail.latest[column.index];
    if (latest !== undefined && !this.log.isRecorded(latest) && this.#mayMerge(latest, column, wire)) {
      latest.wire = wire;
    } else {
      const change = new Change("set", state, column, detail.watches?.get(column) ?? old);
      // A document may go on changing through what somebody holds of it.
      if (typeof old === "object" && isDocument(column, old)) change.oldWire = this.seal(state, column) ?? column.codec.toWire(old);
      change.wire = wire;
      this.log.push(change);
      detail.latest[column.index] = change;
      (detail.pending[column.index] as number)++;
    }
    this.store(state, column, given);
  }

  /**
   * Whether a further assignment may take the place of one that the journal has not been told of. What refers to other rows keeps its place
   * among their creations and deletions, and documents theirs among the changes in place.
   */
  #mayMerge(latest: Change, column: ColumnModel, wire: Value): boolean {
    if (latest === this.log.last) return wire.kind.case !== "handleValue" && latest.wire?.kind.case !== "handleValue";
    return column.references.length === 0 && latest.state.detail?.documents?.has(column) !== true;
  }

  /** Puts a value into an entity's row. */
  store(state: EntityState, column: ColumnModel, given: unknown): void {
    if (typeof given !== "object" || given === null) {
      state.row[column.property] = given;
      state.detail?.watches?.delete(column);
    } else if (given instanceof PendingKey) {
      state.row[column.property] = given.value ?? given;
      given.refer(state, column);
    } else {
      state.row[column.property] = column.codec.mutable ? given : detach(given);
      state.detail?.watches?.delete(column);
      if (column.codec.mutable) this.inPlace.watch(state, column, given);
    }
  }

  /** Changes a document in place by `apply`, which may throw; `undoStep` undoes it. */
  changeDocument(state: EntityState, column: ColumnModel, undoStep: () => void, apply: () => void): void {
    this.gate.admit();
    if (state.life !== "live") this.checkLive(state);
    if (column.keyIndex >= 0 || column.computed) refuse(state, column, null);
    const detail = state.needDetail();
    const last = this.log.last;
    const open = last?.kind === "nested" && last.state === state && last.column === column && this.log.isOpen(last);
    const change = open ? last : new Change("nested", state, column, undefined);
    if (!open) change.oldWire = this.seal(state, column) ?? column.codec.toWire(state.row[column.property]);
    try {
      apply();
    } catch (error) {
      undoStep();
      throw error;
    }
    if (detail.watches?.has(column) === true) detail.watches.set(column, column.codec.toWire(state.row[column.property]));
    (change.steps ??= []).push(undoStep);
    if (open) return;
    this.log.push(change);
    (detail.pending[column.index] as number)++;
    detail.openDocuments = (detail.openDocuments ?? new Map<ColumnModel, Change>()).set(column, change);
    if (state.table.onUpdate.length > 0) this.evaluateOnUpdate(state, column);
    this.gate.changed();
  }

  /** Ends a run of changes in place: the journal's form of the document as it is now. undefined if there is none. */
  seal(state: EntityState, column: ColumnModel): Value | undefined {
    const open = state.detail?.openDocuments?.get(column);
    if (open === undefined) return undefined;
    state.detail?.openDocuments?.delete(column);
    return (open.wire = column.codec.toWire(state.row[column.property]));
  }

  /** Gives the columns with `$onUpdateFn` their values, once an entity between two checkpoints. */
  evaluateOnUpdate(state: EntityState, changed: ColumnModel): void {
    const detail = state.needDetail();
    const { onUpdate } = state.table;
    if (detail.created || detail.touched === this.segment) return;
    detail.touched = this.segment;
    for (const column of onUpdate) {
      if (column === changed || onUpdate.includes(changed)) continue;
      const value: unknown = column.column.onUpdateFn?.();
      const old = state.row[column.property];
      if (!same(column, old, value)) this.#set(state, column, value, Object.hasOwn(state.row, column.property) ? old : absent);
    }
  }

  // ---- Entities ----

  /** Enters an entity into the identity map under the key that it has now. */
  identify(state: EntityState): void {
    const { rows, model } = state.table;
    const identity = identityOf(model.key, (column) => state.keyValue(column));
    if (identity === undefined || identity === state.identity) return;
    if (rows.get(state.identity) === state) {
      rows.delete(state.identity);
      rows.set(identity, state);
    }
    state.identity = identity;
  }

  hasChanges({ detail }: EntityState): boolean {
    return detail !== undefined && (detail.created || detail.pending.some((count) => count > 0));
  }

  checkLive(state: EntityState): void {
    const name = state.table.model.property;
    if (state.life === "detached") {
      throw new UowError("ENTITY_DETACHED", `the creation of this entity of ${name} was rolled back: it can be read, not changed`);
    }
    if (state.life !== "live") {
      throw new UowError("ENTITY_DELETED", `this entity of ${name} was deleted; roll back its deletion to change it`);
    }
  }

  // ---- Rollback and save ----

  /** Undoes all changes after a position. Costs as much as there are. Returns the entities whose creation was undone. */
  undoTo(position: number): readonly EntityState[] {
    const detached: EntityState[] = [];
    this.segment++;
    this.log.undoTo(position, (change) => {
      undo(change);
      if (change.kind === "created") detached.push(change.state);
    });
    return detached;
  }

  /** What comes before a position is saved: it can't be undone any more. Returns those changes. */
  trimTo(position: number): readonly Change[] {
    this.saves++;
    const trimmed = this.log.trimTo(position);
    for (const change of trimmed) {
      forget(change, this.saves);
      if (change.state.life === "gone") this.inPlace.forget(change.state);
      if (change.column !== undefined && change.column.keyIndex >= 0) forgetStored(change.state);
    }
    // Keys that changed again after what is saved.
    for (const [state, before] of keysBefore(this.log.range(this.log.begin, this.log.end))) rememberStored(state, before);
    return trimmed;
  }

  /** Takes up a value that the save has read back. Where the column has changed since, a rollback of that leads back to it. */
  hydrate(state: EntityState, column: ColumnModel, value: unknown): void {
    if ((state.detail?.pending[column.index] ?? 0) === 0) {
      this.replace(state, column, value);
      return;
    }
    for (const change of this.log.range(this.log.begin, this.log.end)) {
      if (change.state !== state || change.column !== column) continue;
      if (change.kind === "set") change.old = value;
      return;
    }
  }

  /** Stores a value that comes from the database. */
  replace(state: EntityState, column: ColumnModel, value: unknown): void {
    state.row[column.property] = value;
    state.detail?.watches?.delete(column);
  }
}

function isDocument(column: ColumnModel, value: unknown): boolean {
  return typeof value === "object" && value !== null && !column.codec.mutable && !(value instanceof PendingKey);
}

function same(column: ColumnModel, a: unknown, b: unknown): boolean {
  if (typeof a === "object" || typeof b === "object") {
    if (a instanceof PendingKey || b instanceof PendingKey) return a === b;
  }
  return column.codec.equals(a, b);
}

function refuse(state: EntityState, column: ColumnModel, given: unknown): never {
  const label = labelOf(state.table, column);
  if (given === undefined) throw new ValueError(label, undefined, column.nullable ? "null to clear it" : "no undefined");
  if (column.computed) throw new UowError("COLUMN_GENERATED", `${label} is computed by the database and can't be written`);
  throw new UowError("KEY_IMMUTABLE", `${label} is part of the primary key, which doesn't change in place: assign another value`);
}
