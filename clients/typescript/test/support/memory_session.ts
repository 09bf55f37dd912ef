import type { Event } from "../../src/gen/uow/v1/event_pb.js";
import type { Checkpoint, JournalEntry, NetChange, Position } from "../../src/gen/uow/v1/journal_service_pb.js";
import type { Save } from "../../src/gen/uow/v1/save_service_pb.js";
import { type UowError, uowError } from "../../src/errors.js";
import type { JournalSession, Sequence, SessionEvents, SessionStatus } from "../../src/session/session.js";

interface Stored {
  readonly event: Event;
  readonly writer: string;
  readonly sequence: bigint;
}

/** A session's journal in memory, which sessions of several writers can share. */
export class MemoryJournal {
  events: Stored[] = [];
  checkpoints: { name: string; offset: number; writer: string; sequence: bigint }[] = [];
  epoch = 0n;
  saved = 0;
  saves: Save[] = [];
  readonly sessions: MemorySession[] = [];

  /** Refuses the next command for which it returns an error. */
  refuse: (event: Event | undefined) => UowError | undefined = () => undefined;

  truncate(offset: number): void {
    this.events.length = offset;
    this.checkpoints = this.checkpoints.filter((checkpoint) => checkpoint.offset <= offset);
    this.epoch++;
  }
}

let writers = 0;

/** A `JournalSession` over a `MemoryJournal`: commands are applied a task later, as from a server nearby. */
export class MemorySession implements JournalSession {
  readonly id = "0123456789abcdef0123456789abcdef";
  readonly writer = `w${++writers}`;
  lastSequence: Sequence = 0n;
  epoch: bigint;
  full = false;
  unacknowledgedBytes = 0;
  closed: "ended" | "detached" | undefined;
  readonly appended: Event[][] = [];
  #queue: { sequence: bigint; run: () => void }[] = [];
  #refused: { sequence: bigint; error: UowError } | undefined;

  constructor(
    readonly journal: MemoryJournal,
    private readonly events: SessionEvents,
  ) {
    this.epoch = journal.epoch;
    journal.sessions.push(this);
  }

  async open(): Promise<void> {}

  async status(): Promise<SessionStatus> {
    const { events, saved, epoch } = this.journal;
    return { head: BigInt(events.length), saved: BigInt(saved), epoch, lastHandleCounter: 0n };
  }

  append(events: Event[]): Sequence {
    this.appended.push(events);
    const sequence = this.lastSequence + 1n;
    return this.#enqueue(() => {
      for (const event of events) {
        const error = this.journal.refuse(event);
        if (error !== undefined) throw error;
      }
      this.journal.events.push(...events.map((event) => ({ event, writer: this.writer, sequence })));
    });
  }

  setCheckpoint(name: string): Sequence {
    const sequence = this.lastSequence + 1n;
    return this.#enqueue(() => {
      this.journal.checkpoints.push({ name, offset: this.journal.events.length, writer: this.writer, sequence });
    });
  }

  rollbackToCheckpoint(name: string): Sequence {
    this.epoch++;
    return this.#enqueue(() => {
      const error = this.journal.refuse(undefined);
      if (error !== undefined) throw error;
      const at = this.journal.checkpoints.findIndex((checkpoint) => checkpoint.name === name);
      const checkpoint = this.journal.checkpoints[at];
      if (checkpoint === undefined) throw uowError("CHECKPOINT_NOT_FOUND", `no checkpoint ${name}`);
      this.journal.truncate(checkpoint.offset);
      this.journal.checkpoints.length = at + 1;
    });
  }

  rollbackToOffset(offset: bigint): Sequence {
    this.epoch++;
    return this.#enqueue(() => this.journal.truncate(Number(offset)));
  }

  #enqueue(run: () => void): Sequence {
    const sequence = ++this.lastSequence;
    this.#queue.push({ sequence, run });
    setImmediate(() => this.#drain());
    return sequence;
  }

  #drain(): void {
    while (this.#refused === undefined) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      try {
        next.run();
      } catch (error) {
        this.#refused = { sequence: next.sequence, error: error as UowError };
        this.events.refused(next.sequence, error as UowError);
        return;
      }
      const { events, epoch, saved } = this.journal;
      this.events.acknowledged(next.sequence, BigInt(events.length), epoch, BigInt(saved));
    }
  }

  resumeAfter(sequence: Sequence): void {
    this.lastSequence = sequence - 1n;
    this.#queue = [];
    this.#refused = undefined;
    this.epoch = this.journal.epoch;
  }

  async flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#drain();
    if (this.#refused !== undefined) throw this.#refused.error;
  }

  async sent(): Promise<void> {}

  /** Another process rolls the session back. */
  rollBackElsewhere(offset: number): void {
    this.journal.truncate(offset);
    this.epoch = this.journal.epoch;
    const commands = [...this.journal.events, ...this.journal.checkpoints].filter(({ writer }) => writer === this.writer);
    const survivors = commands.map(({ sequence }) => sequence);
    this.events.rolledBackElsewhere({
      $typeName: "uow.v1.StaleEpoch",
      epoch: this.epoch,
      truncatedTo: BigInt(offset),
      lastSurvivingSequence: survivors.reduce((last, sequence) => (sequence > last ? sequence : last), 0n),
    });
  }

  async *readJournal(from: bigint, to?: Position): AsyncIterable<JournalEntry> {
    const end = to?.at.case === "offset" ? Number(to.at.value) : this.journal.events.length;
    for (let offset = Number(from); offset < end; offset++) {
      const stored = this.journal.events[offset];
      if (stored === undefined) return;
      const { event, writer, sequence } = stored;
      const time = { $typeName: "google.protobuf.Timestamp" as const, seconds: 1_700_000_000n, nanos: 0 };
      yield { $typeName: "uow.v1.JournalEntry", offset: BigInt(offset), writer, sequence, event, time };
    }
  }

  // oxlint-disable-next-line require-yield -- the fold is the server's.
  async *getChanges(): AsyncIterable<NetChange> {
    throw new Error("the journal in memory doesn't fold");
  }

  async listCheckpoints(): Promise<Checkpoint[]> {
    return this.journal.checkpoints.map(({ name, offset, writer }) => ({
      $typeName: "uow.v1.Checkpoint",
      name,
      writer,
      offset: BigInt(offset),
    }));
  }

  async *listSaves(): AsyncIterable<Save> {
    yield* this.journal.saves;
  }

  save(): never {
    throw new Error("the journal in memory has no targets");
  }

  beginSave(): never {
    throw new Error("the journal in memory has no planner");
  }

  finishSave(): never {
    throw new Error("the journal in memory has no planner");
  }

  async close(): Promise<void> {
    this.closed = "ended";
  }

  async detach(): Promise<void> {
    this.closed = "detached";
  }
}
