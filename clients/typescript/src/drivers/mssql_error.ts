import { ErrorReason } from "../gen/uow/v1/errors_pb.js";

/** What MS SQL Server says of a statement that it refused. */
export interface MssqlError {
  readonly number: number;
  /** How bad it is; from 20 on the connection is lost. */
  readonly severity: number;
  readonly message: string;
}

/** Reads the error of node-mssql; undefined for one that isn't the server's. */
export function readMssqlError(error: unknown): MssqlError | undefined {
  if (!(error instanceof Error)) return undefined;
  const number: unknown = Reflect.get(error, "number");
  const severity: unknown = Reflect.get(error, "class");
  if (typeof number !== "number" || typeof severity !== "number") return undefined;
  return { number, severity, message: error.message };
}

const reasons = new Map<number, ErrorReason>();
for (const [reason, numbers] of [
  [ErrorReason.CONSTRAINT_UNIQUE, [2601, 2627]],
  [ErrorReason.CONSTRAINT_NOT_NULL, [515]],
  [ErrorReason.TARGET_CONFLICT, [1204, 1205, 1222, 3960, 3961, 41302, 41305, 41325]],
  [ErrorReason.TARGET_SCHEMA_CHANGED, [207, 208, 2705, 4902, 8101, 8102]],
  [ErrorReason.TARGET_DENIED, [229, 230, 262, 300, 916, 1088, 2760, 4060, 18452, 18456, 18470, 18486, 18487, 18488]],
  [
    ErrorReason.TARGET_UNAVAILABLE,
    [596, 601, 701, 802, 927, 945, 1101, 1105, 3906, 5180, 6005, 9002, 10928, 10929, 40197, 40501, 40613],
  ],
] as const) {
  for (const number of numbers) reasons.set(number, reason);
}

export function reasonOfMssql({ number, severity, message }: MssqlError): ErrorReason {
  if (number === 547)
    return /\bCHECK constraint\b/.test(message) ? ErrorReason.CONSTRAINT_CHECK : ErrorReason.CONSTRAINT_FOREIGN_KEY;
  return reasons.get(number) ?? (severity >= 20 ? ErrorReason.TARGET_UNAVAILABLE : ErrorReason.TARGET_REJECTED);
}

/** Errors of a server that shuts down, loses its disk, or is told to end the connection: they leave open what became of a COMMIT. */
const open = new Set([596, 3314, 6005, 9001, 9002, 40197, 40501, 40613]);

/** Whether the server refused, so that what it was asked to do wasn't done. */
export function isMssqlAnswer({ number, severity }: MssqlError): boolean {
  return severity < 20 && !open.has(number);
}

/** What the message names. Messages in other languages than English have their quotes in the same places, mostly. */
export function namedInMssql({ number, message }: MssqlError): { constraint: string; columns: string[] } {
  const column = /\bcolumn '(?<name>[^']*)'/.exec(message)?.groups?.["name"];
  switch (number) {
    case 2627:
    case 2601:
      return { constraint: /\b(?:constraint|index) '(?<name>[^']*)'/.exec(message)?.groups?.["name"] ?? "", columns: [] };
    case 547:
      return { constraint: /\bconstraint "(?<name>[^"]*)"/.exec(message)?.groups?.["name"] ?? "", columns: [] };
    case 515:
      return { constraint: "", columns: column === undefined ? [] : [column] };
    default:
      return { constraint: "", columns: [] };
  }
}
