import type { EncodedCommand } from "./transport.js";

/** What a command costs in memory beside its bytes. */
const commandBytes = 64;

/**
 * The commands of one writer that aren't known to be durable, in order. Each keeps its bytes and its sequence until then, so that it can be
 * sent again as it was.
 */
export class CommandQueue {
  /** In order; those ahead of `#first` are gone. */
  #entries: (EncodedCommand | undefined)[] = [];
  #first = 0;
  /** How many of the entries were sent on the present stream. */
  #sent = 0;
  #bytes = 0;
  #lastSequence = 0n;
  #epoch = 0n;
  #durableSequence = 0n;
  #durableEpoch = 0n;

  /** The sequence of the last command that was queued. */
  get lastSequence(): bigint {
    return this.#lastSequence;
  }

  /** The session's epoch after the last command that was queued. */
  get epoch(): bigint {
    return this.#epoch;
  }

  /** The last command that is known to be durable. */
  get durableSequence(): bigint {
    return this.#durableSequence;
  }

  /** The session's epoch after it. */
  get durableEpoch(): bigint {
    return this.#durableEpoch;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#first === this.#entries.length;
  }

  /** Whether the present stream has all commands. */
  get isSent(): boolean {
    return this.#first + this.#sent === this.#entries.length;
  }

  push(action: EncodedCommand["action"], body: Uint8Array): bigint {
    const sequence = ++this.#lastSequence;
    this.#entries.push({ sequence, epoch: this.#epoch, action, body });
    this.#bytes += body.length + commandBytes;
    if (action === "rollback") this.#epoch++;
    return sequence;
  }

  /** The session's epoch is known now. Nothing was sent before. */
  rebase(epoch: bigint): void {
    const shift = epoch - this.#durableEpoch;
    this.#entries = this.#entries.map((entry) => entry && { ...entry, epoch: entry.epoch + shift });
    this.#epoch += shift;
    this.#durableEpoch = epoch;
  }

  /** A new stream is opened: what isn't durable is to be sent again. */
  resend(): void {
    this.#sent = 0;
  }

  /**
   * The stream is attached, and it is known what the journal has. `stale`: another writer has rolled the session back; `lost`: the journal
   * lacks what it acknowledged.
   */
  attach(lastSequence: bigint, epoch: bigint): "ok" | "stale" | "lost" {
    if (lastSequence < this.#durableSequence || lastSequence > this.#lastSequence) return "lost";
    let expected = this.#durableEpoch;
    for (let i = this.#first; i < this.#entries.length; i++) {
      const entry = this.#entries[i];
      if (entry === undefined || entry.sequence > lastSequence) break;
      if (entry.action === "rollback") expected++;
    }
    if (epoch < expected) return "lost";
    if (epoch > expected) return "stale";
    this.acknowledge(lastSequence, epoch);
    return "ok";
  }

  /** The next command to send; undefined if all were. */
  next(): EncodedCommand | undefined {
    const entry = this.#entries[this.#first + this.#sent];
    if (entry !== undefined) this.#sent++;
    return entry;
  }

  acknowledge(sequence: bigint, epoch: bigint): void {
    for (
      let entry = this.#entries[this.#first];
      entry !== undefined && entry.sequence <= sequence;
      entry = this.#entries[this.#first]
    ) {
      this.#bytes -= entry.body.length + commandBytes;
      this.#entries[this.#first++] = undefined;
      if (this.#sent > 0) this.#sent--;
    }
    if (this.#first > 1000 || this.isEmpty) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    this.#durableSequence = sequence;
    this.#durableEpoch = epoch;
  }

  /** The epoch that a queued command was made in. */
  epochOf(sequence: bigint): bigint {
    return this.#entries.find((entry) => entry?.sequence === sequence)?.epoch ?? this.#durableEpoch;
  }

  /** Drops commands from a sequence on. None of them was applied. */
  dropFrom(sequence: bigint): void {
    const at = this.#entries.findIndex((entry) => entry !== undefined && entry.sequence >= sequence);
    const dropped = at < 0 ? [] : this.#entries.splice(at);
    for (const entry of dropped) this.#bytes -= (entry?.body.length ?? 0) + commandBytes;
    this.#sent = Math.min(this.#sent, this.#entries.length - this.#first);
    const first = dropped[0];
    if (first === undefined) return;
    this.#lastSequence = first.sequence - 1n;
    this.#epoch = first.epoch;
  }

  /** Drops everything and goes on after that command in another epoch. */
  restart(lastSequence: bigint, epoch: bigint): void {
    this.#entries = [];
    this.#first = 0;
    this.#sent = 0;
    this.#bytes = 0;
    this.#lastSequence = this.#durableSequence = lastSequence;
    this.#epoch = this.#durableEpoch = epoch;
  }
}
