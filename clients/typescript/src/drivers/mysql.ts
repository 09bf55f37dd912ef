import { sql } from "drizzle-orm";
import { asRows, type Family, ignoreErrorEvents } from "./family.js";
import type { Program } from "./program.js";

const CLIENT_FOUND_ROWS = 2;

/** mysql2: the result is a pair, of the rows or of what the server says of a statement, and of what it says of the columns. */
export const mysql2: Family = {
  dialect: "mysql",
  affected: (result) => Number(at(result, "0", "affectedRows") ?? 0),
  insertId: (result) => integerIn(at(result, "0", "insertId")),
  rows: (result) => asRows(at(result, "0")),
  guard: ignoreErrorEvents,
  countsFoundRows: (session) => {
    const client = at(session, "client");
    const paths = [["pool", "config", "connectionConfig"], ["config", "connectionConfig"], ["connection", "config"], ["config"]];
    const flags = paths.map((path) => at(client, ...path, "clientFlags")).find((found) => typeof found === "number");
    return flags !== undefined && (flags & CLIENT_FOUND_ROWS) !== 0;
  },
};

/** Drizzle returns the driver's own result, which has `rows`, and the id in a field of this name. */
export function serverlessMysql(insertId: string): Family {
  return {
    dialect: "mysql",
    affected: (result) => Number(at(result, "rowsAffected") ?? 0),
    insertId: (result) => integerIn(at(result, insertId)),
    rows: (result) => asRows(at(result, "rows")),
  };
}

/** What a plan depends on of a server. */
export interface MysqlServer {
  readonly version: string;
  readonly autoIncrementIncrement: number;
}

/** Reads it; both are session variables or functions that any server of this protocol has. */
export function* readMysqlServer(): Program<MysqlServer> {
  const query = sql.raw("SELECT CONCAT(VERSION(), ' ', @@version_comment) AS c1, CAST(@@auto_increment_increment AS CHAR) AS c2");
  const [row] = (yield { query, returnsRows: true }).rows;
  const { c1: version, c2: increment } = row ?? {};
  return { version: typeof version === "string" ? version : "", autoIncrementIncrement: Number(increment ?? 1) };
}

/** An integer that has lost no digits; undefined for 0, which drivers tell where there is none. */
function integerIn(value: unknown): bigint | undefined {
  const isExact = typeof value === "bigint" || typeof value === "string" || Number.isSafeInteger(value);
  return isExact && /^[1-9]\d*$/.test(String(value)) ? BigInt(String(value)) : undefined;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}
