import { type SQL, sql } from "drizzle-orm";
import { kindsOf } from "../drizzle/kind.js";
import { type UowError, uowError } from "../errors.js";
import { BoundQuery } from "./bound_query.js";
import { isAnswered } from "./failure.js";
import { asRows, type Family, type Query, readingFamily, type Unable } from "./family.js";
import { familyOf } from "./known.js";
import { drive, driveSync, type Program, type Reply, type Request, type Row, type StatementRequest } from "./program.js";

/** A transaction that did not succeed. */
export class TransactionError extends Error {
  override readonly name = "TransactionError";

  constructor(
    /** What failed: an error of the program's own, of Drizzle, or of the driver. */
    override readonly cause: unknown,
    /** Whether it may have been committed all the same: the reply to COMMIT is missing. */
    readonly inDoubt: boolean,
  ) {
    super(cause instanceof Error ? cause.message : "the transaction failed", { cause });
  }
}

/** Runs programs on a Drizzle handle, a database or a transaction, of any supported driver and either line. */
export class Driver {
  private readonly handle: RawHandle;
  private readonly family: Family;

  /**
   * Throws TRANSACTION_UNAVAILABLE for a driver without transactions, and for one that isn't supported yet; not for a handle that is only
   * read from, which any driver can do.
   */
  constructor(db: object, purpose: "saving" | "reading" = "saving") {
    if (!isHandle(db)) throw notSupported(undefined, { because: "it isn't a db or tx of Drizzle's" });
    this.handle = db;
    const session = this.handle.session ?? this.handle._?.session ?? {};
    const kinds = kindsOf(session);
    const family = familyOf(session, kinds) ?? { because: "this version of drizzle-uow doesn't know it" };
    if (!("because" in family)) this.family = family;
    else if (purpose === "reading") this.family = readingFamily();
    else throw notSupported(kinds[0], family);
  }

  /** Whether programs run without a pause, from the call on. Transactions commit as soon as their callback returns, also if that is a promise. */
  get synchronous(): boolean {
    return this.handle.resultKind === "sync";
  }

  /** The same object for all drivers of one handle. */
  get identity(): object {
    return this.handle;
  }

  /** Whether it has no transactions, but atomic batches. */
  get batches(): boolean {
    return this.family.batch !== undefined;
  }

  /** The most parameters of a statement; 0 for the dialect's own limit. */
  get maxParameters(): number {
    return this.family.maxParameters ?? 0;
  }

  /** Whether the handle is a transaction of the user's: nothing that runs on it is durable until that is committed. */
  get nested(): boolean {
    return kindsOf(this.handle).some((kind) => kind.endsWith("Transaction"));
  }

  /** MySQL: whether rows that an update finds count as affected. False where nobody knows. */
  get countsFoundRows(): boolean {
    return this.family.countsFoundRows?.(this.handle.session ?? this.handle._?.session) ?? false;
  }

  /** Each request on its own, outside of a transaction of this library's. */
  async run<T>(program: Program<T>): Promise<T> {
    if (this.synchronous) return driveSync(program, (request) => this.answerSync(this.handle, request));
    return drive(program, async (request) => this.answer(this.handle, request));
  }

  /**
   * All requests in one transaction, or savepoint if the handle is a transaction. Rejects with a TransactionError; the transaction is then
   * rolled back, or in doubt. `config`: what Drizzle is to begin it with, such as its isolation level.
   */
  async transaction<T>(program: Program<T>, config: object = {}): Promise<T> {
    const result: Progress<T> = {};
    let unguard: (() => void) | undefined;
    try {
      const begin =
        this.family.begin === undefined && Object.keys(config).length === 0 ? [] : [{ ...this.family.begin, ...config }];
      if (this.synchronous) {
        this.handle.transaction(
          (tx) => this.guardSync(result, () => driveSync(program, (request) => this.answerSync(tx, request))),
          ...begin,
        );
      } else {
        const work = async (tx: RawHandle) => {
          unguard = this.family.guard?.(tx.session);
          await this.guard(result, async () => drive(program, async (request) => this.answer(tx, request)));
        };
        await this.handle.transaction(work, ...begin);
      }
    } catch (error) {
      // Where even the rollback fails, Drizzle's error is that of the rollback.
      if ("failed" in result) throw new TransactionError(result.failed, false);
      throw new TransactionError(error, "value" in result && !isAnswered(error));
    } finally {
      unguard?.();
    }
    if (!("value" in result)) throw new TransactionError(new Error("the driver left its transaction early"), true);
    return result.value;
  }

