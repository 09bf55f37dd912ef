import { SaveInDoubtError, TargetUnavailableError, UowdUnavailableError, UowError } from "../errors.js";
import type { Position } from "../gen/uow/v1/journal_service_pb.js";
import { SaveState } from "../gen/uow/v1/save_service_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";
import type { SaveExecutor, SaveOutcome, WantedRow } from "../save/executor.js";
import type { SaveOptions } from "../save/options.js";
import type { Change } from "../tracking/change_log.js";
import type { EntityState } from "../tracking/entity_state.js";
import type { Mark } from "./checkpoint.js";
import { RollbackError } from "./errors.js";
import { keyOf, keysAhead } from "./events.js";
import { positionOf } from "./position.js";
import { resolveGenerated } from "./replay.js";
import type { UnitOfWork } from "./unit_of_work.js";

/** What a save wrote. */
export interface SaveResult {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** The save's id in the journal; undefined where there was nothing to save. */
  readonly saveId: string | undefined;
}

/** One save, from its call on. */
interface Job {
  readonly saveId: string;
  readonly to: Position;
  /** In memory's log. */
  readonly position: number;
  /** Whether rows without keys are among what it covers. */
  readonly createsKeys: boolean;
  readonly options: SaveOptions;
}

/** Runs the saves of one unit of work, one after the other, and brings what they generated into memory. */
export class Saver {
  readonly #jobs: Job[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #provisional = false;
  /** The offset up to which memory knows what was saved. */
  savedTo = 0n;
  /** A save whose outcome isn't known. */
  #unsettled: Job | undefined;

  constructor(
    private readonly unit: UnitOfWork,
    private readonly executor: SaveExecutor,
  ) {}

  /** Resolves when no save is running. */
  async idle(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  /** Whether something was saved within a transaction of the user's, whose end decides it. */
  get provisional(): boolean {
    return this.#provisional;
  }

  /** Whether rows may be about to get keys that memory doesn't know yet. */
  get resolvesKeys(): boolean {
    return this.#jobs.some((job) => job.createsKeys);
  }

  /** Why memory can't be rolled back to a position just now. */
  blocks(position: number): RollbackError | undefined {
    if (this.#jobs.some((job) => position < job.position)) {
      return new RollbackError(
        "SAVE_IN_PROGRESS",
        "a save of changes after the checkpoint is running; await it, then they can't be rolled back",
      );
    }
    if (this.#unsettled !== undefined && position < this.#unsettled.position) {
      return new RollbackError("SAVE_IN_DOUBT", "whether the last save was committed isn't known; save again to find out");
    }
    return undefined;
  }

  nothing(): SaveResult {
    return { inserted: 0, updated: 0, deleted: 0, saveId: undefined };
  }

  /** Saves what was recorded before the call, up to a checkpoint or all of it. */
  async save(mark: Mark | undefined, options: SaveOptions): Promise<SaveResult> {
    const { log } = this.unit.tracker;
    const job: Job = {
      saveId: globalThis.crypto.randomUUID(),
      to: positionOf(this.unit, mark),
      position: mark?.position ?? log.end,
      createsKeys: createsKeys(log.range(log.begin, mark?.position ?? log.end)),
      options,
    };
    this.#jobs.push(job);
    const run = this.#last.then(async () => this.#run(job));
    const done = run.catch(() => undefined).finally(() => this.#jobs.splice(this.#jobs.indexOf(job), 1));
    this.#last = done;
    try {
      return await run;
    } finally {
      await done;
    }
  }

  async #run(job: Job): Promise<SaveResult> {
    const { session, resumed } = this.unit;
    if (!resumed && session.lastSequence === 0n) return this.nothing();
    const recorded = this.#recorded();
    recorded.catch(() => undefined);
    try {
      // uowd itself waits for a command that it is about to get; a checkpoint has to be there.
      if (job.to.at.case === "command") await session.sent();
      else await recorded;
      return await this.#attemptAll(job, recorded);
    } catch (error) {
      await recorded;
      await this.#checkElsewhere();
      throw error;
    }
  }

  /** Resolves once the journal has what was queued, and nothing speaks against a save. */
  async #recorded(): Promise<void> {
    const { unit } = this;
    if (unit.session.lastSequence > 0n) await unit.session.flush();
    await this.#checkElsewhere();
    if (unit.stopped !== undefined) throw unit.stopped;
  }

