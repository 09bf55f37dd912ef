import { sameValue } from "../codec/values.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";
import { Change } from "./change_log.js";
import type { EntityState } from "./entity_state.js";
import { enterKey } from "./key_change.js";
import type { Tracker } from "./tracker.js";

/** What a watched value was when it was last recorded; undefined if it is that still. */
export function changedInPlace(state: EntityState, column: ColumnModel): { readonly value: unknown } | undefined {
  const watches = state.detail?.watches;
  if (watches?.has(column) !== true) return undefined;
  const value = watches.get(column);
  const now = state.row[column.property];
  if (column.codec.mutable) return column.codec.equals(value, now) ? undefined : { value };
  return sameValue(value as Value, column.codec.toWire(now)) ? undefined : { value };
}

/** Finds changes that no trap sees: of dates, buffers and documents that somebody holds. */
export class InPlaceChanges {
  readonly #watched = new Set<EntityState>();

  constructor(private readonly tracker: Tracker) {}

  /** Remembers a value that can change without a trap, as it is now, when the application first gets hold of it. */
  watch(state: EntityState, column: ColumnModel, value: unknown): void {
    const watches = (state.needDetail().watches ??= new Map<ColumnModel, unknown>());
    if (watches.has(column)) return;
    watches.set(column, column.codec.mutable ? column.codec.snapshot(value) : column.codec.toWire(value));
    this.#watched.add(state);
  }

  /** The entity is gone. */
  forget(state: EntityState): void {
    this.#watched.delete(state);
  }

  /** Logs what changed in place without a trap. Throws for values that their columns can't hold. */
  detectAll(): void {
    for (const state of this.#watched) this.detectIn(state);
  }

  /** The same for one entity. */
  detectIn(state: EntityState): void {
    if (state.life !== "live") return;
    for (const column of state.detail?.watches?.keys() ?? []) this.detect(state, column);
  }

  /** The same for one column. */
  detect(state: EntityState, column: ColumnModel): void {
    const { tracker } = this;
    const before = changedInPlace(state, column);
    if (before === undefined) return;
    const { codec } = column;
    const now = state.row[column.property];
    const wire = codec.toWire(now);
    tracker.gate.admit();
    const change = this.#note(state, column, before.value, wire);
    state.detail?.watches?.set(column, codec.mutable ? codec.snapshot(now) : wire);
    if (column.keyIndex >= 0) enterKey(tracker, change);
    if (state.table.onUpdate.length > 0) tracker.evaluateOnUpdate(state, column);
    tracker.gate.changed();
  }

  /** Logs what changed in place in order to undo it at once: also values that their columns can't hold. */
  detectForRollback(): void {
    for (const state of this.#watched) {
      if (state.life !== "live") continue;
      for (const column of state.detail?.watches?.keys() ?? []) {
        const before = changedInPlace(state, column);
        if (before !== undefined) this.#note(state, column, before.value, undefined);
      }
    }
  }

  /** Logs a change, given what the value was in the form in which it is watched. */
  #note(state: EntityState, column: ColumnModel, before: unknown, wire: Value | undefined): Change {
    const { tracker } = this;
    const old = column.codec.mutable ? before : column.codec.fromWire(before as Value);
    const change = new Change("set", state, column, old);
    change.oldWire = tracker.seal(state, column);
    change.wire = wire;
    tracker.log.push(change);
    const detail = state.needDetail();
    detail.latest[column.index] = undefined;
    (detail.pending[column.index] as number)++;
    return change;
  }
}
