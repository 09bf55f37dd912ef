import type { Field } from "../gen/uow/v1/event_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";
import type { EntityState } from "./entity_state.js";

/** Stands for the value of a column that was not loaded. */
export const absent: unique symbol = Symbol("absent");

/**
 * What a change did: gave a column another value, changed a document in place, created or deleted an entity. `cascaded`: gave a column
 * another value because the row that it refers to has another key; the journal isn't told.
 */
export type ChangeKind = "set" | "nested" | "created" | "deleted" | "cascaded";

/** One change of one entity, and what undoes it. */
export class Change {
  /** Its place in the log. */
  position = 0;
  /** The journal's form of the value before. Computed when it is needed, except for documents, which go on changing. */
  oldWire: Value | undefined = undefined;
  /** The journal's form of the value. Of documents that change in place: once no further change is part of this one. */
  wire: Value | undefined = undefined;
  /** nested: what undoes each step, oldest first. */
  steps: (() => void)[] | undefined = undefined;
  /** created: what the journal is told, and the columns that it isn't told, for the database fills them in. */
  fields: Field[] | undefined = undefined;
  omitted: readonly ColumnModel[] | undefined = undefined;
  /** created, or a key changed: the deleted entity whose key it takes. */
  shadowed: EntityState | undefined = undefined;

  constructor(
    readonly kind: ChangeKind,
    readonly state: EntityState,
    /** set, nested, cascaded. */
    readonly column: ColumnModel | undefined,
    /** set, cascaded: the application's value before, or `absent`. */
    public old: unknown,
  ) {}

  /** Drops what only the journal needed. */
  release(): void {
    this.wire = undefined;
    this.fields = undefined;
    if (this.kind === "set") this.oldWire = undefined;
  }
}

/**
 * The changes since the last save, oldest first. A position counts the changes before it over the whole life of the unit of work, so that
 * positions stay valid while saved changes drop off the front.
 */
export class ChangeLog {
  #entries: Change[] = [];
  #begin = 0;
  #recorded = 0;

  /** The position of the oldest change that isn't saved. */
  get begin(): number {
    return this.#begin;
  }

  /** The position after the newest change. */
  get end(): number {
    return this.#begin + this.#entries.length;
  }

  get last(): Change | undefined {
    return this.#entries.at(-1);
  }

  /** The position up to which the journal has been told. */
  get recorded(): number {
    return this.#recorded;
  }

  /** Whether a change may still become another one: it is the newest, and the journal has not been told of it. */
  isOpen(last: Change): boolean {
    return last === this.last && this.#recorded < this.end;
  }

  /** Whether the journal has been told of a change. */
  isRecorded(change: Change): boolean {
    return change.position < this.#recorded;
  }

  /** The changes that the journal has not been told of. */
  unrecorded(): readonly Change[] {
    return this.#entries.slice(Math.max(this.#recorded - this.#begin, 0));
  }

  /** From now on the journal has been told of everything. */
  markRecorded(): void {
    this.#recorded = this.end;
  }

  push(change: Change): void {
    change.position = this.#begin + this.#entries.length;
    this.#entries.push(change);
  }

  /** The changes in a range of positions. */
  *range(from: number, to: number): Iterable<Change> {
    for (let i = from - this.#begin; i < to - this.#begin; i++) yield this.#entries[i] as Change;
  }

  /** Hands over the changes from the newest down to a position, and forgets them. */
  undoTo(position: number, visit: (change: Change) => void): void {
    while (this.end > position) visit(this.#entries.pop() as Change);
    this.#recorded = Math.min(this.#recorded, this.end);
  }

  /** Forgets the changes before a position and returns them, oldest first. */
  trimTo(position: number): readonly Change[] {
    const trimmed = this.#entries.splice(0, position - this.#begin);
    this.#begin += trimmed.length;
    return trimmed;
  }
}
