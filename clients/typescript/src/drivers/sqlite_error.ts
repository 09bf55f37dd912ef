/** SQLite's numbers for what drivers report by number: https://sqlite.org/rescode.html. Extended codes have the primary one in their low byte. */
const codes: ReadonlyMap<number, string> = new Map([
  [2067, "SQLITE_CONSTRAINT_UNIQUE"],
  [1555, "SQLITE_CONSTRAINT_PRIMARYKEY"],
  [2579, "SQLITE_CONSTRAINT_ROWID"],
  [1299, "SQLITE_CONSTRAINT_NOTNULL"],
  [275, "SQLITE_CONSTRAINT_CHECK"],
  [787, "SQLITE_CONSTRAINT_FOREIGNKEY"],
  [1811, "SQLITE_CONSTRAINT_TRIGGER"],
  [1, "SQLITE_ERROR"],
  [3, "SQLITE_PERM"],
  [5, "SQLITE_BUSY"],
  [6, "SQLITE_LOCKED"],
  [7, "SQLITE_NOMEM"],
  [8, "SQLITE_READONLY"],
  [9, "SQLITE_INTERRUPT"],
  [10, "SQLITE_IOERR"],
  [11, "SQLITE_CORRUPT"],
  [13, "SQLITE_FULL"],
  [14, "SQLITE_CANTOPEN"],
  [15, "SQLITE_PROTOCOL"],
  [17, "SQLITE_SCHEMA"],
  [19, "SQLITE_CONSTRAINT"],
  [23, "SQLITE_AUTH"],
]);

/** What SQLite, or Turso, says, for drivers that pass on nothing else. */
const messages: readonly (readonly [message: RegExp, code: string])[] = [
  [/^UNIQUE constraint failed/, "SQLITE_CONSTRAINT_UNIQUE"],
  [/^NOT NULL constraint failed/, "SQLITE_CONSTRAINT_NOTNULL"],
  [/^CHECK constraint failed/, "SQLITE_CONSTRAINT_CHECK"],
  [/^FOREIGN KEY constraint failed|^deferred foreign key constraint failed/, "SQLITE_CONSTRAINT_FOREIGNKEY"],
  [/^database is locked/, "SQLITE_BUSY"],
  [/^database table is locked/, "SQLITE_LOCKED"],
  [/^attempt to write a readonly database/, "SQLITE_READONLY"],
  [/^disk I\/O error/, "SQLITE_IOERR"],
  [/^database or disk is full/, "SQLITE_FULL"],
  [/^no such (table|column)|has no column named|syntax error$/, "SQLITE_ERROR"],
];

/** An error of SQLite's, in its own words, whatever its driver made of them. */
export interface SqliteError {
  /** The name of the extended result code, or of the primary one where the driver tells no more; empty for errors of something else. */
  readonly code: string;
  readonly message: string;
}

/** `given` is the driver's own code, if it has one, and `number` its number. */
export function readSqliteError(given: string, number: unknown, text: string): SqliteError {
  const message = text
    .replace(/^(D1_ERROR|SQLITE_[A-Z_]+|(step|prepare) failed|Runtime error|Parse error): /, "")
    .replace(/^(Runtime error|Parse error): /, "")
    .replace(/: SQLITE_[A-Z_]+( \(extended: SQLITE_[A-Z_]+\))?$| \(\d+\)$/, "");
  const told = given.startsWith("SQLITE_") ? given : (ofNumber(number) ?? /SQLITE_[A-Z_]+(?=\)?$)/.exec(text)?.[0]);
  const meant = messages.find(([pattern]) => pattern.test(message))?.[1];
  // A primary code says less than the message.
  return { code: told === undefined || told === "SQLITE_CONSTRAINT" ? (meant ?? told ?? "") : told, message };
}

function ofNumber(number: unknown): string | undefined {
  return typeof number === "number" ? (codes.get(number) ?? codes.get(number % 256)) : undefined;
}
