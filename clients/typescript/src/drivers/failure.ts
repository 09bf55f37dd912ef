import { ErrorReason } from "../gen/uow/v1/errors_pb.js";
import type { DialectName } from "../model/model.js";
import { isMssqlAnswer, namedInMssql, readMssqlError, reasonOfMssql } from "./mssql_error.js";
import { isMysqlAnswer, type MysqlError, namedIn, readMysqlError, reasonOfMysql } from "./mysql_error.js";
import { readSqliteError, type SqliteError } from "./sqlite_error.js";

/** What a driver's error says. */
export interface DriverFailure {
  readonly reason: ErrorReason;
  /** SQLSTATE, the name of SQLite's extended result code, or MS SQL Server's error number; empty for a client's own failure. */
  readonly sqlstate: string;
  /** The database's name of the constraint; empty where it tells none. */
  readonly constraint: string;
  /** Names of columns; PostgreSQL tells them only for NULL, SQLite for unique and NULL. */
  readonly columns: readonly string[];
  readonly message: string;
}

/** The first match counts. */
const sqlstates: readonly (readonly [prefix: string, reason: ErrorReason])[] = [
  ["23505", ErrorReason.CONSTRAINT_UNIQUE],
  ["23503", ErrorReason.CONSTRAINT_FOREIGN_KEY],
  ["23001", ErrorReason.CONSTRAINT_FOREIGN_KEY],
  ["23502", ErrorReason.CONSTRAINT_NOT_NULL],
  ["23514", ErrorReason.CONSTRAINT_CHECK],
  ["23P01", ErrorReason.CONSTRAINT_CHECK],
  ["44000", ErrorReason.CONSTRAINT_CHECK],
  ["55P03", ErrorReason.TARGET_CONFLICT],
  ["40", ErrorReason.TARGET_CONFLICT],
  ["42P01", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["42703", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["42704", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["3F000", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["42804", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["42846", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["42883", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["428C9", ErrorReason.TARGET_SCHEMA_CHANGED],
  ["42501", ErrorReason.TARGET_DENIED],
  ["28", ErrorReason.TARGET_DENIED],
  ["3D000", ErrorReason.TARGET_DENIED],
  ["0P000", ErrorReason.TARGET_DENIED],
  ["08", ErrorReason.TARGET_UNAVAILABLE],
  ["53", ErrorReason.TARGET_UNAVAILABLE],
  ["57P", ErrorReason.TARGET_UNAVAILABLE],
  ["25P03", ErrorReason.TARGET_UNAVAILABLE],
  ["25006", ErrorReason.TARGET_UNAVAILABLE],
];

const sqliteCodes: readonly (readonly [prefix: string, reason: ErrorReason])[] = [
  ["SQLITE_CONSTRAINT_UNIQUE", ErrorReason.CONSTRAINT_UNIQUE],
  ["SQLITE_CONSTRAINT_PRIMARYKEY", ErrorReason.CONSTRAINT_UNIQUE],
  ["SQLITE_CONSTRAINT_ROWID", ErrorReason.CONSTRAINT_UNIQUE],
  ["SQLITE_CONSTRAINT_NOTNULL", ErrorReason.CONSTRAINT_NOT_NULL],
  ["SQLITE_CONSTRAINT_CHECK", ErrorReason.CONSTRAINT_CHECK],
  ["SQLITE_CONSTRAINT_FOREIGNKEY", ErrorReason.CONSTRAINT_FOREIGN_KEY],
  ["SQLITE_BUSY", ErrorReason.TARGET_CONFLICT],
  ["SQLITE_LOCKED", ErrorReason.TARGET_CONFLICT],
  ["SQLITE_SCHEMA", ErrorReason.TARGET_CONFLICT],
  ["SQLITE_PERM", ErrorReason.TARGET_DENIED],
  ["SQLITE_AUTH", ErrorReason.TARGET_DENIED],
  ["SQLITE_READONLY", ErrorReason.TARGET_DENIED],
  ["SQLITE_CANTOPEN", ErrorReason.TARGET_UNAVAILABLE],
  ["SQLITE_IOERR", ErrorReason.TARGET_UNAVAILABLE],
  ["SQLITE_PROTOCOL", ErrorReason.TARGET_UNAVAILABLE],
];

/** Reads the error of a statement. Drizzle wraps those of drivers; drivers name things differently. */
export function readFailure(error: unknown, dialect: DialectName): DriverFailure {
  const source = sourceOf(error);
  const message = source instanceof Error ? source.message : String(source);
  if (dialect === "mysql") return mysqlFailure(readMysqlError(source), source, message);
  if (dialect === "mssql") return mssqlFailure(source, message);
  return dialect === "postgresql" ? postgresFailure(source, message) : sqliteFailure(source, message);
}

/** Whether the database itself refused, so that what it was asked to do wasn't done. Lost connections and failing disks leave that open. */
export function isAnswered(error: unknown): boolean {
  const source = sourceOf(error);
  const mssql = readMssqlError(source);
  if (mssql !== undefined) return isMssqlAnswer(mssql);
  const mysql = readMysqlError(source);
  if (mysql !== undefined) return isMysqlAnswer(mysql);
  const { code: sqliteCode } = sqliteErrorOf(source);
  const code = sqliteCode === "" ? codeOf(source) : sqliteCode;
  if (code.startsWith("SQLITE_")) return !/^SQLITE_(IOERR|PROTOCOL|CANTOPEN|FULL|CORRUPT|INTERRUPT)/.test(code);
  const sqlstate = sqlstateOf(source);
  return sqlstate !== "" && !/^(08|57P|58|XX|53)/.test(sqlstate);
}

/** The innermost cause that has a code; else the innermost. */
function sourceOf(error: unknown): unknown {
  let source = error;
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    source = inner;
    if (codeOf(inner) !== "") break;
  }
  return source;
}

function text(error: unknown, ...names: readonly string[]): string {
  if (typeof error !== "object" || error === null) return "";
  for (const name of names) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "string" && value !== "") return value;
  }
  return "";
}

function codeOf(error: unknown): string {
  return text(error, "extendedCode", "code");
}

/** Bun has it in `errno`, the Data API of AWS in its message. Node's own codes, such as EPIPE, can look like one. */
function sqlstateOf(error: unknown): string {
  const given = [text(error, "code"), text(error, "errno")].find((code) => /^[0-9A-Z]{5}$/.test(code));
  if (given !== undefined && text(error, "severity") !== "") return given;
  return /SQLState: ([0-9A-Z]{5})/.exec(error instanceof Error ? error.message : "")?.[1] ?? "";
}

function postgresFailure(error: unknown, message: string): DriverFailure {
  const code = sqlstateOf(error);
  const isSqlstate = code !== "";
  const detail = text(error, "detail");
  const column = text(error, "column", "column_name") || quotedIn(message, /null value in column "([^"]+)"/);
  return {
    reason: isSqlstate
      ? (sqlstates.find(([prefix]) => code.startsWith(prefix))?.[1] ?? ErrorReason.TARGET_REJECTED)
      : clientReason(error, message),
    sqlstate: isSqlstate ? code : "",
    constraint: text(error, "constraint", "constraint_name") || quotedIn(message, /violates [a-z ]+ constraint "([^"]+)"/),
    columns: column === "" ? [] : [column],
    message: detail === "" ? message : `${message}: ${detail}`,
  };
}

/** The Data API of AWS has no fields for names: they stand in PostgreSQL's message. */
function quotedIn(message: string, pattern: RegExp): string {
  return pattern.exec(message)?.[1] ?? "";
}

function mysqlFailure(told: MysqlError | undefined, error: unknown, message: string): DriverFailure {
  if (told === undefined) return { reason: clientReason(error, message), sqlstate: "", constraint: "", columns: [], message };
  const reason = reasonOfMysql(told);
  return { reason, sqlstate: told.sqlstate, ...namedIn(told, reason), message: told.message };
}

function mssqlFailure(error: unknown, message: string): DriverFailure {
  const told = readMssqlError(error);
  if (told === undefined) return { reason: clientReason(error, message), sqlstate: "", constraint: "", columns: [], message };
  return { reason: reasonOfMssql(told), sqlstate: String(told.number), ...namedInMssql(told), message: told.message };
}

function sqliteErrorOf(error: unknown): SqliteError {
  const number: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "errcode") : undefined;
  return readSqliteError(codeOf(error), number, error instanceof Error ? error.message : String(error));
}

function sqliteFailure(error: unknown, message: string): DriverFailure {
  const { code, message: plain } = sqliteErrorOf(error);
  const known = sqliteCodes.find(([prefix]) => code.startsWith(prefix))?.[1];
  const subject = /^(UNIQUE|NOT NULL|CHECK) constraint failed: (.*)$/s.exec(plain);
  const index = subject === null ? undefined : /^index '(.*)'$/.exec(subject[2] ?? "")?.[1];
  const isCheck = subject?.[1] === "CHECK";
  return {
    reason: known ?? sqliteReason(code, plain) ?? clientReason(error, message),
    sqlstate: code,
    constraint: index ?? (isCheck ? (subject?.[2] ?? "") : ""),
    columns:
      subject === null || isCheck || index !== undefined
        ? []
        : (subject[2] ?? "").split(", ").map((name) => name.replace(/^.*\./, "")),
    message: plain,
  };
}

/** Where the code alone doesn't say it. */
function sqliteReason(code: string, message: string): ErrorReason | undefined {
  if (code === "SQLITE_CONSTRAINT_TRIGGER" && message.startsWith("FOREIGN KEY")) return ErrorReason.CONSTRAINT_FOREIGN_KEY;
  if (/^no such (table|column)|^unknown database|has no column named/.test(message)) return ErrorReason.TARGET_SCHEMA_CHANGED;
  return code.startsWith("SQLITE_") ? ErrorReason.TARGET_REJECTED : undefined;
}

/** Failures that the database has no part in. */
function clientReason(error: unknown, message: string): ErrorReason {
  const unreachable =
    /^(ECONN|ESOCKET|ETIMEOUT$|ENOTOPEN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_|ENOENT|CONNECT|PROTOCOL_|POOL_CLOSED|CLIENT_CLOSED)/.test(
      codeOf(error),
    ) ||
    /connection (terminated|ended|error)|not queryable|client was closed|PGlite is closed|Pool is closed|in closed state|Connection lost|database connection is not open|client is closed/i.test(
      message,
    );
  return unreachable ? ErrorReason.TARGET_UNAVAILABLE : ErrorReason.TARGET_REJECTED;
}
