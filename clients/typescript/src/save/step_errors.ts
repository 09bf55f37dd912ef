import type { Marker } from "./attempt.js";
import type { PlannedRow, SaveStep } from "../gen/uow/v1/save_service_pb.js";

/** A statement of the plan that the database refused. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";

  constructor(
    readonly step: SaveStep,
    /** The rows that the statement ran for. */
    readonly rows: readonly PlannedRow[],
    override readonly cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A statement that affected another number of rows than it should have. What that means is found out after the transaction. */
export class RowsMismatch extends Error {
  override readonly name = "RowsMismatch";

  constructor(
    readonly step: SaveStep,
    /** The rows that the statement ran for. */
    readonly rows: readonly PlannedRow[],
    affected: number,
  ) {
    super(`${affected} rows were affected instead of ${step.expectedRows}`);
  }
}

/** Some rows of a step. */
export interface StepRows {
  readonly step: SaveStep;
  readonly rows: readonly PlannedRow[];
}

/** Rows that others deleted or changed meanwhile. */
export class StaleRows extends Error {
  override readonly name = "StaleRows";

  constructor(
    /** Each row once. */
    readonly found: readonly StepRows[],
  ) {
    super(`${found.reduce((count, { rows }) => count + rows.length, 0)} rows are stale`);
  }
}

/** The session's marker in the database isn't what the server expects. */
export class FenceRefused extends Error {
  override readonly name = "FenceRefused";

  constructor(readonly marker: Marker | undefined) {
    super("another saver holds the fence, or the marker is lost");
  }
}

/** Somebody else has taken the keys that were drawn for a batch. */
export class KeysTaken extends Error {
  override readonly name = "KeysTaken";

  constructor(readonly step: SaveStep) {
    super("the keys of new rows were taken by somebody else");
  }
}

/** Keys of the step's table can't be drawn ahead: the plan has to be made without. */
export class NoSequence extends Error {
  override readonly name = "NoSequence";

  constructor(readonly step: SaveStep) {
    super("the keys of the table's new rows can't be drawn ahead: no sequence fills them");
  }
}
