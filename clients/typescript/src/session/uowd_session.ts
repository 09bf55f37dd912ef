import { create, type DescMessage, type DescMethodServerStreaming, type MessageShape } from "@bufbuild/protobuf";
import { randomBytes } from "node:crypto";
import { type UowError, uowError } from "../errors.js";
import type { Event } from "../gen/uow/v1/event_pb.js";
import {
  type Checkpoint,
  GetChangesRequestSchema,
  type JournalEntry,
  JournalService,
  ListCheckpointsRequestSchema,
  type NetChange,
  type Position,
  ReadJournalRequestSchema,
} from "../gen/uow/v1/journal_service_pb.js";
import {
  type BeginSaveRequest,
  BeginSaveRequestSchema,
  type BeginSaveResponse,
  type FinishSaveRequest,
  type FinishSaveResponse,
  ListSavesRequestSchema,
  type Save,
  SaveRequestSchema,
  type SaveRequest,
  type SaveResponse,
  SaveService,
} from "../gen/uow/v1/save_service_pb.js";
import { CloseSessionRequestSchema, GetSessionRequestSchema, SessionService } from "../gen/uow/v1/session_service_pb.js";
import { CommandQueue } from "./command_queue.js";
import { CommandStream, type StreamRoute } from "./command_stream.js";
import { encodeCheckpoint, encodeEvents, encodeRollback } from "./encode.js";
import { type OpenedSession, openedSession, openingRequest, openSession, type SessionTarget } from "./open_session.js";
import { repeatedly } from "./repeat.js";
import { Renewal } from "./renewal.js";
import type { JournalSession, Sequence, SessionEvents, SessionStatus } from "./session.js";
import type { Connector, Transport } from "./transport.js";

/** What a session is opened with. */
export interface SessionOptions {
  readonly connector: Connector;
  readonly target: SessionTarget;
  /** The id of a session that is there; undefined for a new one. */
  readonly sessionId?: string | undefined;
  /** Bytes that may wait for uowd before changes are refused. */
  readonly maxUnacknowledgedBytes?: number | undefined;
  /** How long calls go on trying to reach uowd, in milliseconds. */
  readonly patience?: number | undefined;
}

const defaultMaxUnacknowledgedBytes = 64 << 20;
const defaultPatience = 30_000;
const pageSize = 1000;

/** A session in uowd, over whatever transport. See JournalSession. */
export class UowdSession implements JournalSession {
  readonly id: string;
  readonly writer = randomBytes(16).toString("hex");
  readonly #queue = new CommandQueue();
  readonly #stream: CommandStream;
  readonly #patience: number;
  readonly #maxBytes: number;
  #opened: Promise<OpenedSession> | undefined;
  #renewal: Renewal | undefined;
  #closed = false;

