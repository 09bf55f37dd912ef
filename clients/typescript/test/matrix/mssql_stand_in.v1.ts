import { drizzle } from "drizzle-orm/node-mssql";

// Drizzle's own part of node-mssql, over a stand-in for the client: it notes the statements, and answers them as a server would.

/** A statement that the client was given. */
export interface Sent {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Whether it ran in a transaction. */
  readonly within: boolean;
}

/** What a server says of a statement. */
export interface Answered {
  readonly recordsets?: readonly (readonly object[] | readonly (readonly unknown[])[])[];
  readonly rowsAffected?: readonly number[];
}

/** An error as node-mssql throws it. */
export function serverError(number: number, message: string, severity = 14): Error {
  return Object.assign(new Error(message), { name: "RequestError", code: "EREQUEST", number, class: severity, state: 1 });
}

/** The server's part. What `next` has is answered first; everything else in a way that fits a save in which nothing goes wrong. */
export class MssqlStandIn {
  readonly sent: Sent[] = [];
  /** Answers to the statements that a pattern matches, or errors; each is used once. */
  readonly next: { readonly pattern: RegExp; readonly answer: Answered | Error }[] = [];
  /** How transactions ended. */
  readonly ends: ("commit" | "rollback")[] = [];
  /** Thrown by the next COMMIT: an error of the server's undoes it; of any other the client never learns what became of it, and it is done. */
  lostCommit: Error | undefined;
  #key = 100;
  #marker: { fence: string; saveId: string; result: string } | undefined;

  /** Drizzle's handle. */
  connect(config: object): object {
    return drizzle({ client: this.client() as never, ...config });
  }

  /** The statements of the last save and how it ended, as a text that people read. */
  transcript(): string {
    const lines = this.sent
      // The search for old markers runs beside what comes next.
      .filter(({ sql }) => !isDrizzles(sql) && !sql.startsWith("SELECT TOP"))
      .map(({ sql, parameters }) => {
        const values = parameters.map((value, i) => `-- @par${i} = ${show(value, sql.includes("uow_saves"))}\n`);
        return `${sql.replaceAll(/; (?=[A-Z])/g, ";\n").replaceAll(/ (?=FROM [[(]|INNER JOIN|LEFT JOIN|WHERE|ORDER BY|OUTPUT|AND EXISTS|AND \(DATEDIFF)/g, "\n  ")};\n${values.join("")}`;
      });
    return `${lines.join("\n")}\n-- ${this.ends.join(", ")}\n`;
  }

  clear(): void {
    this.sent.length = 0;
    this.ends.length = 0;
  }

  private client(): object {
    let before = this.#marker;
    return {
      request: () => this.request(false),
      transaction: () => ({
        begin: async () => {
          before = this.#marker;
          return Promise.resolve();
        },
        commit: async () => {
          this.ends.push("commit");
          const lost = this.lostCommit;
          if (lost === undefined || !("number" in lost)) before = this.#marker;
          this.lostCommit = undefined;
          return lost === undefined ? Promise.resolve() : Promise.reject(lost);
        },
        rollback: async () => {
          this.ends.push("rollback");
          this.#marker = before;
          return Promise.resolve();
        },
        request: () => this.request(true),
      }),
    };
  }

  private request(within: boolean): object {
    const inputs = new Map<string, unknown>();
    return {
      input: (name: string, ...typed: unknown[]) => {
        inputs.set(name, typed.at(-1));
      },
      query: async (sql: string) => {
        const parameters = Array.from({ length: inputs.size }, (_, i) => inputs.get(`par${i}`));
        if (!isDrizzles(sql)) checkParameters(parameters);
        this.sent.push({ sql, parameters, within });
        const place = this.next.findIndex(({ pattern }) => pattern.test(sql));
        const answer = place < 0 ? this.answer(sql, parameters) : this.next.splice(place, 1)[0]?.answer;
        if (answer instanceof Error) return Promise.reject(answer);
        const recordsets = answer?.recordsets ?? [];
        return Promise.resolve({ recordset: recordsets[0], recordsets, rowsAffected: answer?.rowsAffected ?? [] });
      },
    };
  }

