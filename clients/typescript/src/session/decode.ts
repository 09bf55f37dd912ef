import { create, fromBinary } from "@bufbuild/protobuf";
import { boolValue, decimalValue, doubleValue, intValue, jsonValue, nullValue, textValue, timeValue } from "../codec/values.js";
import {
  type BeginSaveResponse,
  BeginSaveResponseSchema,
  type PlannedRow,
  type SaveStep,
  SaveStepSchema,
} from "../gen/uow/v1/save_service_pb.js";
import type { Handle, Value } from "../gen/uow/v1/value_pb.js";
import { ByteReader } from "./byte_reader.js";

// Field numbers of proto/uow/v1. decode.test.ts compares the outcome with protobuf-es's for random messages.

/** The tag of a field with its length ahead. */
const tagOf = (field: number) => (field << 3) | 2;

/** A BeginSaveResponse. Rows of plans come by the ten thousand: protobuf-es, which describes messages at run time, would take five times as long. */
export function decodeBeginSaveResponse(bytes: Buffer): BeginSaveResponse {
  const reader = new ByteReader(bytes);
  if (bytes[0] !== tagOf(2)) return fromBinary(BeginSaveResponseSchema, bytes);
  reader.varint();
  // More than one field of a oneof, or something behind it: nothing that uowd sends.
  if (reader.part() !== bytes.length) return fromBinary(BeginSaveResponseSchema, bytes);
  const rows = new RowReader(reader);
  const steps: SaveStep[] = [];
  while (reader.at < reader.end) {
    const tag = reader.varint();
    if (tag === tagOf(1)) steps.push(readStep(reader, rows));
    else reader.skip(tag);
  }
  return create(BeginSaveResponseSchema, { response: { case: "steps", value: { steps } } });
}

/** All but its rows is protobuf-es's part. */
function readStep(reader: ByteReader, rows: RowReader): SaveStep {
  const end = reader.part();
  const planned: PlannedRow[] = [];
  const rest: Uint8Array[] = [];
  while (reader.at < end) {
    const start = reader.at;
    const tag = reader.varint();
    if (tag === tagOf(7)) {
      const rowEnd = reader.part();
      planned.push(new EncodedRow(rows, reader.at, rowEnd));
      reader.at = rowEnd;
    } else {
      reader.skip(tag);
      rest.push(reader.since(start));
    }
  }
  const { buffer, byteOffset, length } = Buffer.concat(rest);
  const step = fromBinary(SaveStepSchema, new Uint8Array(buffer, byteOffset, length));
  step.rows = planned;
  return step;
}

/** One value of a row, without the others being made. */
export function valueAt(row: PlannedRow, index: number): Value | undefined {
  return row instanceof EncodedRow ? row.valueAt(index) : row.values[index];
}

/**
 * A row as it came, whose values are made when they are asked for, each time anew: a plan waits in memory for its statements to run, and the
 * garbage collector would carry all of its values along.
 */
class EncodedRow implements PlannedRow {
  constructor(
    private readonly reader: RowReader,
    private readonly at: number,
    private readonly end: number,
  ) {}

  get $typeName(): "uow.v1.PlannedRow" {
    return "uow.v1.PlannedRow";
  }

  get values(): Value[] {
    return this.reader.values(this.at, this.end);
  }

  get offset(): bigint {
    return this.reader.offset(this.at, this.end);
  }

  valueAt(index: number): Value | undefined {
    return this.reader.valueAt(this.at, this.end, index);
  }
}

/** Reads rows, and makes one object of handles that are the same: those of a parent's children follow one another. */
class RowReader {
  #writer = "";
  #writerBytes: Uint8Array = new Uint8Array();
  /** The handles that were read last, by their places in their rows. */
  readonly #handles: (Value | undefined)[] = [];

  constructor(private readonly reader: ByteReader) {}

