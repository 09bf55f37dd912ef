import type { Event } from "../gen/uow/v1/event_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { JournalSession, Sequence } from "../session/session.js";
import type { ChangeLog } from "../tracking/change_log.js";
import { eventsOf } from "./events.js";

/** A command of ours, and where memory was after it. */
interface Command {
  readonly sequence: Sequence;
  readonly position: number;
  readonly isRollback: boolean;
}

/** Bounds what one command takes: well below the server's limit for a message. */
const batchEvents = 1000;
const batchBytes = 4 << 20;
/** Changes of a loop without a pause that are handed on while it runs: uowd has them sooner, and few events live at a time. */
const earlyChanges = 2_000;
/** How many bytes may wait for uowd before such a loop gathers instead. */
const earlyBytes = 4 << 20;
/** Bounds what a loop without a pause gathers, so that back-pressure reaches it. */
const mostUnrecorded = 50_000;

/** Turns logged changes into the session's commands: soon after they were made, and always before a command of another kind. */
export class Recorder {
  readonly #commands: Command[] = [];
  #scheduled = false;

  constructor(
    private readonly session: JournalSession,
    private readonly log: ChangeLog,
    /** Takes what a conversion throws that belongs to no call of the user's. */
    private readonly failed: (error: unknown) => void,
  ) {}

  /** A change was logged. */
  changed(): void {
    const unrecorded = this.log.end - this.log.recorded;
    if (unrecorded >= mostUnrecorded) {
      this.record();
    } else if (unrecorded >= earlyChanges && this.session.unacknowledgedBytes < earlyBytes) {
      this.#tryToRecord();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#tryToRecord();
      });
    }
  }

  #tryToRecord(): void {
    try {
      this.record();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Queues everything that was logged. */
  record(): void {
    if (this.log.recorded >= this.log.end) return;
    const changes = this.log.unrecorded();
    const events = eventsOf(changes);
    this.log.markRecorded();
    for (const change of changes) change.release();
    let batch: Event[] = [];
    let bytes = 0;
    for (const event of events) {
      batch.push(event);
      bytes += sizeOf(event);
      if (bytes < batchBytes && batch.length < batchEvents) continue;
      this.session.append(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) this.session.append(batch);
    if (events.length > 0) this.#note(this.session.lastSequence, false);
  }

  setCheckpoint(name: string): Sequence {
    this.record();
    const sequence = this.session.setCheckpoint(name);
    this.#note(sequence, false);
    return sequence;
  }

  /** Truncates the journal as memory was truncated just now. */
  rollback(queue: () => Sequence): void {
    this.#note(queue(), true);
  }

  #note(sequence: Sequence, isRollback: boolean): void {
    this.#commands.push({ sequence, position: this.log.end, isRollback });
  }

  isRollback(sequence: Sequence): boolean {
    return this.#commands.some((command) => command.sequence === sequence && command.isRollback);
  }

  /** The position in memory after a command and before the next one. */
  positionAfter(sequence: Sequence): number {
    let position = this.log.begin;
    for (const command of this.#commands) {
      if (command.sequence > sequence) break;
      position = command.position;
    }
    return Math.min(position, this.log.end);
  }

  /** Forgets the commands from a sequence on, which were never applied. */
  dropFrom(sequence: Sequence): void {
    const at = this.#commands.findIndex((command) => command.sequence >= sequence);
    if (at >= 0) this.#commands.splice(at);
  }

  /** Forgets the commands whose changes are saved. */
  trim(): void {
    const at = this.#commands.findIndex((command) => command.position > this.log.begin);
    this.#commands.splice(0, at < 0 ? Math.max(this.#commands.length - 1, 0) : at);
  }
}

function sizeOf(event: Event): number {
  let size = 32;
  for (const value of event.key) size += valueSize(value);
  for (const value of event.newKey) size += valueSize(value);
  for (const field of event.fields) size += 16 + valueSize(field.value) + valueSize(field.old);
  return size;
}

function valueSize(value: Value | undefined): number {
  const kind = value?.kind;
  if (kind?.case === "arrayValue") return kind.value.elements.reduce((size, element) => size + valueSize(element), 0);
  if (kind?.case === "bytesValue") return kind.value.length;
  return typeof kind?.value === "string" ? kind.value.length * 3 : 8;
}
