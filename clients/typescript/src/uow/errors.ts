import { UowError } from "../errors.js";

/** Why a rollback was not done. */
export type RollbackReason =
  /** Never set in this session, or already gone. */
  | "CHECKPOINT_NOT_FOUND"
  /** Dropped by a rollback to an earlier one, here or by another process. */
  | "CHECKPOINT_DROPPED"
  /** Set in another unit of work. */
  | "CHECKPOINT_FOREIGN"
  /** What came after it is saved. */
  | "ROLLBACK_BELOW_SAVED"
  /** A save that covers changes after it is running. Await it. */
  | "SAVE_IN_PROGRESS"
  /** Whether a save that covers changes after it was committed isn't known. Save again to find out. */
  | "SAVE_IN_DOUBT"
  /** The journal doesn't have what memory has: reload or close. */
  | "DIVERGED"
  | "SESSION_CLOSED"
  /** The changes of a session that was taken up are still being read. Await `uow.ready`. */
  | "SESSION_LOADING";

/** Why `uow.rollback()` changed nothing: returned as `{ error }`, never thrown. */
export class RollbackError extends UowError {
  override readonly name: string = "RollbackError";
  declare readonly reason: RollbackReason;

  // oxlint-disable-next-line no-useless-constructor -- it narrows the reason.
  constructor(reason: RollbackReason, message: string) {
    super(reason, message);
  }
}

/** Another process rolled the session back: what this one had changed since is undone in memory as well. Nothing was saved. */
export class RolledBackElsewhereError extends UowError {
  override readonly name: string = "RolledBackElsewhereError";

  constructor() {
    super(
      "ROLLED_BACK_ELSEWHERE",
      "another process rolled this session back; what it undid is undone here as well. Nothing was saved: look, then save again",
    );
  }
}

/** Memory holds what the journal refused. Only `reload` and `close` go on. */
export class DivergedError extends UowError {
  override readonly name: string = "DivergedError";

  constructor(cause: unknown) {
    super("DIVERGED", "memory holds what the journal refused, so that the two differ; call reload() or close()", { cause });
  }
}
