import type { ErrorReason } from "./gen/uow/v1/errors_pb.js";

/** Reasons that the service has no name for. */
export type ClientReason =
  /** The journal refused a rollback that memory has done. `uow.reload()` or `uow.close()` go on. */
  | "DIVERGED"
  /** Another process rolled the unit of work back: the changes that it undid are undone here too. Save again to save the rest. */
  | "ROLLED_BACK_ELSEWHERE"
  /** The checkpoint was set by another unit of work. */
  | "CHECKPOINT_FOREIGN"
  /** The checkpoint is gone: a rollback went further back. */
  | "CHECKPOINT_DROPPED"
  /** Too many changes wait for uowd. The change was not made. `await uow.flush()`, then make it again. */
  | "TOO_MANY_PENDING_CHANGES"
  /** The entity's creation was rolled back: it can be read, not changed. */
  | "ENTITY_DETACHED"
  /** Part of a primary key can't change. */
  | "KEY_IMMUTABLE"
  /** The key will be known once the entity is saved. */
  | "KEY_PENDING"
  /** The changes of the session that was taken up are still being read. `await uow.ready`. */
  | "SESSION_LOADING"
  /** The object didn't come from this unit of work. */
  | "NOT_TRACKED"
  /** The driver has neither transactions nor atomic batches, or the save can't be done inside of one. */
  | "TRANSACTION_UNAVAILABLE"
  /** There is no uowd binary. The message says how to get one. */
  | "UOWD_NOT_FOUND"
  /** uowd ended as it started. The message has the end of its output. */
  | "UOWD_START_FAILED"
  /** The directory for uowd's data or socket can't be written. */
  | "UOWD_DIRECTORY_READ_ONLY"
  /** The path of uowd's socket is longer than the system allows. */
  | "UOWD_SOCKET_PATH_TOO_LONG"
  /** uowd is too old for this package, or speaks another API. */
  | "UOWD_VERSION_MISMATCH"
  /** uowd can't be reached. What was changed waits; try again. */
  | "UOWD_UNAVAILABLE"
  /** UOW_ENDPOINT, or the endpoint given, can't be read. */
  | "ENDPOINT_INVALID";

/** Why something failed. Stable: reasons are added, never renamed. Those of the service are described in its API's errors.proto. */
export type UowErrorReason = Exclude<keyof typeof ErrorReason, "UNSPECIFIED"> | ClientReason;

/** The key of an entity whose key the database will generate. */
export interface HandleRef {
  readonly writer: string;
  readonly counter: bigint;
}

/** An entity that an error is about. */
export interface ErrorEntity {
  /** The SQL schema; empty for the default. */
  readonly namespace: string;
  /** The table's name in the database. */
  readonly table: string;
  /** The values of the primary key. Integers beyond 2^53 are bigints; keys that aren't generated yet are handles. */
  readonly key: readonly (string | number | bigint | boolean | Uint8Array | HandleRef | null)[];
  /** The offset of the entity's last event. */
  readonly offset: bigint;
}

/** What is known of an error beyond its reason. */
export interface ErrorFacts {
  readonly entities?: readonly ErrorEntity[] | undefined;
  readonly offset?: bigint | undefined;
  readonly constraint?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly sqlstate?: string | undefined;
  readonly cause?: unknown;
}

/** Every error of this package. `reason` is stable, the message is for people. */
export class UowError extends Error {
  override readonly name: string = "UowError";
  readonly reason: UowErrorReason;
  /** The entities concerned, at most 100. */
  readonly entities: readonly ErrorEntity[];
  /** The offset of the event that failed, or the bound that was violated. */
  readonly offset: bigint | undefined;
  /** The database's name of the constraint. */
  readonly constraint: string | undefined;
  /** The names of the columns concerned in the database. */
  readonly columns: readonly string[];
  /** The database's SQLSTATE; of SQLite its extended result code. */
  readonly sqlstate: string | undefined;

  constructor(reason: UowErrorReason, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.reason = reason;
    this.entities = facts.entities ?? [];
    this.offset = facts.offset;
    this.constraint = facts.constraint;
    this.columns = facts.columns ?? [];
    this.sqlstate = facts.sqlstate;
  }
}

/** Rows that were changed or deleted here don't exist any more, or were changed by others. Nothing was saved. `entities` names them. */
export class StaleEntityError extends UowError {
  override readonly name: string = "StaleEntityError";
}

/** A row broke a constraint. Nothing was saved. Correct the entity and save again, or roll back. */
export class ConstraintError extends UowError {
  override readonly name: string = "ConstraintError";
}

/** The database can't be reached. Nothing was saved; save again. */
export class TargetUnavailableError extends UowError {
  override readonly name: string = "TargetUnavailableError";
}

/** The database refused the save. Nothing was saved. */
export class TargetError extends UowError {
  override readonly name: string = "TargetError";
}

/** A save is running. Wait for it. */
export class SaveInProgressError extends UowError {
  override readonly name: string = "SaveInProgressError";
}

/** Whether the transaction was committed isn't known yet. Save again: it is found out first, and nothing is written twice. */
export class SaveInDoubtError extends UowError {
  override readonly name: string = "SaveInDoubtError";
}

/** The session is closed, expired, or taken over by another client with the same writer id. */
export class SessionEndedError extends UowError {
  override readonly name: string = "SessionEndedError";
}

/** uowd can't be reached. Changes wait in memory; try again. */
export class UowdUnavailableError extends UowError {
  override readonly name: string = "UowdUnavailableError";
}

/** There is no uowd binary to start. The message says what to do. */
export class UowdNotFoundError extends UowError {
  override readonly name: string = "UowdNotFoundError";
}

/** A local uowd couldn't be started. The message says why. */
export class UowdStartError extends UowError {
  override readonly name: string = "UowdStartError";
}

type ErrorClass = new (reason: UowErrorReason, message: string, facts?: ErrorFacts) => UowError;

const classes: Partial<Record<UowErrorReason, ErrorClass>> = {
  STALE_ENTITY: StaleEntityError,
  CONSTRAINT_UNIQUE: ConstraintError,
  CONSTRAINT_FOREIGN_KEY: ConstraintError,
  CONSTRAINT_NOT_NULL: ConstraintError,
  CONSTRAINT_CHECK: ConstraintError,
  TARGET_UNAVAILABLE: TargetUnavailableError,
  TARGET_DENIED: TargetError,
  TARGET_SCHEMA_CHANGED: TargetError,
  TARGET_REJECTED: TargetError,
  TARGET_CONFLICT: TargetError,
  SAVE_IN_PROGRESS: SaveInProgressError,
  SAVE_IN_DOUBT: SaveInDoubtError,
  SAVE_UNDECIDED: SaveInDoubtError,
  SESSION_NOT_FOUND: SessionEndedError,
  SESSION_CLOSED: SessionEndedError,
  WRITER_REPLACED: SessionEndedError,
  SHUTTING_DOWN: UowdUnavailableError,
  UOWD_UNAVAILABLE: UowdUnavailableError,
  UOWD_NOT_FOUND: UowdNotFoundError,
  UOWD_START_FAILED: UowdStartError,
  UOWD_DIRECTORY_READ_ONLY: UowdStartError,
  UOWD_SOCKET_PATH_TOO_LONG: UowdStartError,
  UOWD_VERSION_MISMATCH: UowdStartError,
};

/** The error of a reason, of the class that its users catch. */
export function uowError(reason: UowErrorReason, message: string, facts?: ErrorFacts): UowError {
  return new (classes[reason] ?? UowError)(reason, message, facts);
}
