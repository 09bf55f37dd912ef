export { createUow, type UowOptions } from "./create_uow.js";
export {
  ConstraintError,
  type ErrorEntity,
  type HandleRef,
  SaveInDoubtError,
  SaveInProgressError,
  SessionEndedError,
  StaleEntityError,
  TargetError,
  TargetUnavailableError,
  UowdNotFoundError,
  UowdStartError,
  UowdUnavailableError,
  UowError,
  type UowErrorReason,
} from "./errors.js";
export { ValueError } from "./codec/value_error.js";
export { PendingKey } from "./tracking/pending_key.js";
export type { Changes, FindConfig, PlainTable, TableName, UowTable, UowTables } from "./types/tables.js";
export type { Uow, UowApi } from "./types/uow.js";
export type { Checkpoint } from "./uow/checkpoint.js";
export { DivergedError, RollbackError, type RollbackReason, RolledBackElsewhereError } from "./uow/errors.js";
export type { JournalChange, PendingChange, Values } from "./uow/history.js";
export type { SaveOptions } from "./save/options.js";
export type { DecideSave, UndecidedSave } from "./save/undecided.js";
export type { SaveResult } from "./uow/saver.js";
export type { CloseOptions, RollbackResult } from "./uow/unit_of_work.js";
