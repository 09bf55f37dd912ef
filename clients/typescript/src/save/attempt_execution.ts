import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "../gen/uow/v1/errors_pb.js";
import {
  CommittedSaveSchema,
  FailedSaveSchema,
  FoundMarkerSchema,
  InDoubtSaveSchema,
  StepKind,
} from "../gen/uow/v1/save_service_pb.js";
import { type Driver, TransactionError } from "../drivers/driver.js";
import type { SchemaModel } from "../model/model.js";
import type { JournalSession } from "../session/session.js";
import { type Attempt, AttemptRun, type Executed, readMarker, rowsNumbered } from "./attempt.js";
import { backOff } from "./back_off.js";
import { runBatch } from "./batch.js";
import type { SaveOutcome, WantedRow } from "./executor.js";
import { type Failure, failureOf, wantsSingleRows } from "./failures.js";
import { finish } from "./finish.js";
import { hydrate } from "./hydrate.js";
import { hasReason } from "./reasons.js";
import { FenceRefused, NoSequence, RowsMismatch, StaleRows } from "./step_errors.js";

/** How the server is to make the plan, and how it runs. */
export interface Manner {
  readonly singleRows: boolean;
  readonly tablesWithoutSequence: readonly number[];
  /** What Drizzle's transaction is begun with. */
  readonly transaction: object;
}

/** An attempt that may have been committed. */
export interface InDoubt {
  readonly attempt: bigint;
  /** What it has done, if it was: the serialised SaveResult. */
  readonly result: Uint8Array;
}

/** How an attempt went. `again`: BeginSave is to be asked once more, in this manner. */
export type Verdict =
  | { readonly kind: "saved"; readonly outcome: SaveOutcome }
  | { readonly kind: "again"; readonly manner: Manner; readonly inDoubt?: InDoubt | undefined }
  | { readonly kind: "failed"; readonly failure: Failure; readonly cause: unknown };

/** How often a transaction is run again that the database gave up: deadlocks, serialization failures, locked files. */
const MAX_REPLAYS = 5;

/** Handles through which a save has written its marker: the table is there. */
const withMarkers = new WeakSet<object>();

/** One attempt of a save: its transaction, what it came to, and telling the server. */
export class AttemptExecution {
  constructor(
    private readonly session: JournalSession,
    private readonly driver: Driver,
    private readonly schema: SchemaModel,
    private readonly attempt: Attempt,
    private readonly manner: Manner,
  ) {}

  async run(wanted: readonly WantedRow[]): Promise<Verdict> {
    for (let replay = 0; ; replay++) {
      const run = new AttemptRun(this.attempt);
      const hasTable = withMarkers.has(this.driver.identity);
      let executed: Executed;
      try {
        await this.driver.run(run.setup({ mayCreate: !this.driver.nested || this.schema.dialect !== "mysql", hasTable }));
        executed = this.driver.batches
          ? run.batched(await runBatch(this.driver, run, this.schema.dialect))
          : await this.driver.transaction(run.transaction(wanted), this.manner.transaction);
        withMarkers.add(this.driver.identity);
      } catch (error) {
        if (error instanceof TransactionError && error.inDoubt) return this.inDoubt(run);
        const cause = await this.explain(run, error instanceof TransactionError ? error.cause : error).catch(
          (failed: unknown) => failed,
        );
        const failure = failureOf(cause, this.schema);
        // Somebody may have dropped the table since.
        if (hasTable && failure.detail.reason === ErrorReason.TARGET_SCHEMA_CHANGED) {
          withMarkers.delete(this.driver.identity);
          continue;
        }
        if (failure.detail.reason === ErrorReason.TARGET_CONFLICT && replay < MAX_REPLAYS) {
          await backOff(replay);
          continue;
        }
        return this.failed(cause, failure);
      }
      return this.committed(run, executed, wanted);
    }
  }

