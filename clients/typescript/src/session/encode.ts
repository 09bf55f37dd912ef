import { type Event, EventKind, type Field } from "../gen/uow/v1/event_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { ByteWriter } from "./byte_writer.js";

// Field numbers of proto/uow/v1. encode.test.ts compares the outcome with protobuf-es's for random messages.
const lengthDelimited = (field: number) => (field << 3) | 2;
const varint = (field: number) => field << 3;

const writer = new ByteWriter();

/** An AppendEvents message. */
export function encodeEvents(events: readonly Event[]): Uint8Array {
  for (const event of events) {
    writer.byte(lengthDelimited(1));
    const mark = writer.begin();
    writeEvent(event);
    writer.end(mark);
  }
  return writer.finish();
}

/** A CheckpointHead message. */
export function encodeCheckpoint(name: string): Uint8Array {
  writer.byte(lengthDelimited(1));
  writer.text(name);
  return writer.finish();
}

/** A RollbackTo message. */
export function encodeRollback(to: bigint | string): Uint8Array {
  if (typeof to === "bigint") {
    writer.byte(varint(1));
    writer.uint64(to);
  } else {
    writer.byte(lengthDelimited(2));
    writer.text(to);
  }
  return writer.finish();
}

/** The kinds of commands, as fields of Command. */
export const commandAction = { append: 3, checkpoint: 4, rollback: 5 } as const;

/** A RecordRequest with a command. */
export function encodeRecordRequest(command: {
  readonly sequence: bigint;
  readonly epoch: bigint;
  readonly action: keyof typeof commandAction;
  readonly body: Uint8Array;
}): Uint8Array {
  writer.byte(lengthDelimited(2));
  const mark = writer.begin();
  writer.byte(varint(1));
  writer.uint64(command.sequence);
  if (command.epoch > 0n) {
    writer.byte(varint(2));
    writer.uint64(command.epoch);
  }
  writer.byte(lengthDelimited(commandAction[command.action]));
  writer.bytes(command.body);
  writer.end(mark);
  return writer.finish();
}

function writeEvent(event: Event): void {
  if (event.kind !== EventKind.UNSPECIFIED) {
    writer.byte(varint(1));
    writer.varint(event.kind);
  }
  if (event.table !== 0) {
    writer.byte(varint(2));
    writer.varint(event.table);
  }
  for (const value of event.key) writeValue(3, value);
  for (const field of event.fields) {
    writer.byte(lengthDelimited(4));
    const mark = writer.begin();
    writeField(field);
    writer.end(mark);
  }
  if (event.tableName !== "") {
    writer.byte(lengthDelimited(5));
    writer.text(event.tableName);
  }
  if (event.version !== undefined) writeValue(6, event.version);
  for (const value of event.newKey) writeValue(7, value);
}

function writeField(field: Field): void {
  if (field.column !== 0) {
    writer.byte(varint(1));
    writer.varint(field.column);
  }
  if (field.value !== undefined) writeValue(2, field.value);
  if (field.old !== undefined) writeValue(3, field.old);
  if (field.columnName !== "") {
    writer.byte(lengthDelimited(4));
    writer.text(field.columnName);
  }
}

function writeValue(field: number, { kind }: Value): void {
  writer.byte(lengthDelimited(field));
  const mark = writer.begin();
  switch (kind.case) {
    case "nullValue":
      writer.byte(varint(1));
      writer.varint(kind.value);
      break;
    case "boolValue":
      writer.byte(varint(2));
      writer.byte(kind.value ? 1 : 0);
      break;
    case "int64Value":
      writer.byte(varint(3));
      writer.sint64(kind.value);
      break;
    case "uint64Value":
      writer.byte(varint(4));
      writer.uint64(kind.value);
      break;
    case "doubleValue":
      writer.byte((5 << 3) | 1);
      writer.double(kind.value);
      break;
    case "decimalValue":
      writeText(6, kind.value);
      break;
    case "textValue":
      writeText(7, kind.value);
      break;
    case "bytesValue":
      writer.byte(lengthDelimited(8));
      writer.bytes(kind.value);
      break;
    case "timeValue":
      writeText(9, kind.value);
      break;
    case "jsonValue":
      writeText(10, kind.value);
      break;
    case "arrayValue": {
      writer.byte(lengthDelimited(11));
      const array = writer.begin();
      for (const element of kind.value.elements) writeValue(1, element);
      writer.end(array);
      break;
    }
    case "handleValue": {
      writer.byte(lengthDelimited(12));
      const handle = writer.begin();
      if (kind.value.writer !== "") writeText(1, kind.value.writer);
      if (kind.value.counter !== 0n) {
        writer.byte(varint(2));
        writer.uint64(kind.value.counter);
      }
      writer.end(handle);
      break;
    }
    case undefined:
      break;
  }
  writer.end(mark);
}

function writeText(field: number, value: string): void {
  writer.byte(lengthDelimited(field));
  writer.text(value);
}
