import { type UowError, uowError } from "../errors.js";
import type { StaleEpoch } from "../gen/uow/v1/errors_pb.js";
import type { Ack, Attached } from "../gen/uow/v1/journal_service_pb.js";
import type { OpenSessionRequest, Session } from "../gen/uow/v1/session_service_pb.js";
import { BackOff, isTransient } from "./back_off.js";
import type { CommandQueue } from "./command_queue.js";
import type { ServiceFailure } from "./error_details.js";
import type { SessionEvents } from "./session.js";
import type { ChannelEvents, CommandChannel, Transport } from "./transport.js";

/** What a stream of commands needs to know. */
export interface CommandStreamOptions {
  readonly sessionId: string;
  readonly writer: string;
  /** A transport, and what opens the session where it isn't known to be open. */
  readonly open: () => Promise<StreamRoute>;
  /** The stream has opened the session. */
  readonly opened: (session: Session) => void;
  readonly events: SessionEvents;
  /** How long to go on trying, in milliseconds. */
  readonly patience: number;
}

/** The way to a session. */
export interface StreamRoute {
  readonly transport: Transport;
  /** Opens the session with the stream; undefined where it is open. */
  readonly opening: OpenSessionRequest | undefined;
}

/**
 * After this long without a command a stream is ended, in milliseconds: an open one would keep the process alive. Attaching again costs one
 * more round trip.
 */
const idleTime = 200;
/** New commands make a stream that was given up try again after this long, in milliseconds. */
const pauseAfterGivingUp = 1000;

/** These end a stream, and are over by themselves. */
const passing = new Set<string>(["SEQUENCE_GAP", "SAVE_IN_PROGRESS", "SAVE_IN_DOUBT"]);

interface Waiter {
  readonly sequence: bigint;
  resolve(): void;
  reject(error: UowError): void;
}

/** Sends the commands of a queue, again where the connection was lost, until the journal has acknowledged or refused them. */
export class CommandStream {
  #channel: CommandChannel | undefined;
  #attached = false;
  /** Whether commands are sent ahead of the answer to the attach: the first ones of a new session, of which nothing can be there. */
  #ahead = false;
  #everSent = false;
  #blocked = false;
  #connecting = false;
  #closed = false;
  #attachWanted = false;
  #refusal: { readonly sequence: bigint; readonly error: UowError } | undefined;
  #givenUp: { readonly error: UowError; readonly at: number } | undefined;
  #waiters: Waiter[] = [];
  #attachWaiters: Waiter[] = [];
  #sentWaiters: (() => void)[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  readonly #backOff: BackOff;

  constructor(
    private readonly queue: CommandQueue,
    private readonly options: CommandStreamOptions,
  ) {
    this.#backOff = new BackOff(options.patience);
  }

