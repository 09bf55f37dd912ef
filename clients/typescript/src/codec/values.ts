import { type ArrayValue, NullValue, type Value } from "../gen/uow/v1/value_pb.js";

// Journal values as literals: protobuf-es' `create` costs several times as much, and these are made once a changed column.

export const nullValue: Value = { $typeName: "uow.v1.Value", kind: { case: "nullValue", value: NullValue.UNSPECIFIED } };

export function boolValue(value: boolean): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "boolValue", value } };
}

export function intValue(value: bigint): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "int64Value", value } };
}

/** A number's bigint is made when somebody asks for it: making it costs more than all the rest of an assignment to an entity. */
class NumberKind {
  readonly case = "int64Value";

  constructor(private readonly number: number) {}

  get value(): bigint {
    return BigInt(this.number);
  }
}

/** A safe integer. */
export function safeIntValue(value: number): Value {
  return { $typeName: "uow.v1.Value", kind: new NumberKind(value) };
}

export function doubleValue(value: number): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "doubleValue", value } };
}

export function decimalValue(value: string): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "decimalValue", value } };
}

export function textValue(value: string): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "textValue", value } };
}

/** The bytes are copied: what an application holds may change in place. */
export function bytesValue(bytes: Uint8Array): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "bytesValue", value: Uint8Array.from(bytes) } };
}

export function timeValue(value: string): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "timeValue", value } };
}

export function jsonValue(value: string): Value {
  return { $typeName: "uow.v1.Value", kind: { case: "jsonValue", value } };
}

export function arrayValue(elements: Value[]): Value {
  const value: ArrayValue = { $typeName: "uow.v1.ArrayValue", elements };
  return { $typeName: "uow.v1.Value", kind: { case: "arrayValue", value } };
}

/** Text, decimal, time or JSON as it stands in the value; numbers and truth values in words. Empty for all else. */
export function textOf({ kind }: Value): string {
  switch (kind.case) {
    case "textValue":
    case "decimalValue":
    case "timeValue":
    case "jsonValue":
      return kind.value;
    case "int64Value":
    case "uint64Value":
    case "doubleValue":
    case "boolValue":
      return String(kind.value);
    case "bytesValue":
      return new TextDecoder().decode(kind.value);
    default:
      return "";
  }
}

/** The integer of a value that holds one; else 0. */
export function integerOf({ kind }: Value): bigint {
  return kind.case === "int64Value" || kind.case === "uint64Value" ? kind.value : 0n;
}

/** The bytes of a value that holds some; else none. */
export function bytesOf({ kind }: Value): Uint8Array {
  return kind.case === "bytesValue" ? kind.value : new Uint8Array();
}

/** Whether two journal values are the same, kind and all. NaN equals NaN. */
export function sameValue(a: Value, b: Value): boolean {
  const left = a.kind;
  const right = b.kind;
  if (left.case !== right.case) return false;
  if (left.case === "bytesValue" && right.case === "bytesValue") return sameBytes(left.value, right.value);
  if (left.case === "arrayValue" && right.case === "arrayValue") {
    const others = right.value.elements;
    return (
      left.value.elements.length === others.length &&
      left.value.elements.every((element, i) => sameValue(element, others[i] ?? nullValue))
    );
  }
  if (left.case === "handleValue" && right.case === "handleValue") {
    return left.value.writer === right.value.writer && left.value.counter === right.value.counter;
  }
  return Object.is(left.value, right.value) || left.value === right.value;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Bytes as Drizzle returns them: a Buffer where the runtime has one. */
export function toBuffer(bytes: Uint8Array): Uint8Array {
  return typeof Buffer === "undefined" ? bytes.slice() : Buffer.from(bytes);
}