  values(at: number, end: number): Value[] {
    const { reader } = this;
    const values: Value[] = [];
    reader.at = at;
    while (reader.at < end) {
      const tag = reader.varint();
      if (tag === tagOf(1)) values.push(this.#value(values.length));
      else reader.skip(tag);
    }
    return values;
  }

  valueAt(at: number, end: number, index: number): Value | undefined {
    const { reader } = this;
    let place = 0;
    reader.at = at;
    while (reader.at < end) {
      const tag = reader.varint();
      if (tag !== tagOf(1) || place++ !== index) reader.skip(tag);
      else return this.#value(index);
    }
    return undefined;
  }

  offset(at: number, end: number): bigint {
    const { reader } = this;
    reader.at = at;
    while (reader.at < end) {
      const tag = reader.varint();
      if (tag === 16) return reader.uint64();
      reader.skip(tag);
    }
    return 0n;
  }

  #value(place: number): Value {
    const { reader } = this;
    const end = reader.part();
    let value: Value = { $typeName: "uow.v1.Value", kind: { case: undefined } };
    while (reader.at < end) value = this.#kind(reader.varint(), place) ?? value;
    return value;
  }

  #kind(tag: number, place: number): Value | undefined {
    const { reader } = this;
    switch (tag) {
      case 1 << 3:
        reader.varint();
        return nullValue;
      case 2 << 3:
        return boolValue(reader.varint() !== 0);
      case 3 << 3:
        return intValue(reader.sint64());
      case 4 << 3:
        return { $typeName: "uow.v1.Value", kind: { case: "uint64Value", value: reader.uint64() } };
      case (5 << 3) | 1:
        return doubleValue(reader.double());
      case tagOf(6):
        return decimalValue(reader.text());
      case tagOf(7):
        return textValue(reader.text());
      case tagOf(8):
        return { $typeName: "uow.v1.Value", kind: { case: "bytesValue", value: reader.bytes() } };
      case tagOf(9):
        return timeValue(reader.text());
      case tagOf(10):
        return jsonValue(reader.text());
      case tagOf(11):
        return this.#array();
      case tagOf(12):
        return this.#handleValue(place);
      default:
        reader.skip(tag);
        return undefined;
    }
  }

  #array(): Value {
    const { reader } = this;
    const end = reader.part();
    const elements: Value[] = [];
    while (reader.at < end) {
      const tag = reader.varint();
      if (tag === tagOf(1)) elements.push(this.#value(-1));
      else reader.skip(tag);
    }
    return { $typeName: "uow.v1.Value", kind: { case: "arrayValue", value: { $typeName: "uow.v1.ArrayValue", elements } } };
  }

  #handleValue(place: number): Value {
    const before = this.#handles[place];
    const known = before?.kind.case === "handleValue" ? before.kind.value : undefined;
    const value = this.#handle(known);
    if (before !== undefined && value === known) return before;
    const handle: Value = { $typeName: "uow.v1.Value", kind: { case: "handleValue", value } };
    if (place >= 0) this.#handles[place] = handle;
    return handle;
  }

  /** A handle; `known`, if it is that one. */
  #handle(known: Handle | undefined): Handle {
    const { reader } = this;
    const end = reader.part();
    let writer = "";
    let counter = 0n;
    while (reader.at < end) {
      const tag = reader.varint();
      if (tag === tagOf(1)) writer = this.#writerName();
      else if (tag === 16) counter = reader.uint64();
      else reader.skip(tag);
    }
    if (known?.counter === counter && known.writer === writer) return known;
    return { $typeName: "uow.v1.Handle", writer, counter };
  }

  /** Nearly all handles of a save are of one writer. */
  #writerName(): string {
    const { reader } = this;
    const start = reader.at;
    const end = reader.part();
    if (end - reader.at === this.#writerBytes.length && reader.matches(end, this.#writerBytes)) {
      reader.at = end;
      return this.#writer;
    }
    reader.at = start;
    this.#writer = reader.text();
    this.#writerBytes = Buffer.from(this.#writer);
    return this.#writer;
  }
}