  /** A command was queued. */
  wake(): void {
    if (this.#givenUp !== undefined && performance.now() - this.#givenUp.at < pauseAfterGivingUp) return;
    this.#go();
  }

  /** Resolves when all that is queued now is durable, or undone by another writer. */
  async flush(): Promise<void> {
    const sequence = this.queue.lastSequence;
    if (this.queue.durableSequence >= sequence) return;
    await this.#wait(this.#waiters, sequence);
  }

  /** Resolves when uowd is about to have all that is queued now, or can't get it: `flush` says which. */
  async sent(): Promise<void> {
    if (this.#closed || this.#refusal !== undefined || this.queue.isEmpty || (this.#attached && this.queue.isSent)) return;
    await new Promise<void>((resolve) => {
      this.#sentWaiters.push(resolve);
      this.#go();
    });
  }

  /** Finds out whether another writer has rolled the session back. */
  async reattach(): Promise<void> {
    this.#attachWanted = true;
    const channel = this.#channel;
    this.#channel = undefined;
    channel?.cancel();
    await this.#wait(this.#attachWaiters, 0n);
  }

  async #wait(waiters: Waiter[], sequence: bigint): Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#refusal !== undefined && sequence >= this.#refusal.sequence) throw this.#refusal.error;
    await new Promise<void>((resolve, reject) => {
      waiters.push({ sequence, resolve, reject });
      this.#go();
    });
  }

  /** Drops commands from a refused one on. */
  resumeAfter(sequence: bigint): void {
    this.queue.dropFrom(sequence);
    this.#refusal = undefined;
    this.#go();
  }

  /** Sends nothing more. What was sent already is applied. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#retryTimer);
    this.#leave();
    this.#settle(() => closedError());
    this.#tellSent();
  }

  #hasWork(): boolean {
    return (!this.queue.isEmpty && this.#refusal === undefined) || this.#attachWanted;
  }

  #go(): void {
    this.#givenUp = undefined;
    if (this.#closed || !this.#hasWork()) return;
    if (this.#channel !== undefined) {
      this.#pump();
    } else if (!this.#connecting && this.#retryTimer === undefined) {
      this.#connecting = true;
      void this.#connect();
    }
  }

  async #connect(): Promise<void> {
    try {
      const route = await this.options.open();
      this.#connecting = false;
      if (this.#closed) return;
      this.#attach(route);
    } catch (error) {
      this.#connecting = false;
      this.#failed(error as UowError);
    }
  }

  #attach({ transport, opening }: StreamRoute): void {
    const { sessionId, writer } = this.options;
    this.#attached = false;
    this.#ahead = opening !== undefined && !this.#everSent;
    this.#everSent = true;
    this.#blocked = false;
    this.queue.resend();
    // Events of a channel that was left behind say nothing about the present one.
    const ifPresent = (act: () => void) => {
      if (this.#channel === channel && !this.#closed) act();
    };
    const events: ChannelEvents = {
      attached: (attached) => ifPresent(() => this.#onAttached(attached)),
      acknowledged: (ack) => ifPresent(() => this.#onAcknowledged(ack)),
      writable: () =>
        ifPresent(() => {
          this.#blocked = false;
          this.#pump();
        }),
      ended: (failure) =>
        ifPresent(() => {
          this.#channel = undefined;
          this.#onEnded(failure);
        }),
    };
    const channel: CommandChannel = transport.attach({ sessionId, writer, epoch: this.queue.durableEpoch, opening }, events);
    this.#channel = channel;
    if (this.#ahead) this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    while ((this.#attached || this.#ahead) && !this.#blocked && this.#refusal === undefined) {
      const command = this.queue.next();
      if (command === undefined) break;
      this.#blocked = this.#channel?.send(command) === false;
    }
    if (this.#attached && this.queue.isSent) this.#tellSent();
    if (!this.queue.isEmpty || !this.#attached) return;
    this.#idleTimer = setTimeout(() => this.#leave(), idleTime);
    this.#idleTimer.unref();
  }

  #leave(): void {
    this.#channel?.end();
    this.#channel = undefined;
  }

  #tellSent(): void {
    for (const resolve of this.#sentWaiters.splice(0)) resolve();
  }

  #onAttached(attached: Attached): void {
    this.#attached = true;
    if (attached.session !== undefined) this.options.opened(attached.session);
    this.#attachWanted = false;
    const before = this.queue.durableSequence;
    const outcome = this.queue.attach(attached.lastSequence, attached.epoch);
    if (outcome === "lost") {
      this.#channel?.cancel();
      this.#channel = undefined;
      this.#giveUp(
        uowError(
          "SEQUENCE_GAP",
          "the journal lacks changes that it had acknowledged: was it restored from a backup? Close this unit of work",
        ),
      );
      return;
    }
    if (outcome === "stale") {
      this.#rolledBackElsewhere(attached.lastSequence, attached.epoch, attached.staleEpoch);
    } else if (attached.lastSequence > before) {
      this.options.events.acknowledged(attached.lastSequence, attached.head, attached.epoch, attached.saved);
    }
    if (this.queue.isEmpty) this.#backOff.succeeded();
    this.#settle();
    for (const waiter of this.#attachWaiters.splice(0)) waiter.resolve();
    this.#pump();
  }

  #onAcknowledged({ sequence, offset, epoch, saved }: Ack): void {
    this.#backOff.succeeded();
    this.queue.acknowledge(sequence, epoch);
    this.options.events.acknowledged(sequence, offset, epoch, saved);
    this.#settle();
    if (this.queue.isEmpty) this.#pump();
  }

  #onEnded(failure: ServiceFailure | undefined): void {
    clearTimeout(this.#idleTimer);
    if (failure === undefined) return this.#go();
    const { error, sequence, staleEpoch } = failure;
    if (error.reason === "STALE_EPOCH" && staleEpoch !== undefined) {
      const last = sequence === undefined || sequence === 0n ? this.queue.durableSequence : sequence - 1n;
      this.#rolledBackElsewhere(last, staleEpoch.epoch, staleEpoch);
      this.#settle();
      this.#go();
    } else if (isTransient(error) || passing.has(error.reason) || sequence === undefined || sequence === 0n) {
      this.#failed(error);
    } else {
      this.#refused(sequence, error);
    }
  }

  #refused(sequence: bigint, error: UowError): void {
    // Everything before it was applied, though the last acknowledgement may have been overtaken.
    if (this.queue.durableSequence < sequence - 1n) {
      const epoch = this.queue.epochOf(sequence);
      this.queue.acknowledge(sequence - 1n, epoch);
    }
    this.#refusal = { sequence, error };
    this.#settle((waiter) => (waiter.sequence >= sequence ? error : undefined));
    this.#tellSent();
    this.options.events.refused(sequence, error);
  }

  #rolledBackElsewhere(lastSequence: bigint, epoch: bigint, stale: StaleEpoch | undefined): void {
    this.queue.restart(lastSequence, epoch);
    this.#refusal = undefined;
    this.#tellSent();
    const unknown = { $typeName: "uow.v1.StaleEpoch" as const, epoch, truncatedTo: 0n, lastSurvivingSequence: 0n };
    this.options.events.rolledBackElsewhere(stale ?? unknown);
  }

  #failed(error: UowError): void {
    if (this.#closed || !this.#hasWork()) return;
    const pause = isTransient(error) || passing.has(error.reason) ? this.#backOff.failed() : undefined;
    if (pause === undefined) return this.#giveUp(error);
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#go();
    }, pause);
  }

  #giveUp(error: UowError): void {
    this.#givenUp = { error, at: performance.now() };
    this.#attachWanted = false;
    this.#backOff.succeeded();
    this.#settle(() => error);
    this.#tellSent();
    for (const waiter of this.#attachWaiters.splice(0)) waiter.reject(error);
  }

  /** Resolves those that wait for nothing any more, and rejects those for which there is an error. */
  #settle(errorFor: (waiter: Waiter) => UowError | undefined = () => undefined): void {
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting) {
      if (this.queue.isEmpty || waiter.sequence <= this.queue.durableSequence) {
        waiter.resolve();
        continue;
      }
      const error = errorFor(waiter);
      if (error === undefined) this.#waiters.push(waiter);
      else waiter.reject(error);
    }
  }
}

function closedError(): UowError {
  return uowError("SESSION_CLOSED", "this unit of work was closed");
}
