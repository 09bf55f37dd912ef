import type { SQL } from "drizzle-orm";
import { hasKind, kindsOf } from "../drizzle/kind.js";
import { type UowError, uowError } from "../errors.js";
import { isAnswered } from "./failure.js";
import { asRows, type Family, familyOf, readingFamily } from "./family.js";
import { drive, driveSync, type Program, type Reply, type Request } from "./program.js";

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
    if (!isHandle(db)) throw notSupported(kindsOf(db));
    this.handle = db;
    const kinds = kindsOf(this.handle.session ?? this.handle._?.session ?? {});
    const family = familyOf(kinds) ?? (purpose === "reading" ? readingFamily(this.handle.resultKind === "sync") : undefined);
    if (family === undefined) throw notSupported(kinds);
    this.family = family;
  }

  /** Whether programs run without a pause, from the call on. */
  get synchronous(): boolean {
    return this.family.synchronous;
  }

  /** Whether the handle is a transaction of the user's: nothing that runs on it is durable until that is committed. */
  get nested(): boolean {
    return hasKind(this.handle, "PgTransaction", "PgAsyncTransaction", "SQLiteTransaction", "SQLiteAsyncTransaction");
  }

  /** Each request on its own, outside of a transaction of this library's. */
  async run<T>(program: Program<T>): Promise<T> {
    if (this.family.synchronous) return driveSync(program, (request) => this.answerSync(this.handle, request));
    return drive(program, async (request) => this.answer(this.handle, request));
  }

  /**
   * All requests in one transaction, or savepoint if the handle is a transaction. Rejects with a TransactionError; the transaction is then
   * rolled back, or in doubt.
   */
  async transaction<T>(program: Program<T>): Promise<T> {
    const result: Progress<T> = {};
    let unguard: (() => void) | undefined;
    try {
      if (this.family.synchronous) {
        this.handle.transaction(
          (tx) => this.guardSync(result, () => driveSync(program, (request) => this.answerSync(tx, request))),
          immediate,
        );
      } else {
        const work = async (tx: RawHandle) => {
          unguard = this.family.guard?.(tx.session);
          await this.guard(result, async () => drive(program, async (request) => this.answer(tx, request)));
        };
        await this.handle.transaction(work, ...(this.family.dialect === "sqlite" ? [immediate] : []));
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
    if ("query" in request) {
      if (this.family.dialect === "postgresql") return this.reply(await handle.execute(request.query), request.returnsRows);
      return this.reply(await (request.returnsRows ? handle.all(request.query) : handle.run(request.query)), request.returnsRows);
    }
    const rows = await handle.select(request.columns).from(request.table).where(request.where);
    return { affected: 0, rows: asRows(rows) };
  }

  private answerSync(handle: RawHandle, request: Request): Reply {
    if ("query" in request) {
      return this.reply(request.returnsRows ? handle.all(request.query) : handle.run(request.query), request.returnsRows);
    }
    return { affected: 0, rows: asRows(handle.select(request.columns).from(request.table).where(request.where).all()) };
  }

  private reply(result: unknown, returnsRows: boolean): Reply {
    return returnsRows ? { affected: 0, rows: this.family.rows(result) } : { affected: this.family.affected(result), rows: [] };
  }
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
  readonly _?: { readonly session?: object };
  /** SQLite only. */
  readonly resultKind?: unknown;
  /** PostgreSQL only. */
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

/** SQLite only: without it, a transaction that begins by reading may find that it can't write any more. */
const immediate = { behavior: "immediate" };

function notSupported(kinds: readonly string[]): UowError {
  const supported = "PGlite, node-postgres, postgres-js, libsql and better-sqlite3";
  const seen = kinds[0] === undefined ? "no driver's session" : `the driver of ${kinds[0]}`;
  return uowError(
    "TRANSACTION_UNAVAILABLE",
    `saving through ${seen} is not supported: it has no transactions, or isn't known yet. Use ${supported}, or let the server save: createUow(db, { target })`,
  );
}