  /** All statements as one atomic batch. Rejects with a TransactionError; nothing was applied then, or it is in doubt. */
  async batch(requests: readonly StatementRequest[]): Promise<Reply[]> {
    const { batch, rows } = this.family;
    const { dialect, session } = this.handle;
    if (batch === undefined || dialect === undefined) throw new Error("the driver has no batches");
    const queries = requests.map(({ query }) => dialect.sqlToQuery(this.adapt(query)));
    try {
      const results = await batch(session, queries);
      return results.map((result) => ({ affected: 0, rows: rows(result) }));
    } catch (error) {
      throw new TransactionError(error, !isAnswered(error));
    }
  }

  /** A statement as the driver can take it. */
  private adapt(query: SQL): SQL {
    if (this.family.textIntegers === true && query instanceof BoundQuery) query.textIntegers = true;
    return query;
  }

  private async guard<T>(result: Progress<T>, work: () => Promise<T>): Promise<void> {
    try {
      result.value = await work();
    } catch (error) {
      result.failed = error;
      throw error;
    }
  }

  private guardSync<T>(result: Progress<T>, work: () => T): void {
    try {
      result.value = work();
    } catch (error) {
      result.failed = error;
      throw error;
    }
  }

  private async answer(handle: RawHandle, request: Request): Promise<Reply> {
    if ("query" in request) return this.answerStatement(handle, request);
    const rows = await handle.select(request.columns).from(request.table).where(request.where);
    return { affected: 0, rows: asRows(rows) };
  }

  private async answerStatement(handle: RawHandle, { query, returnsRows }: StatementRequest): Promise<Reply> {
    const { dialect, affected, rows } = this.family;
    if (dialect !== "sqlite") return this.reply(await handle.execute(query), returnsRows);
    const adapted = this.adapt(query);
    if (returnsRows) return { affected: 0, rows: rows(await handle.all(adapted)) };
    const result = await handle.run(adapted);
    return { affected: affected === undefined ? changesIn(rows(await handle.all(changes))) : affected(result), rows: [] };
  }

  private answerSync(handle: RawHandle, request: Request): Reply {
    if (!("query" in request)) {
      return { affected: 0, rows: asRows(handle.select(request.columns).from(request.table).where(request.where).all()) };
    }
    const { affected, rows } = this.family;
    const query = this.adapt(request.query);
    if (request.returnsRows) return { affected: 0, rows: rows(handle.all(query)) };
    const result = handle.run(query);
    if (result instanceof Promise) throw unawaitable(result);
    return { affected: affected === undefined ? changesIn(rows(handle.all(changes))) : affected(result), rows: [] };
  }

  private reply(result: unknown, returnsRows: boolean): Reply {
    const { affected, insertId, rows } = this.family;
    if (returnsRows) return { affected: 0, rows: rows(result) };
    return { affected: affected?.(result) ?? 0, insertId: insertId?.(result), rows: [] };
  }
}

/** SQLite: how many rows the statement before has affected. */
const changes = sql.raw("SELECT changes() AS c1");

function changesIn([row]: readonly Row[]): number {
  return Number(row?.["c1"]);
}

/** Drizzle 0.45 has a driver, op-sqlite, that takes its own promises for results: its transactions end before their statements have run. */
function unawaitable(result: Promise<unknown>): UowError {
  result.catch(() => undefined);
  return uowError(
    "TRANSACTION_UNAVAILABLE",
    "this driver's transactions end before their statements have run, with this version of drizzle-orm: update it to 1.0",
  );
}

/** How far a transaction's callback came: `value` where it reached its end, `failed` where it threw. */
interface Progress<T> {
  value?: T;
  failed?: unknown;
}

interface RawSelect extends PromiseLike<unknown> {
  from(table: unknown): RawSelect;
  where(condition: SQL): RawSelect;
  /** SQLite only. */
  all(): unknown;
}

interface RawHandle {
  readonly session?: object;
  readonly dialect?: { sqlToQuery(query: SQL): Query };
  readonly _?: { readonly session?: object };
  /** SQLite only. */
  readonly resultKind?: unknown;
  /** Not SQLite. */
  execute(query: SQL): PromiseLike<unknown>;
  /** SQLite only. */
  run(query: SQL): unknown;
  all(query: SQL): unknown;
  select(columns: object): RawSelect;
  transaction(work: (tx: RawHandle) => unknown, options?: object): unknown;
}

/** The shape is Drizzle's, which both lines have and neither exports as a type. */
function isHandle(db: object): db is RawHandle {
  return "transaction" in db && "select" in db;
}

function notSupported(session: string | undefined, { because }: Unable): UowError {
  const seen = session === undefined ? "this object" : `the driver of ${session}`;
  const wayOut = "Use another driver for the same database, or let the server save: createUow(db, { target })";
  return uowError("TRANSACTION_UNAVAILABLE", `saving through ${seen} is not supported: ${because}. ${wayOut}`);
}
