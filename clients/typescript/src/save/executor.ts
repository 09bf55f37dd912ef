import type { Position } from "../gen/uow/v1/journal_service_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";

/** Keys that a save resolved: by writer and counter of their handles. */
export type ResolvedKeys = ReadonlyMap<string, ReadonlyMap<bigint, Value>>;

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
}

/** Carries out saves of one unit of work: through the user's `db`, or by the server. */
export interface SaveExecutor {
  /**
   * Saves everything before `to`, once, whatever dies meanwhile: an attempt of an earlier process that may have committed is settled first.
   * Rejects with a typed `UowError`; the database and the journal are then as they were.
   */
  save(saveId: string, to: Position): Promise<SaveOutcome>;
}
