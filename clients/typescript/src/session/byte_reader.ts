/** Reads protobuf's wire format from a buffer. Throws RangeError where it ends early. */
export class ByteReader {
  readonly #bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** A whole number from 0 to 2^53 - 1: a tag, a length, a small number. */
  varint(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let unit = 128; ; unit *= 128) {
      byte = this.#byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError("a message of uowd's ends early");
    return byte;
  }

  uint64(): bigint {
    const start = this.at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return BigInt(value);
    let exact = 0n;
    for (let at = this.at - 1; at >= start; at--) exact = exact * 128n + BigInt((this.#bytes[at] ?? 0) & 0x7f);
    return BigInt.asUintN(64, exact);
  }

  sint64(): bigint {
    const value = this.uint64();
    return value % 2n === 0n ? value / 2n : -(value / 2n) - 1n;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  /** The place behind a part that has its length ahead, which is where this stands then. */
  part(): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.end) throw new RangeError("a message of uowd's ends early");
    return end;
  }

  /** Text with its length ahead. */
  text(): string {
    const end = this.part();
    const text = this.#bytes.toString("utf8", this.at, end);
    this.at = end;
    return text;
  }

  /** A copy of bytes with their length ahead. */
  bytes(): Uint8Array {
    const end = this.part();
    const bytes = Uint8Array.from(this.#bytes.subarray(this.at, end));
    this.at = end;
    return bytes;
  }

  /** The bytes from a place up to here, not copied. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.at);
  }

  /** Whether the bytes from here to a place are the same as others. */
  matches(end: number, other: Uint8Array): boolean {
    return this.#bytes.compare(other, 0, other.length, this.at, end) === 0;
  }

  /** Leaves out the value of a field. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.varint();
        break;
      case 1:
        this.at += 8;
        break;
      case 2:
        this.at = this.part();
        break;
      case 5:
        this.at += 4;
        break;
      default:
        throw new RangeError("a message of uowd's has a field of no known form");
    }
  }
}
