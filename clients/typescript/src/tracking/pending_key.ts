import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel, TableModel } from "../model/model.js";
import { UowError } from "../errors.js";

/** Where a pending key was assigned: to be replaced once the key is known. */
export interface Referrer {
  replaceKey(column: ColumnModel, key: PendingKey): void;
}

let serials = 0;

/**
 * Stands in the place of a key that the database generates at the next save. It may be assigned to any column that refers to the key, of
 * any entity of the same unit of work; everything else that needs the value itself throws. After the save the entities have the real key.
 */
export class PendingKey {
  readonly #table: TableModel;
  readonly #column: ColumnModel;
  /** Referrers and their columns in turn: most keys have one or two. */
  #referrers: (Referrer | ColumnModel)[] = [];
  #value: unknown;
  readonly #serial = ++serials;

  /** @internal */
  constructor(
    table: TableModel,
    column: ColumnModel,
    /** The writer that created the entity. */
    readonly writer: string,
    /** That writer's number for the key. */
    readonly counter: bigint,
  ) {
    this.#table = table;
    this.#column = column;
  }

  /** The key, once it is saved; undefined until then. */
  get value(): unknown {
    return this.#value;
  }

  /** @internal */
  get table(): TableModel {
    return this.#table;
  }

  /** @internal */
  get column(): ColumnModel {
    return this.#column;
  }

  /** @internal Unique among all pending keys of this process. */
  get id(): string {
    return `\0${this.#serial}`;
  }

  /** @internal The handle in the journal. */
  toWire(): Value {
    const handle = { $typeName: "uow.v1.Handle" as const, writer: this.writer, counter: this.counter };
    return { $typeName: "uow.v1.Value", kind: { case: "handleValue", value: handle } };
  }

  /** @internal */
  refer(referrer: Referrer, column: ColumnModel): void {
    this.#referrers.push(referrer, column);
  }

  /** @internal The save has generated the key. */
  resolve(value: unknown): void {
    if (this.#value !== undefined) return;
    this.#value = value;
    const referrers = this.#referrers;
    this.#referrers = [];
    for (let i = 0; i < referrers.length; i += 2) (referrers[i] as Referrer).replaceKey(referrers[i + 1] as ColumnModel, this);
  }

  [Symbol.toPrimitive](): never {
    throw this.#unknown();
  }

  toString(): never {
    throw this.#unknown();
  }

  valueOf(): never {
    throw this.#unknown();
  }

  toJSON(): never {
    throw this.#unknown();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `PendingKey(${this.#table.property}.${this.#column.property})`;
  }

  #unknown(): UowError {
    const name = `${this.#table.property}.${this.#column.property}`;
    return new UowError(
      "KEY_PENDING",
      `the key ${name} isn't known before the save: the database generates it. Assign it to columns that refer to ${name}, or save first`,
    );
  }
}