  /** Throws, once, where another process has rolled the session back. */
  async #checkElsewhere(): Promise<void> {
    const elsewhere = this.unit.takeRolledBackElsewhere();
    if (elsewhere === undefined) return;
    // The rollback may have cut through changes that were queued together.
    await this.unit.reload();
    throw elsewhere;
  }

  async #attemptAll(job: Job, recorded: Promise<void>): Promise<SaveResult> {
    const settled = this.#unsettled === undefined ? this.nothing() : await this.#attempt(this.#unsettled, recorded);
    const result = await this.#attempt(job, recorded);
    return {
      inserted: settled.inserted + result.inserted,
      updated: settled.updated + result.updated,
      deleted: settled.deleted + result.deleted,
      saveId: result.saveId,
    };
  }

  async #attempt(job: Job, recorded: Promise<void>): Promise<SaveResult> {
    const { log } = this.unit.tracker;
    const end = Math.max(log.begin, job.position);
    const wanted = wantedRows(log.range(log.begin, end), keysAhead(log.range(end, log.end)));
    // Whether it was committed is known only once the executor has said so.
    this.#unsettled = job;
    try {
      const outcome = await this.executor.save(job.saveId, job.to, [...wanted.values()], recorded, job.options);
      this.#unsettled = undefined;
      this.#provisional ||= outcome.provisional;
      if (outcome.from > this.savedTo) await resolveAll(this.unit);
      this.savedTo = outcome.to;
      this.#apply(job, outcome, wanted);
      return { inserted: outcome.inserted, updated: outcome.updated, deleted: outcome.deleted, saveId: outcome.saveId };
    } catch (error) {
      if (!isInDoubt(error)) this.#unsettled = undefined;
      throw error;
    }
  }

  #apply(job: Job, outcome: SaveOutcome, wanted: ReadonlyMap<EntityState, WantedRow>): void {
    const { tracker, checkpoints, recorder } = this.unit;
    if (job.position > tracker.log.begin) tracker.trimTo(job.position);
    checkpoints.markSaved(job.position);
    recorder.trim();
    this.unit.savedOffset = outcome.to;
    for (const [writer, keys] of outcome.keys) {
      for (const [counter, value] of keys) resolveKey(this.unit, writer, counter, value);
    }
    const states = new Map(Array.from(wanted, ([state, row]) => [row, state]));
    for (const { wanted: row, values } of outcome.hydrated) {
      const state = states.get(row);
      if (state === undefined) continue;
      for (const column of row.columns) tracker.hydrate(state, column, values[column.property]);
    }
  }
}

function resolveKey({ tracker }: UnitOfWork, writer: string, counter: number, value: Value): void {
  const key = tracker.keys.find(writer, counter);
  key?.resolve(key.column.codec.fromWire(value));
}

/** Takes up the keys of saves of other processes that share the session. */
export async function resolveAll({ session, tracker }: UnitOfWork): Promise<void> {
  for await (const save of session.listSaves()) {
    if (save.state !== SaveState.COMMITTED) continue;
    for (const entity of save.generated) resolveGenerated(tracker, entity);
  }
}

function createsKeys(changes: Iterable<Change>): boolean {
  for (const { kind, state } of changes) {
    if (kind === "created" && state.table.model.key.some((column) => column.generatedKey)) return true;
  }
  return false;
}

/** The rows of a range of changes that the database fills in, by entity; `keys` has the keys that change after it. */
function wantedRows(changes: Iterable<Change>, keys: ReturnType<typeof keysAhead>): Map<EntityState, WantedRow> {
  const wanted = new Map<EntityState, WantedRow>();
  for (const { kind, state, omitted } of changes) {
    if (kind === "deleted") {
      wanted.delete(state);
      continue;
    }
    const columns = kind === "created" ? (omitted ?? []) : wanted.has(state) ? [] : filledAtUpdate(state);
    const { version } = state.table;
    const all = version === undefined || columns.includes(version) || wanted.has(state) ? columns : [...columns, version];
    if (all.length > 0) wanted.set(state, { table: state.table.model, key: keyOf(state, keys.get(state)), columns: all });
  }
  return wanted;
}

function filledAtUpdate(state: EntityState): readonly ColumnModel[] {
  return state.table.computed.filter((column) => column.property in state.row);
}

/** Whether the same save has to be asked for again to learn what became of it. */
function isInDoubt(error: unknown): boolean {
  if (!(error instanceof UowError)) return true;
  return error instanceof SaveInDoubtError || error instanceof UowdUnavailableError || error instanceof TargetUnavailableError;
}
