import { create } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { ErrorDetailSchema, ErrorReason } from "../gen/uow/v1/errors_pb.js";
import type { Position } from "../gen/uow/v1/journal_service_pb.js";
import {
  FailedSaveSchema,
  FoundMarkerSchema,
  type GeneratedEntity,
  MysqlServerSchema,
  type Save,
} from "../gen/uow/v1/save_service_pb.js";
import type { Driver } from "../drivers/driver.js";
import { type MysqlServer, readMysqlServer } from "../drivers/mysql.js";
import { uowError } from "../errors.js";
import type { SchemaModel } from "../model/model.js";
import type { JournalSession } from "../session/session.js";
import { type Attempt, AttemptRun } from "./attempt.js";
import { AttemptExecution, type InDoubt, type Manner } from "./attempt_execution.js";
import { backOff } from "./back_off.js";
import { runBatch } from "./batch.js";
import { type Begun, readBegun } from "./begin.js";
import { errorOf } from "../session/error_details.js";
import type { SaveExecutor, SaveOutcome, WantedRow } from "./executor.js";
import { failureOf } from "./failures.js";
import { finish } from "./finish.js";
import { hasReason } from "./reasons.js";
import { hydrate } from "./hydrate.js";
import { keysOf } from "./keys.js";
import { type SaveOptions, transactionConfig } from "./options.js";
import { type DecideSave, decideUndecided } from "./undecided.js";

/** Attempts of one save: those that failed and ran again in another manner, and those that had to be settled. */
const MAX_ATTEMPTS = 12;
/** Spares a live client from losing its work to an impatient one; fencing makes that safe at any time. */
const LEASE_SECONDS = 10n;
/** How long to wait for another client's save. Longer than a lease, so that a dead one's save is settled. */
const PATIENCE_MS = 15_000;

/** Saves through the user's own database handle: the server plans and remembers, this side runs the statements. */
export class DbSaveExecutor implements SaveExecutor {
  private last: Promise<unknown> = Promise.resolve();
  private mysqlServer: MysqlServer | undefined;
  /** What earlier saves have found out. */
  private tablesWithoutSequence: readonly number[] = [];
  /** The last attempt that may have been committed. */
  private inDoubt: InDoubt | undefined;

  constructor(
    private readonly session: JournalSession,
    private readonly driver: Driver,
    private readonly schema: SchemaModel,
    /** Present where saves go without a marker. */
    private readonly decide?: DecideSave,
  ) {}

  async save(
    saveId: string,
    to: Position,
    wanted: readonly WantedRow[],
    recorded = Promise.resolve(),
    options: SaveOptions = {},
  ): Promise<SaveOutcome> {
    const config = transactionConfig(options, this.schema.dialect, this.driver);
    if (this.driver.nested && this.driver.synchronous) {
      throw uowError(
        "TRANSACTION_UNAVAILABLE",
        "a transaction of a synchronous driver ends before uowd can answer: save outside of it, or use an asynchronous driver",
      );
    }
    // One at a time: a second one of the same client would take the first one for dead, and settle it.
    const turn = this.last.then(async () => this.saveNow(saveId, to, wanted, recorded, config));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async saveNow(
    saveId: string,
    to: Position,
    wanted: readonly WantedRow[],
    recorded: Promise<void>,
    transaction: object,
  ): Promise<SaveOutcome> {
    let manner: Manner = { transaction, singleRows: false, tablesWithoutSequence: this.tablesWithoutSequence };
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
      const begun = await this.beginRecorded(saveId, to, manner, recorded).catch(async (error: unknown) => this.decided(error));
      if (begun === undefined) continue;
      if (begun.kind === "committed") return this.replayed(begun.save, begun.generated, wanted);
      if (begun.kind === "settle") {
        await this.settle(begun.attempt);
        continue;
      }
      const verdict = await new AttemptExecution(this.session, this.driver, this.schema, begun.attempt, manner).run(wanted);
      if (verdict.kind === "saved") return verdict.outcome;
      if (verdict.kind === "failed") throw errorOf(verdict.failure.detail, verdict.failure.message, verdict.cause);
      manner = verdict.manner;
      this.inDoubt = verdict.inDoubt ?? this.inDoubt;
      this.tablesWithoutSequence = manner.tablesWithoutSequence;
    }
    throw uowError("SAVE_IN_DOUBT", `save ${saveId} was interrupted again and again; save once more`);
  }

