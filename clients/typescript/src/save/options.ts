import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { IsolationLevel, type SaveRequest } from "../gen/uow/v1/save_service_pb.js";
import type { Driver } from "../drivers/driver.js";
import { UowError } from "../errors.js";
import type { DialectName } from "../model/model.js";

/** How one save runs, where it isn't as the database has it. */
export interface SaveOptions {
  /**
   * How far its transaction is kept apart from concurrent ones. What a save checks of its rows holds at every level: a higher one is for
   * triggers and constraints that read other rows. Conflicts are replayed a few times. SQLite's transactions are always serializable.
   */
  readonly isolationLevel?: "read committed" | "repeatable read" | "serializable";
  /**
   * How long one statement may take, in milliseconds: 1 to 86,400,000, and never longer than uowd allows. Only where the server saves
   * (`createUow(db, { target })`): what runs through your own `db` has the limits of its connection.
   */
  readonly statementTimeout?: number;
}

const LEVELS = {
  "read committed": IsolationLevel.READ_COMMITTED,
  "repeatable read": IsolationLevel.REPEATABLE_READ,
  serializable: IsolationLevel.SERIALIZABLE,
} as const;

/** The part of a request to the server. */
export function requestOf({ isolationLevel, statementTimeout }: SaveOptions): Partial<SaveRequest> {
  const request: Partial<SaveRequest> = {};
  if (isolationLevel !== undefined) request.isolationLevel = levelOf(isolationLevel);
  if (statementTimeout !== undefined) request.statementTimeout = durationOf(statementTimeout);
  return request;
}

/** What Drizzle's own transaction is begun with, beyond what its driver needs. Throws for what can't be had there. */
export function transactionConfig(options: SaveOptions, dialect: DialectName, driver: Driver): object {
  const { isolationLevel, statementTimeout } = options;
  if (statementTimeout !== undefined) {
    throw new UowError(
      "NOT_SUPPORTED",
      "statementTimeout: this save runs through your own db, whose connections have their own limits; createUow(db, { target }) has the server save",
    );
  }
  if (isolationLevel === undefined) return {};
  levelOf(isolationLevel);
  if (driver.nested) {
    throw new UowError(
      "NOT_SUPPORTED",
      "isolationLevel: this save is part of your transaction; begin that with the level that you want",
    );
  }
  if (dialect === "sqlite") return {};
  if (driver.batches) {
    throw new UowError(
      "NOT_SUPPORTED",
      "isolationLevel: this driver has batches, not transactions, and the database sets their level",
    );
  }
  return { isolationLevel };
}

function levelOf(level: string): IsolationLevel {
  const found = Object.entries(LEVELS).find(([name]) => name === level);
  if (found !== undefined) return found[1];
  throw new UowError("INVALID_REQUEST", `isolationLevel is ${level}; it may be ${Object.keys(LEVELS).join(", ")}`);
}

function durationOf(milliseconds: number): ReturnType<typeof create<typeof DurationSchema>> {
  if (!(milliseconds >= 1 && milliseconds <= 86_400_000)) {
    throw new UowError("INVALID_REQUEST", `statementTimeout is ${milliseconds}; it may be 1 to 86,400,000 milliseconds`);
  }
  const seconds = Math.floor(milliseconds / 1000);
  return create(DurationSchema, { seconds: BigInt(seconds), nanos: Math.round((milliseconds - seconds * 1000) * 1e6) });
}
