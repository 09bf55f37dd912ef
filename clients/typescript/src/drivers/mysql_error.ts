import { ErrorReason } from "../gen/uow/v1/errors_pb.js";

/** What a MySQL or MariaDB server says of a statement that it refused. */
export interface MysqlError {
  readonly number: number;
  readonly sqlstate: string;
  readonly message: string;
}

/** Reads the error of any driver; undefined for one that isn't the server's. mysql2 has fields, others only the message. */
export function readMysqlError(error: unknown): MysqlError | undefined {
  if (!(error instanceof Error)) return undefined;
  const number: unknown = Reflect.get(error, "errno");
  const sqlstate: unknown = Reflect.get(error, "sqlState");
  if (typeof number === "number" && typeof sqlstate === "string" && sqlstate !== "") {
    return { number, sqlstate, message: error.message };
  }
  const told =
    /\(errno (?<number>\d{4})\) \(sqlstate (?<state>[0-9A-Z]{5})\)/.exec(error.message) ??
    /\bError (?<number>\d{4}) \((?<state>[0-9A-Z]{5})\)/.exec(error.message);
  if (told === null) return undefined;
  return { number: Number(told.groups?.["number"]), sqlstate: told.groups?.["state"] ?? "", message: error.message };
}

const reasons = new Map<number, ErrorReason>();
for (const [reason, numbers] of [
  [ErrorReason.CONSTRAINT_UNIQUE, [1022, 1062, 1169, 1586]],
  [ErrorReason.CONSTRAINT_FOREIGN_KEY, [1216, 1217, 1451, 1452, 1761, 1762]],
  [ErrorReason.CONSTRAINT_NOT_NULL, [1048, 1263, 1364]],
  [ErrorReason.CONSTRAINT_CHECK, [1369, 3819, 4025]],
  [ErrorReason.TARGET_CONFLICT, [1020, 1205, 1213, 3101, 3572]],
  [ErrorReason.TARGET_SCHEMA_CHANGED, [1054, 1109, 1146, 1906, 3105]],
  [ErrorReason.TARGET_DENIED, [1044, 1045, 1049, 1130, 1142, 1143, 1227, 1251, 1275, 1370, 1698, 1820, 1862, 3118, 4151]],
  [ErrorReason.TARGET_UNAVAILABLE, [1021, 1037, 1040, 1041, 1047, 1053, 1114, 1129, 1203, 1226, 1290, 1792, 1836, 1927]],
] as const) {
  for (const number of numbers) reasons.set(number, reason);
}

export function reasonOfMysql({ number }: MysqlError): ErrorReason {
  return reasons.get(number) ?? ErrorReason.TARGET_REJECTED;
}

/** Errors of a server that shuts down, loses its disk, or is told to end the connection: they leave open what became of a COMMIT. */
const open = new Set([1021, 1026, 1053, 1077, 1079, 1180, 1317, 1836, 1927, 1969, 3024, 3169]);

/** Whether the server refused, so that what it was asked to do wasn't done. */
export function isMysqlAnswer({ number }: MysqlError): boolean {
  return number >= 1000 && !(number >= 1152 && number <= 1161) && !(number >= 2000 && number < 3000) && !open.has(number);
}

/** What the message names. */
export function namedIn({ number, message }: MysqlError, reason: ErrorReason): { constraint: string; columns: string[] } {
  const column = (before: string) => quotedAfter(message, before, "'");
  switch (reason) {
    case ErrorReason.CONSTRAINT_UNIQUE:
      // MySQL 8 puts the table ahead of the key.
      return { constraint: quotedAfter(message, "for key '", "'").replace(/^.*\./, ""), columns: [] };
    case ErrorReason.CONSTRAINT_FOREIGN_KEY:
      return { constraint: quotedAfter(message, "CONSTRAINT `", "`"), columns: [] };
    case ErrorReason.CONSTRAINT_CHECK:
      return {
        constraint: number === 3819 ? quotedAfter(message, "constraint '", "'") : quotedAfter(message, "CONSTRAINT `", "`"),
        columns: [],
      };
    default: {
      const found = [column("Field '"), column("Column '"), column("for column '")].find((name) => name !== "");
      return { constraint: "", columns: found === undefined ? [] : [found] };
    }
  }
}

/** The text between the last `before` and the next quote; the value that the database complains of stands ahead of that. */
function quotedAfter(message: string, before: string, quote: string): string {
  const at = message.lastIndexOf(before);
  if (at < 0) return "";
  const rest = message.slice(at + before.length);
  const end = rest.indexOf(quote);
  return end < 0 ? "" : rest.slice(0, end);
}
