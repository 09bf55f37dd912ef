const utf8 = new TextEncoder();

/**
 * Writes protobuf's wire format into one growing buffer. protobuf-es describes messages at run time, which is ten times too slow for a
 * thousand events at once.
 */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 14);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** A copy of what was written. The writer is empty then. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return written;
  }

  #reserve(count: number): void {
    const needed = this.#at + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** One byte: a tag of fields up to 15, or a small number. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  uint64(value: bigint): void {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return this.varint(Number(value));
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  sint64(value: bigint): void {
    this.uint64(value >= 0n ? value * 2n : -value * 2n - 1n);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** Bytes with their length ahead. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Text with its length ahead. */
  text(value: string): void {
    const { length } = value;
    this.#reserve(length * 3 + 5);
    const start = this.#at;
    if (length < 32) {
      let at = start + 1;
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) break;
        this.#bytes[at++] = code;
      }
      if (at === start + 1 + length) {
        this.#bytes[start] = length;
        this.#at = at;
        return;
      }
    }
    const mark = this.begin();
    this.#at += utf8.encodeInto(value, this.#bytes.subarray(this.#at)).written;
    this.end(mark);
  }

  /** Begins a part that has its length ahead. */
  begin(): number {
    this.#reserve(5);
    return this.#at++;
  }

  /** Ends the part that `begin` gave a mark for. */
  end(mark: number): void {
    const length = this.#at - mark - 1;
    if (length > 0x7f) {
      const extra = Math.ceil((32 - Math.clz32(length)) / 7) - 1;
      this.#reserve(extra);
      this.#bytes.copyWithin(mark + 1 + extra, mark + 1, this.#at);
      const end = this.#at + extra;
      this.#at = mark;
      this.varint(length);
      this.#at = end;
    } else {
      this.#bytes[mark] = length;
    }
  }
}
