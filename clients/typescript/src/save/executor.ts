import type { Position } from "../gen/uow/v1/journal_service_pb.js";
import type { ColumnModel, TableModel } from "../model/model.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { SaveOptions } from "./options.js";

/** Keys that a save resolved: by writer and counter of their handles. */
export type ResolvedKeys = ReadonlyMap<string, ReadonlyMap<number, Value>>;

/** A saved row, some of whose columns the database filled in. */
export interface WantedRow {
  readonly table: TableModel;
  /** As in the events: with handles for keys that this save resolves. */
  readonly key: readonly Value[];
  /** Defaults that an insert omitted, computed columns, versions. Never columns of the key. */
  readonly columns: readonly ColumnModel[];
}

/** What the database has in a wanted row. */
export interface HydratedRow {
  readonly wanted: WantedRow;
  /** The application's values, as Drizzle returns them from a query, by property. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What a save wrote. */
export interface SaveOutcome {
  readonly saveId: string;
  /** The range of events that it covered. */
  readonly from: bigint;
  readonly to: bigint;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly keys: ResolvedKeys;
  /** What was read back of the wanted rows. A row that somebody deleted right after the commit may be missing. */
  readonly hydrated: readonly HydratedRow[];
  /**
   * Whether it was written within a transaction of the user's, which is still to be committed. Until somebody settles the save from outside
   * of it, the journal takes it for pending; if that transaction is rolled back, it never happened.
   */
  readonly provisional: boolean;
}

/** Carries out saves of one unit of work: through the user's `db`, or by the server. */
export interface SaveExecutor {
  /**
   * Saves everything before `to`, once, whatever dies meanwhile: an attempt of an earlier process that may have committed is settled first.
   * Rejects with a typed `UowError`; the database and the journal are then as they were. Where the outcome can't be known yet (`SAVE_IN_DOUBT`,
   * the journal or the target out of reach) the same call with the same save id and position finds it out, or saves.
   *
   * `recorded` resolves once the journal has everything before `to`; before that nothing is written into the database. Where it rejects,
   * nothing is, and the save rejects with the same error. Absent: the journal has it.
   */
  save(
    saveId: string,
    to: Position,
    wanted: readonly WantedRow[],
    recorded?: Promise<void>,
    options?: SaveOptions,
  ): Promise<SaveOutcome>;
}