  private async committed(
    run: AttemptRun,
    { keys, result, hydrated = [] }: Executed,
    wanted: readonly WantedRow[],
  ): Promise<Verdict> {
    const { begun } = this.attempt;
    const counts = {
      inserted: Number(begun.result?.inserted ?? 0),
      updated: Number(begun.result?.updated ?? 0),
      deleted: Number(begun.result?.deleted ?? 0),
    };
    const outcome = {
      saveId: begun.saveId,
      from: begun.from,
      to: begun.to,
      ...counts,
      keys,
      hydrated,
      provisional: this.driver.nested,
    };
    // A transaction of the user's is still to be committed: the save stands until somebody settles it.
    if (this.driver.nested) return { kind: "saved", outcome };
    const oldMarkers = await this.driver.run(run.oldMarkers()).catch(() => []);
    try {
      const committed = { case: "committed", value: create(CommittedSaveSchema) } as const;
      const { steps } = await finish(this.session, begun, committed, { result, oldMarkers });
      await this.driver.run(run.further(steps)).catch(() => undefined);
    } catch (error) {
      // Somebody took this client for dead and settled the save: BeginSave says the same.
      if (!hasReason(error, "FENCED")) throw error;
      return { kind: "again", manner: this.manner };
    }
    if (!this.driver.batches) return { kind: "saved", outcome };
    return {
      kind: "saved",
      outcome: { ...outcome, hydrated: await this.driver.run(hydrate(wanted, keys, this.driver.maxParameters)) },
    };
  }

  /** COMMIT was sent and its reply is missing. The next BeginSave asks this client to settle it, or to have it decided. */
  private async inDoubt({ executed }: AttemptRun): Promise<Verdict> {
    const { begun } = this.attempt;
    await finish(this.session, begun, { case: "inDoubt", value: create(InDoubtSaveSchema) }).catch(() => undefined);
    const inDoubt = executed === undefined ? undefined : { attempt: begun.attempt, result: executed.result };
    return { kind: "again", manner: this.manner, inDoubt };
  }

  /** Asks the database why a statement did not affect the rows that it should have. */
  private async explain(run: AttemptRun, error: unknown): Promise<unknown> {
    if (error instanceof StaleRows) return this.allStale(run, error);
    if (!(error instanceof RowsMismatch) || error.step.findMismatch.length === 0) return error;
    const found = await this.driver.run(run.findMismatch(error));
    if (error.step.kind === StepKind.FENCE) return new FenceRefused(readMarker(found[0]));
    const rows = rowsNumbered(error.rows, found);
    return rows.length === 0 ? error : this.allStale(run, new StaleRows([{ step: error.step, rows }]));
  }

  /** With the stale rows of all other steps. Where the database can't be asked, those that were found are good enough. */
  private async allStale(run: AttemptRun, stale: StaleRows): Promise<StaleRows> {
    const all = [...stale.found];
    const named = new Set(all.flatMap(({ rows }) => rows.map(({ offset }) => offset)));
    try {
      for (const { step, rows } of run.explained()) {
        const found = rowsNumbered(rows, await this.driver.run(run.findMismatch({ step, rows })));
        const others = found.filter(({ offset }) => !named.has(offset));
        for (const { offset } of others) named.add(offset);
        if (others.length > 0) all.push({ step, rows: others });
      }
    } catch {
      return stale;
    }
    return new StaleRows(all);
  }

  private async failed(cause: unknown, failure: Failure): Promise<Verdict> {
    const { begun } = this.attempt;
    if (cause instanceof FenceRefused) {
      const { fence = 0n, saveId = "" } = cause.marker ?? {};
      const found = create(FoundMarkerSchema, { exists: cause.marker !== undefined, fence, saveId });
      const { save } = await finish(this.session, begun, { case: "fenceRefused", value: found });
      return {
        kind: "failed",
        failure: { detail: save?.error ?? failure.detail, message: save?.errorMessage ?? failure.message },
        cause,
      };
    }
    const value = create(FailedSaveSchema, { error: failure.detail, message: failure.message });
    // Where the server can't be told, the save stands until the next one settles it. What the database said is worth more.
    await finish(this.session, begun, { case: "failed", value }).catch(() => undefined);
    if (cause instanceof NoSequence && !this.manner.tablesWithoutSequence.includes(cause.step.table)) {
      const tablesWithoutSequence = [...new Set([...this.manner.tablesWithoutSequence, cause.step.table])];
      return { kind: "again", manner: { ...this.manner, tablesWithoutSequence } };
    }
    if (!this.manner.singleRows && wantsSingleRows(cause, failure))
      return { kind: "again", manner: { ...this.manner, singleRows: true } };
    return { kind: "failed", failure, cause };
  }
}
