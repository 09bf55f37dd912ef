import { UowError, uowError } from "../errors.js";
import type { StaleEpoch } from "../gen/uow/v1/errors_pb.js";
import type { SchemaModel } from "../model/model.js";
import type { SaveExecutor } from "../save/executor.js";
import type { SaveOptions } from "../save/options.js";
import type { JournalSession, Sequence, SessionEvents } from "../session/session.js";
import type { EntityState } from "../tracking/entity_state.js";
import type { Gate } from "../tracking/gate.js";
import { Tracker } from "../tracking/tracker.js";
import { Checkpoints, type Checkpoint, type Mark } from "./checkpoint.js";
import { DivergedError, RollbackError, RolledBackElsewhereError } from "./errors.js";
import { Recorder } from "./recorder.js";
import { reload } from "./reload.js";
import { Saver, type SaveResult } from "./saver.js";

/** What came of a rollback. */
export interface RollbackResult {
  /** Why nothing was done; undefined if it was. */
  readonly error: RollbackError | undefined;
}

/** How a unit of work ends. */
export interface CloseOptions {
  /** Leaves the session open, for other processes or for later: `createUow(db, { session })`. */
  readonly keepSession?: boolean;
  /** Keeps the journal of the ended session readable for a while. */
  readonly keepHistory?: boolean;
}

const longestName = 255;

/**
 * What stands behind `createUow`: each change goes to memory at once and to the journal behind it; checkpoints, rollbacks, saves, refusals
 * and the rollbacks of others keep the two together.
 */
export class UnitOfWork implements Gate, SessionEvents {
  readonly tracker: Tracker;
  readonly checkpoints = new Checkpoints();
  readonly recorder: Recorder;
  readonly saver: Saver;
  /** Entities whose creation was undone by rollbacks that the journal may still refuse, for `reload` to take up again. */
  readonly undone: EntityState[] = [];
  /** Resolves once the changes of a session that was taken up are in memory. */
  ready: Promise<void>;
  isReady = true;
  /** The last of our commands that another process rolled back; 0 before the first command. */
  lastUndone: Sequence = 0n;
  #handles = 0n;
  #savedOffset = 0n;
  /** Why no further changes may be made. */
  #stop: UowError | undefined;
  #closed = false;
  #refused: { readonly sequence: Sequence; readonly error: UowError } | undefined;
  #elsewhere: RolledBackElsewhereError | undefined;

