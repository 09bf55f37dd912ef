import type { Checkpoint } from "../uow/checkpoint.js";
import type { JournalChange, PendingChange } from "../uow/history.js";
import type { SaveOptions } from "../save/options.js";
import type { SaveResult } from "../uow/saver.js";
import type { CloseOptions, RollbackResult } from "../uow/unit_of_work.js";
import type { PlainName, TableName, UowTables } from "./tables.js";

/** What a unit of work adds to Drizzle's handle. */
export interface UowApi<DB, S> {
  /** The session's id: 32 hexadecimal digits. `createUow(db, { session })` takes it up elsewhere. */
  readonly session: string;
  /** Resolves once the changes of a session that was taken up are in memory. Queries and saves wait for it by themselves. */
  readonly ready: Promise<void>;
  /** Drizzle's relational queries, tracked. */
  readonly query: DB extends { readonly query: infer Q } ? Q : never;
  /** All tables by name: the way to those whose name is one of the unit of work's own. */
  readonly tables: UowTables<DB, S>;
  /** Checkpoints that can be rolled back to, oldest first. */
  readonly checkpoints: readonly Checkpoint[];
  /** A table by name, like `tables`. */
  $table<K extends keyof UowTables<DB, S>>(name: K): UowTables<DB, S>[K];

  /**
   * Saves all changes made before the call, or before a checkpoint, in one transaction, exactly once. What is changed meanwhile stays
   * pending. Entities then have what the database generated. Rejects with a `UowError`, after which nothing has changed: save again, or roll
   * back.
   */
  save(to?: Checkpoint | string, options?: SaveOptions): Promise<SaveResult>;
  save(options: SaveOptions): Promise<SaveResult>;
  /** Names the present state, to roll back to it or to save up to it. Names are unique in the session; without one it gets one. */
  setCheckpoint(name?: string): Checkpoint;
  /** Takes back all changes made after a checkpoint, or all that aren't saved. Changes nothing where it returns an error. */
  rollback(to?: Checkpoint | string): RollbackResult;
  /** Resolves when all changes are durable in the journal. */
  flush(): Promise<void>;
  /** Builds what isn't saved anew from the journal: also what others have added to the session. */
  reload(): Promise<void>;
  /** The history of the session, oldest first: what was changed, by whom, when. */
  changes(): AsyncIterable<JournalChange>;
  /** What a save would write, by entity. */
  pending(): readonly PendingChange[];
  /** Whether an entity is deleted, by a deletion that is saved or one that waits. */
  isDeleted(entity: object): boolean;
  /** Whether an entity has changes that aren't saved. */
  isChanged(entity: object): boolean;
  /** A plain deep copy of an entity, or of a result of a query, without tracking: for `structuredClone`, workers and caches. */
  unwrap<T>(value: T): T;
  /** Ends the session; changes that aren't saved are given up. */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Reserved = keyof UowApi<unknown, unknown> | "then";

/** A Drizzle handle with a unit of work: its tables, what saves and rolls back, and everything else as the handle has it. */
export type Uow<DB, S = unknown> = UowApi<DB, S> &
  Omit<UowTables<DB, S>, Reserved> &
  Omit<DB, Reserved | TableName<DB> | PlainName<DB, S>>;