  /** Lets the server plan while the journal is still writing. */
  private async beginRecorded(saveId: string, to: Position, manner: Manner, recorded: Promise<void>): Promise<Begun> {
    const abort = new AbortController();
    const begun = this.begin(saveId, to, manner, abort.signal);
    begun.catch(() => undefined);
    try {
      await Promise.race([begun, recorded.then(async () => begun)]);
      await recorded;
    } catch (error) {
      abort.abort();
      await begun.then(async (late) => this.giveUp(late)).catch(() => undefined);
      throw error;
    }
    return begun;
  }

  /** An attempt of which nothing will be run. */
  private async giveUp(begun: Begun): Promise<void> {
    if (begun.kind !== "execute") return;
    const error = create(ErrorDetailSchema, { reason: ErrorReason.TARGET_REJECTED });
    const value = create(FailedSaveSchema, { error, message: "the save was given up before anything was written" });
    await finish(this.session, begun.attempt.begun, { case: "failed", value });
  }

  /** Waits for a save that another client is running. */
  private async begin(
    saveId: string,
    to: Position,
    { singleRows, tablesWithoutSequence }: Manner,
    signal: AbortSignal,
  ): Promise<Begun> {
    const since = Date.now();
    if (this.schema.dialect === "mysql") await this.readServer();
    for (let tries = 0; ; tries++) {
      try {
        const request = {
          saveId,
          to,
          client: this.session.writer,
          // A save within a transaction of the user's is for somebody else to settle, as soon as that is over.
          lease: create(DurationSchema, { seconds: this.driver.nested ? 1n : LEASE_SECONDS }),
          takeOver: false,
          maxParameters: this.driver.maxParameters,
          singleRows,
          tablesWithoutSequence: [...tablesWithoutSequence],
          withoutMarker: this.decide !== undefined,
          ...(this.mysqlServer === undefined
            ? {}
            : { mysqlServer: create(MysqlServerSchema, { ...this.mysqlServer, countsFoundRows: this.driver.countsFoundRows }) }),
          atomicBatch: this.driver.batches,
        };
        return await readBegun(this.session.beginSave(request, signal));
      } catch (error) {
        if (!hasReason(error, "SAVE_IN_PROGRESS") || Date.now() - since > PATIENCE_MS) throw error;
        await backOff(tries);
      }
    }
  }

  /** Has a save decided that nothing in the database tells of; other errors stay. Then the save can be begun again. */
  private async decided(error: unknown): Promise<undefined> {
    if (this.decide === undefined || !hasReason(error, "SAVE_UNDECIDED")) throw error;
    await decideUndecided(this.session, this.decide, this.inDoubt);
  }

  /** What the plan depends on. A database that can't be reached says so when the save runs. */
  private async readServer(): Promise<void> {
    this.mysqlServer ??= await this.driver.run(readMysqlServer()).catch(() => undefined);
  }

  /** Finds out what became of an attempt that nobody has ended, by making sure that it can't be committed any more. */
  private async settle(attempt: Attempt): Promise<void> {
    if (this.driver.nested) {
      throw uowError(
        "SAVE_IN_DOUBT",
        "an earlier save of this unit of work isn't settled, which can't be done within a transaction: its own save is decided when " +
          "that transaction ends. Go on with createUow(db, { session }) outside of it",
      );
    }
    for (let replay = 0; ; replay++) {
      try {
        const run = new AttemptRun(attempt);
        await this.driver.run(run.setup());
        const marker = this.driver.batches
          ? run.batchedMarker(await runBatch(this.driver, run, this.schema.dialect))
          : await this.driver.transaction(run.settlement());
        const { fence = 0n, saveId = "", result = new Uint8Array() } = marker ?? {};
        const found = create(FoundMarkerSchema, { exists: marker !== undefined, fence, saveId });
        await finish(this.session, attempt.begun, { case: "settled", value: found }, { result });
        return;
      } catch (error) {
        if (hasReason(error, "FENCED")) return;
        const failure = failureOf(error, this.schema);
        if (failure.detail.reason !== ErrorReason.TARGET_CONFLICT || replay >= 5) {
          const message = `save ${attempt.begun.saveId} may have been committed, and the database can't be asked: ${failure.message}; save again`;
          throw uowError("SAVE_IN_DOUBT", message, { sqlstate: failure.detail.sqlstate, cause: error });
        }
        await backOff(replay);
      }
    }
  }

  /** A save that was committed before, or that had nothing to write. */
  private async replayed(save: Save, generated: readonly GeneratedEntity[], wanted: readonly WantedRow[]): Promise<SaveOutcome> {
    const keys = keysOf(generated);
    const counts = { inserted: Number(save.inserted), updated: Number(save.updated), deleted: Number(save.deleted) };
    const hydrated = await this.driver.run(hydrate(wanted, keys, this.driver.maxParameters));
    return { saveId: save.saveId, from: save.from, to: save.to, ...counts, keys, hydrated, provisional: false };
  }
}