  private answer(sql: string, parameters: readonly unknown[]): Answered {
    const rows = rowsIn(sql);
    if (sql.includes("uow_saves")) return this.answerMarker(sql, parameters);
    if (sql.startsWith("DECLARE @uow_keys")) {
      const keys = Array.from({ length: rows }, () => ({
        c1: sql.includes("uniqueidentifier") ? `00000000-0000-0000-0000-${this.#key++}`.padEnd(36, "0") : String(this.#key++),
      }));
      return { recordsets: [keys], rowsAffected: [rows, rows] };
    }
    if (sql.startsWith("SELECT CAST(v.place AS nvarchar(20)) AS c1, ")) {
      return { recordsets: [Array.from({ length: rows }, (_, i) => ({ c1: String(i), c2: "00000000000007D2" }))] };
    }
    if (isDrizzles(sql)) return { recordsets: [readBack(sql, parameters)] };
    return sql.startsWith("SELECT") ? { recordsets: [[]], rowsAffected: [0] } : { rowsAffected: [rows] };
  }

  /** The table of markers, as a table would keep it. */
  private answerMarker(sql: string, parameters: readonly unknown[]): Answered {
    if (sql.startsWith("INSERT")) this.#marker ??= { fence: "0", saveId: "", result: "" };
    if (sql.startsWith("UPDATE uow_saves SET fence") && this.#marker !== undefined) {
      const wanted = sql.includes("AND save_id =") ? parameters.at(-1) : this.#marker.saveId;
      const fence = String(parameters[0]);
      if (wanted !== this.#marker.saveId || BigInt(this.#marker.fence) >= BigInt(fence)) return { rowsAffected: [0] };
      this.#marker = { ...this.#marker, fence };
      // The result was known ahead.
      if (sql.includes(", result =")) this.write(parameters[1], parameters[3]);
    }
    if (sql.startsWith("UPDATE uow_saves SET save_id") && this.#marker !== undefined) {
      this.write(parameters[0], parameters[2]);
    }
    if (!sql.startsWith("SELECT")) return { rowsAffected: [1] };
    const { fence, saveId, result } = this.#marker ?? {};
    return { recordsets: [sql.includes("TOP") || this.#marker === undefined ? [] : [{ c1: fence, c2: saveId, c3: result }]] };
  }

  private write(saveId: unknown, result: unknown): void {
    if (this.#marker === undefined) return;
    this.#marker = { ...this.#marker, saveId: String(saveId), result: (result as Buffer).toString("hex").toUpperCase() };
  }
}

/** Queries of Drizzle's own. */
function isDrizzles(sql: string): boolean {
  return sql.startsWith("select");
}

/** node-mssql infers text, and bytes of a Buffer; of anything else it would make what the statement doesn't expect. */
function checkParameters(parameters: readonly unknown[]): void {
  const other = parameters.findIndex((value) => value !== null && typeof value !== "string" && !Buffer.isBuffer(value));
  if (other >= 0) throw new TypeError(`parameter ${other} is a ${typeof parameters[other]}`);
}

/** Rows that are read by their keys: what the database filled in isn't known but for the version. */
function readBack(sql: string, keys: readonly unknown[]): unknown[][] {
  const columns = (/^select (.*?) from/.exec(sql)?.[1] ?? "").split(", ");
  return keys.map((key) =>
    columns.map((column) => (column === "[version]" ? Buffer.from("00000000000007d2", "hex") : column === "[id]" ? key : null)),
  );
}

/** How many rows a statement has in its VALUES. */
function rowsIn(sql: string): number {
  const values = /\(VALUES (.*?)\) AS v \(/s.exec(sql)?.[1];
  return values === undefined ? 1 : values.split(/\), \((?=@|\d|CAST)/).length;
}

/** What the table of markers holds differs from run to run. */
function show(value: unknown, marker: boolean): string {
  if (value === null) return "NULL";
  if (Buffer.isBuffer(value)) return marker ? "the result" : `0x${value.toString("hex")}`;
  if (typeof value !== "string") return `a ${typeof value}`;
  if (marker && /^[0-9a-f]{32}$/.test(value)) return "the session";
  return marker && /^[0-9a-f-]{36}$/.test(value) ? "the save" : `'${value}'`;
}