  constructor(
    model: SchemaModel,
    readonly session: JournalSession,
    executor: SaveExecutor,
    /** Whether the session was there before: its changes are read first. */
    readonly resumed: boolean,
  ) {
    this.tracker = new Tracker(model, this);
    this.recorder = new Recorder(session, this.tracker.log, (error) => this.#diverge(error));
    this.saver = new Saver(this, executor);
    this.ready = Promise.resolve();
  }

  /** Starts to read the changes of a session that was there before. */
  begin(): void {
    if (!this.resumed) return;
    this.ready = this.#takeUp();
    // Whoever waits for it hears of it.
    this.ready.catch(() => undefined);
  }

  async #takeUp(): Promise<void> {
    this.#stop = new UowError(
      "SESSION_LOADING",
      "the session's changes are being read; await uow.ready, or any query, before you change something",
    );
    this.isReady = false;
    try {
      await this.#adopt();
    } catch (error) {
      this.#stop = error as UowError;
      throw error;
    }
    this.isReady = true;
  }

  /** Throws while the changes of a session that was taken up aren't in memory. */
  checkReady(): void {
    if (!this.isReady && this.#stop !== undefined) throw this.#stop;
  }

  // ---- Changes ----

  admit(): void {
    if (this.#stop !== undefined) throw this.#stop;
    if (this.session.full) {
      throw new UowError(
        "TOO_MANY_PENDING_CHANGES",
        "changes come faster than the journal takes them; nothing was changed. Await uow.flush() now and then in long loops",
      );
    }
  }

  changed(): void {
    this.recorder.changed();
  }

  nextHandle(): { writer: string; counter: bigint } {
    return { writer: this.session.writer, counter: ++this.#handles };
  }

  /** Why nothing but `reload` and `close` goes on. */
  get stopped(): UowError | undefined {
    return this.#stop;
  }

  // ---- Checkpoints and rollback ----

  setCheckpoint(name?: string): Checkpoint {
    this.admit();
    const chosen = name ?? this.checkpoints.freeName(this.session.writer);
    if (chosen === "" || new TextEncoder().encode(chosen).length > longestName) {
      throw new UowError("NOT_SUPPORTED", `a checkpoint's name has 1 to ${longestName} bytes`);
    }
    if (this.checkpoints.find(chosen) !== undefined) {
      throw new UowError(
        "CHECKPOINT_EXISTS",
        `there is a checkpoint ${JSON.stringify(chosen)}; choose another name, or roll back past it`,
      );
    }
    this.settle();
    const sequence = this.recorder.setCheckpoint(chosen);
    return this.checkpoints.add(chosen, this.tracker.log.end, sequence);
  }

  /** Logs what changed in place, and queues everything for the journal: changes from now on come after it. */
  settle(): void {
    this.tracker.inPlace.detectAll();
    this.recorder.record();
    this.tracker.segment++;
  }

  rollback(to?: Checkpoint | string): RollbackResult {
    const error = this.#stop === undefined ? undefined : stoppedError(this.#stop);
    if (error !== undefined) return { error };
    const found = to === undefined ? undefined : this.#findMark(to);
    if (found instanceof RollbackError) return { error: found };
    const position = found?.position ?? this.tracker.log.begin;
    const blocked = this.saver.blocks(position);
    if (blocked !== undefined) return { error: blocked };
    this.#rollbackTo(position, found);
    return { error: undefined };
  }

  #findMark(wanted: Checkpoint | string): Mark | RollbackError {
    const name = JSON.stringify(typeof wanted === "string" ? wanted : wanted.name);
    const mark = this.checkpoints.find(wanted);
    if (mark === undefined) {
      return typeof wanted === "string"
        ? new RollbackError("CHECKPOINT_NOT_FOUND", `there is no checkpoint ${name} to roll back to`)
        : new RollbackError("CHECKPOINT_FOREIGN", `the checkpoint ${name} was set in another unit of work`);
    }
    if (mark.state === "saved") {
      return new RollbackError("ROLLBACK_BELOW_SAVED", `what came after the checkpoint ${name} is saved and can't be rolled back`);
    }
    if (mark.state === "dropped") {
      return new RollbackError("CHECKPOINT_DROPPED", `the checkpoint ${name} is gone: a rollback went further back`);
    }
    return mark;
  }

  #rollbackTo(position: number, mark: Mark | undefined): void {
    this.tracker.inPlace.detectForRollback();
    for (const entity of this.tracker.undoTo(position)) this.undone.push(entity);
    if (mark === undefined) this.checkpoints.dropBeyond(position, this.session.lastSequence);
    else this.checkpoints.dropAfter(mark);
    if (this.#refused !== undefined) {
      // Nothing after the refusal has reached the journal. As long as it isn't rolled back past, nothing will.
      if (mark !== undefined && mark.sequence >= this.#refused.sequence) return;
      this.session.resumeAfter(this.#refused.sequence);
      this.recorder.dropFrom(this.#refused.sequence);
      this.#refused = undefined;
    }
    const { session } = this;
    if (mark !== undefined) this.recorder.rollback(() => session.rollbackToCheckpoint(mark.checkpoint.name));
    else if (this.resumed || session.lastSequence > 0n) this.recorder.rollback(() => session.rollbackToOffset(this.#savedOffset));
  }

  // ---- Journal ----

  async flush(): Promise<void> {
    await this.ready;
    this.#checkRunning();
    this.settle();
    if (this.session.lastSequence > 0n) await this.session.flush();
    this.#checkRunning();
  }

  acknowledged(sequence: Sequence, _offset: bigint, _epoch: bigint, saved: bigint): void {
    if (saved > this.#savedOffset) this.#savedOffset = saved;
    if (sequence >= this.session.lastSequence) this.undone.length = 0;
  }

  refused(sequence: Sequence, error: UowError): void {
    this.#refused = { sequence, error };
    if (this.recorder.isRollback(sequence)) this.#stop = new DivergedError(error);
  }

  rolledBackElsewhere(stale: StaleEpoch): void {
    const sequence = stale.lastSurvivingSequence;
    const position = Math.min(this.recorder.positionAfter(sequence), this.#inheritedPosition(stale.truncatedTo));
    for (const entity of this.tracker.undoTo(position)) this.undone.push(entity);
    this.checkpoints.dropBeyond(position, sequence);
    this.recorder.dropFrom(sequence + 1n);
    this.tracker.log.markRecorded();
    this.#refused = undefined;
    this.lastUndone = this.session.lastSequence;
    this.#elsewhere = new RolledBackElsewhereError();
  }

  /** Where the changes of earlier processes that this one took over end at an offset. */
  #inherited: readonly number[] = [];
  #inheritedFrom = 0n;

  #inheritedPosition(offset: bigint): number {
    const index = Number(offset - this.#inheritedFrom);
    if (this.#inherited.length === 0 || index >= this.#inherited.length - 1) return Number.POSITIVE_INFINITY;
    return this.#inherited[Math.max(index, 0)] ?? Number.POSITIVE_INFINITY;
  }

  /** Why a save must not begin; to be called once. */
  takeRolledBackElsewhere(): RolledBackElsewhereError | undefined {
    const error = this.#elsewhere;
    this.#elsewhere = undefined;
    return error;
  }

  get savedOffset(): bigint {
    return this.#savedOffset;
  }

  set savedOffset(offset: bigint) {
    if (offset > this.#savedOffset) this.#savedOffset = offset;
  }

  #diverge(error: unknown): void {
    this.#stop = new DivergedError(error);
  }

  #checkRunning(): void {
    if (this.#stop !== undefined) throw this.#stop;
  }

  // ---- The whole ----

  async save(to?: Checkpoint | string, options: SaveOptions = {}): Promise<SaveResult> {
    if (!this.isReady) await this.ready;
    this.#checkRunning();
    const mark = to === undefined ? undefined : this.#findMark(to);
    if (mark instanceof RollbackError && mark.reason !== "ROLLBACK_BELOW_SAVED")
      throw new UowError("CHECKPOINT_NOT_FOUND", mark.message);
    this.settle();
    if (mark instanceof RollbackError) return this.saver.nothing();
    return this.saver.save(mark, options);
  }

  /** Builds the changes that aren't saved anew from the journal. */
  async reload(): Promise<void> {
    await this.ready;
    if (this.#closed && this.#stop !== undefined) throw this.#stop;
    if (this.#stop === undefined && this.#refused === undefined) await this.flush();
    if (this.#refused !== undefined) this.session.resumeAfter(this.#refused.sequence);
    await this.#adopt();
  }

  async #adopt(): Promise<void> {
    const inherited = await reload(this);
    this.#inherited = inherited.positions;
    this.#inheritedFrom = inherited.from;
    this.#savedOffset = inherited.from;
    this.saver.savedTo = inherited.from;
    this.#refused = undefined;
    this.#stop = undefined;
    this.#elsewhere = undefined;
    this.undone.length = 0;
  }

  async close({ keepSession = false, keepHistory = false }: CloseOptions = {}): Promise<void> {
    if (this.#closed) return;
    await this.ready.catch(() => undefined);
    if (keepSession && this.#stop === undefined) await this.flush();
    await this.saver.idle();
    this.#closed = true;
    this.#stop = uowError("SESSION_CLOSED", "this unit of work was closed; create a new one");
    const used = this.resumed || this.session.lastSequence > 0n;
    // The session's id is worth nothing before the session is there.
    if (keepSession && !used) await this.session.open();
    // A transaction of the user's that is still open decides what was saved in it: whoever takes the session up finds out.
    if (keepSession || this.saver.provisional || !this.isReady || !used) await this.session.detach();
    else await this.session.close({ keepHistory });
  }
}

function stoppedError(stop: UowError): RollbackError {
  const known = stop.reason === "DIVERGED" || stop.reason === "SESSION_LOADING" ? stop.reason : "SESSION_CLOSED";
  return new RollbackError(known, stop.message);
}
