import type { Event } from "../gen/uow/v1/event_pb.js";
import type { StaleEpoch } from "../gen/uow/v1/errors_pb.js";
import type { Checkpoint, JournalEntry, NetChange, Position } from "../gen/uow/v1/journal_service_pb.js";
import type {
  BeginSaveRequest,
  BeginSaveResponse,
  FinishSaveRequest,
  FinishSaveResponse,
  Save,
  SaveRequest,
  SaveResponse,
} from "../gen/uow/v1/save_service_pb.js";
import type { UowError } from "../errors.js";

/** Where a command stands in its writer's order: 1 for the first. */
export type Sequence = bigint;

/** What the owner of a session is told about. Called from the session's own tasks, never from inside one of its methods. */
export interface SessionEvents {
  /** All commands up to `sequence` are durable. `offset` is the session's head after it. */
  acknowledged(sequence: Sequence, offset: bigint, epoch: bigint, saved: bigint): void;
  /** The journal refused a command; nothing from `sequence` on was applied. The session sends nothing more until `resumeAfter`. */
  refused(sequence: Sequence, error: UowError): void;
  /** Another writer rolled the session back; commands past `lastSurvivingSequence` that were in an older epoch are undone. */
  rolledBackElsewhere(stale: StaleEpoch): void;
}

/** Where a session stands in the journal. */
export interface SessionStatus {
  /** The number of events. */
  readonly head: bigint;
  /** The offset up to which events are saved. */
  readonly saved: bigint;
  readonly epoch: bigint;
  /** The largest counter of this writer's handles in the journal; 0 if there is none. */
  readonly lastHandleCounter: bigint;
}

/**
 * One writer of one session in `uowd`. Opened lazily: the first command, or `open()`, starts or finds the server. Commands are queued,
 * numbered, sent in order and sent again after a lost connection until they are acknowledged; the server applies each once.
 */
export interface JournalSession {
  /** 32 hexadecimal digits, chosen by this side. */
  readonly id: string;
  /** This writer's id. */
  readonly writer: string;
  /** The session's epoch as this writer knows it, its own pipelined rollbacks counted. */
  readonly epoch: bigint;
  /** The sequence of the last queued command; 0 before the first. */
  readonly lastSequence: Sequence;
  /** Bytes that are queued and not acknowledged. Past the cap no further change may be made: see `full`. */
  readonly unacknowledgedBytes: number;
  /** Whether the cap of unacknowledged bytes is reached. */
  readonly full: boolean;

  open(): Promise<void>;
  /** Queues commands. Synchronous. The returned sequence names the command in positions and in `refused`. */
  append(events: Event[]): Sequence;
  setCheckpoint(name: string): Sequence;
  rollbackToCheckpoint(name: string): Sequence;
  rollbackToOffset(offset: bigint): Sequence;
  /** Drops refused commands from `sequence` on, so that sequences go on from there. For after an in-memory rollback past a refusal. */
  resumeAfter(sequence: Sequence): void;
  /** Resolves when all that was queued before the call is durable; rejects with what refused it. */
  flush(): Promise<void>;
  /**
   * Resolves when uowd is about to have all that was queued before the call, or can't get it, which `flush` then tells. Calls that wait for
   * a command there may be made from then on.
   */
  sent(): Promise<void>;

  /** Where the session stands in the journal. Opens it first. */
  status(): Promise<SessionStatus>;
  /** Finished and pending saves in the order in which they began, with their generated values. */
  listSaves(): AsyncIterable<Save>;
  readJournal(from: bigint, to?: Position): AsyncIterable<JournalEntry>;
  getChanges(to?: Position): AsyncIterable<NetChange>;
  listCheckpoints(): Promise<Checkpoint[]>;
  /** A save by the server. A lost connection is taken up again under the same save id. */
  save(saveId: string, to: Position, options?: Partial<SaveRequest>): AsyncIterable<SaveResponse>;
  /** `signal` ends the call; what it was about to begin is given up then. */
  beginSave(request: Omit<BeginSaveRequest, "sessionId" | "$typeName">, signal?: AbortSignal): AsyncIterable<BeginSaveResponse>;
  /** Ends an attempt of a save that this side runs. A lost connection is tried again, which is safe. */
  finishSave(messages: Iterable<FinishSaveRequest>): Promise<FinishSaveResponse>;

  /** Ends the stream and the session; `keepHistory` leaves its journal readable. */
  close(options?: { keepHistory?: boolean }): Promise<void>;
  /** Ends the stream only: the session stays open for others. */
  detach(): Promise<void>;
}