  constructor(
    private readonly options: SessionOptions,
    events: SessionEvents,
  ) {
    this.id = options.sessionId ?? randomBytes(16).toString("hex");
    this.#patience = options.patience ?? defaultPatience;
    this.#maxBytes = options.maxUnacknowledgedBytes ?? defaultMaxUnacknowledgedBytes;
    this.#stream = new CommandStream(this.#queue, {
      sessionId: this.id,
      writer: this.writer,
      open: async () => this.#route(),
      opened: (session) => {
        this.#opened ??= Promise.resolve(this.#renew(openedSession(session)));
      },
      events,
      patience: this.#patience,
    });
  }

  get epoch(): bigint {
    return this.#queue.epoch;
  }

  get lastSequence(): Sequence {
    return this.#queue.lastSequence;
  }

  get unacknowledgedBytes(): number {
    return this.#queue.bytes;
  }

  get full(): boolean {
    return this.#queue.bytes >= this.#maxBytes;
  }

  // ---- Commands ----

  append(events: Event[]): Sequence {
    return this.#push("append", encodeEvents(events));
  }

  setCheckpoint(name: string): Sequence {
    return this.#push("checkpoint", encodeCheckpoint(name));
  }

  rollbackToCheckpoint(name: string): Sequence {
    return this.#push("rollback", encodeRollback(name));
  }

  rollbackToOffset(offset: bigint): Sequence {
    return this.#push("rollback", encodeRollback(offset));
  }

  #push(action: "append" | "checkpoint" | "rollback", body: Uint8Array): Sequence {
    this.#checkOpen();
    const sequence = this.#queue.push(action, body);
    this.#stream.wake();
    return sequence;
  }

  resumeAfter(sequence: Sequence): void {
    this.#stream.resumeAfter(sequence);
  }

  async flush(): Promise<void> {
    await this.#stream.flush();
  }

  async sent(): Promise<void> {
    await this.#stream.sent();
  }

  // ---- Opening ----

  async open(): Promise<void> {
    this.#checkOpen();
    await this.#repeat(async () => undefined);
  }

  /** A transport to the session, opened if this is the first time. */
  async #transport(): Promise<Transport> {
    const transport = await this.options.connector.connect();
    this.#opened ??= this.#open(transport);
    try {
      await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
    return transport;
  }

  /** For the stream of commands, which opens a new session by itself. */
  async #route(): Promise<StreamRoute> {
    const { sessionId, connector, target } = this.options;
    if (sessionId !== undefined || this.#opened !== undefined) return { transport: await this.#transport(), opening: undefined };
    const transport = await connector.connect();
    return { transport, opening: await openingRequest(transport, target) };
  }

  async #open(transport: Transport): Promise<OpenedSession> {
    const { sessionId, target } = this.options;
    const opened = await openSession(transport, this.id, target, sessionId !== undefined);
    // A session that is new has epoch 0.
    if (sessionId !== undefined) this.#queue.rebase(opened.epoch);
    return this.#renew(opened);
  }

  #renew(opened: OpenedSession): OpenedSession {
    this.#renewal?.stop();
    this.#renewal = new Renewal(this.id, opened.idleTtl, this.options.connector);
    if (this.#closed) this.#renewal.stop();
    return opened;
  }

  #checkOpen(): void {
    if (this.#closed) throw uowError("SESSION_CLOSED", "this unit of work was closed");
  }

  // ---- Reading ----

  async status(): Promise<SessionStatus> {
    const { session } = await this.#repeat(async (transport) =>
      transport.call(SessionService.method.getSession, create(GetSessionRequestSchema, { sessionId: this.id })),
    );
    if (session === undefined) throw uowError("INTERNAL", "uowd answered GetSession without a session");
    const { head, saved, epoch } = session;
    return { head, saved, epoch, lastHandleCounter: 0n };
  }

  async *listSaves(): AsyncIterable<Save> {
    let pageToken = "";
    do {
      const request = create(ListSavesRequestSchema, { sessionId: this.id, includeGenerated: true, pageSize, pageToken });
      const page = await this.#repeat(async (transport) => transport.call(SaveService.method.listSaves, request));
      yield* page.saves;
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
  }

  async listCheckpoints(): Promise<Checkpoint[]> {
    const checkpoints: Checkpoint[] = [];
    let pageToken = "";
    do {
      const request = create(ListCheckpointsRequestSchema, { sessionId: this.id, pageSize, pageToken });
      const page = await this.#repeat(async (transport) => transport.call(JournalService.method.listCheckpoints, request));
      checkpoints.push(...page.checkpoints);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return checkpoints;
  }

  async *readJournal(from: bigint, to?: Position): AsyncIterable<JournalEntry> {
    let next = from;
    const parts = this.#repeatStream((transport) => {
      const request = create(ReadJournalRequestSchema, { sessionId: this.id, from: next, ...(to && { to }) });
      return transport.stream(JournalService.method.readJournal, request);
    });
    for await (const { entries } of parts) {
      for (const entry of entries) {
        next = entry.offset + 1n;
        yield entry;
      }
    }
  }

  async *getChanges(to?: Position): AsyncIterable<NetChange> {
    const request = create(GetChangesRequestSchema, { sessionId: this.id, ...(to && { to }) });
    for (const { changes } of await this.#collect(JournalService.method.getChanges, request)) yield* changes;
  }

  // ---- Saving ----

  save(saveId: string, to: Position, options: Partial<SaveRequest> = {}): AsyncIterable<SaveResponse> {
    const request = create(SaveRequestSchema, { ...options, sessionId: this.id, saveId, to });
    return this.#repeatStream((transport) => transport.stream(SaveService.method.save, request));
  }

  async *beginSave(
    request: Omit<BeginSaveRequest, "sessionId" | "$typeName">,
    signal?: AbortSignal,
  ): AsyncIterable<BeginSaveResponse> {
    const message = create(BeginSaveRequestSchema, { ...request, sessionId: this.id });
    // A call that is cut off has begun nothing: none of its steps may be taken before its end.
    yield* await this.#collect(SaveService.method.beginSave, message, signal);
  }

  async finishSave(messages: Iterable<FinishSaveRequest>): Promise<FinishSaveResponse> {
    const requests = [...messages];
    return this.#repeat(async (transport) => transport.upload(SaveService.method.finishSave, requests));
  }

  // ---- Calls ----

  async #repeat<T>(call: (transport: Transport) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#noticing(async () => repeatedly(this.#patience, async () => call(await this.#transport()), signal));
  }

  async #collect<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageShape<I>,
    signal?: AbortSignal,
  ): Promise<MessageShape<O>[]> {
    return this.#repeat(async (transport) => {
      signal?.throwIfAborted();
      const all: MessageShape<O>[] = [];
      for await (const message of transport.stream(method, request, signal)) all.push(message);
      return all;
    }, signal);
  }

  /** A stream that goes on where `start` says after a lost connection. */
  async *#repeatStream<T>(start: (transport: Transport) => AsyncIterable<T>): AsyncIterable<T> {
    let ended = false;
    while (!ended) {
      const iterator = await this.#repeat(async (transport) => {
        const messages = start(transport)[Symbol.asyncIterator]();
        return { messages, first: await messages.next() };
      });
      try {
        for (let result = iterator.first; ; result = await iterator.messages.next()) {
          if (result.done === true) {
            ended = true;
            break;
          }
          yield result.value;
        }
      } catch (error) {
        if ((error as UowError).reason !== "UOWD_UNAVAILABLE") throw error;
      } finally {
        await iterator.messages.return?.();
      }
    }
  }

  /** Learns what another writer's rollback undid here before the call that found out about it fails. */
  async #noticing<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if ((error as UowError).reason === "STALE_EPOCH" && !this.#closed) await this.#stream.reattach().catch(() => undefined);
      throw error;
    }
  }

  // ---- The end ----

  async close(options: { keepHistory?: boolean } = {}): Promise<void> {
    if (this.#closed) return;
    this.#end();
    const request = create(CloseSessionRequestSchema, { sessionId: this.id, keepHistory: options.keepHistory ?? false });
    try {
      await repeatedly(this.#patience, async () => {
        const transport = await this.#transport();
        await transport.call(SessionService.method.closeSession, request);
      });
    } finally {
      this.options.connector.release();
    }
  }

  async detach(): Promise<void> {
    if (this.#closed) return;
    this.#end();
    this.options.connector.release();
  }

  #end(): void {
    this.#closed = true;
    this.#renewal?.stop();
    this.#stream.close();
  }
}
