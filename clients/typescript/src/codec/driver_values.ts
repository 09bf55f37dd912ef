import { type Type, Type_Kind } from "../gen/uow/v1/schema_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { parsePgArray } from "./array_literal.js";
import type { Form } from "./form.js";
import { decimalText } from "./numbers.js";
import { isValidDate, timeOfDayForm, timestampStringForm } from "./times.js";
import {
  arrayValue,
  boolValue,
  bytesValue,
  decimalValue,
  doubleValue,
  intValue,
  jsonValue,
  nullValue,
  textValue,
  textOf,
  timeValue,
  toBuffer,
} from "./values.js";

/** What drivers take and give for columns of a type: the form of columns whose own mapping only says how to get there. */
export function driverForm(type: Type): Form {
  return {
    accepts: "a driver value that fits the column's SQL type",
    encode: (value) => encode(type, value),
    decode: (value) => decode(type, value),
  };
}

function encode(type: Type, value: unknown): Value | undefined {
  switch (type.kind) {
    case Type_Kind.BOOL:
      return encodeBool(value);
    case Type_Kind.INT16:
    case Type_Kind.INT32:
    case Type_Kind.INT64:
      return encodeInteger(value);
    case Type_Kind.FLOAT:
    case Type_Kind.DOUBLE:
      return encodeDouble(value);
    case Type_Kind.DECIMAL: {
      const text = isScalar(value) ? decimalText(String(value)) : undefined;
      return text === undefined ? undefined : decimalValue(text);
    }
    case Type_Kind.BYTES:
      return encodeBytes(value);
    case Type_Kind.DATE:
      return encodeDay(value);
    case Type_Kind.TIME:
      return timeOfDayForm(6).encode(value);
    case Type_Kind.TIMESTAMP:
    case Type_Kind.TIMESTAMPTZ: {
      const form = timestampStringForm({ zoned: type.kind === Type_Kind.TIMESTAMPTZ, precision: 6 });
      return form.encode(isValidDate(value) ? value.toISOString() : value);
    }
    case Type_Kind.JSON:
      return encodeJson(value);
    case Type_Kind.ARRAY:
      return encodeArray(type, value);
    case Type_Kind.UINT64:
      return encodeInteger(value);
    default:
      return isScalar(value) ? textValue(String(value)) : undefined;
  }
}

function isScalar(value: unknown): value is string | number | bigint | boolean {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}

function encodeBool(value: unknown): Value | undefined {
  if (typeof value === "boolean") return boolValue(value);
  if (!isScalar(value)) return undefined;
  const text = String(value).toLowerCase();
  if (["t", "true", "1", "y", "yes", "on"].includes(text)) return boolValue(true);
  return ["f", "false", "0", "n", "no", "off"].includes(text) ? boolValue(false) : undefined;
}

function encodeInteger(value: unknown): Value | undefined {
  if (typeof value === "bigint") return intValue(value);
  if (typeof value === "boolean") return intValue(value ? 1n : 0n);
  if (typeof value === "number") return Number.isSafeInteger(value) ? intValue(BigInt(value)) : undefined;
  return typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? intValue(BigInt(value)) : undefined;
}

function encodeDouble(value: unknown): Value | undefined {
  if (typeof value === "number") return doubleValue(value);
  const number = typeof value === "bigint" || (typeof value === "string" && value.trim() !== "") ? Number(value) : Number.NaN;
  return Number.isNaN(number) && value !== "NaN" ? undefined : doubleValue(number);
}

function encodeBytes(value: unknown): Value | undefined {
  if (value instanceof Uint8Array) return bytesValue(value);
  if (value instanceof ArrayBuffer) return bytesValue(new Uint8Array(value));
  const hex = typeof value === "string" ? /^\\x((?:[0-9a-f]{2})*)$/i.exec(value)?.[1] : undefined;
  return hex === undefined ? undefined : bytesValue(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

function encodeDay(value: unknown): Value | undefined {
  const text = isValidDate(value) ? value.toISOString() : value;
  const day = typeof text === "string" ? /^(\d{4}-\d{2}-\d{2}|-?infinity)/.exec(text)?.[0] : undefined;
  return day === undefined ? undefined : timeValue(day);
}

function encodeJson(value: unknown): Value | undefined {
  try {
    const text: string | undefined = typeof value === "string" ? value : JSON.stringify(value);
    if (text === undefined) return undefined;
    JSON.parse(text);
    return jsonValue(text);
  } catch {
    return undefined;
  }
}

function encodeArray(type: Type, value: unknown): Value | undefined {
  const values = typeof value === "string" ? parsePgArray(value) : value;
  if (!Array.isArray(values) || type.element === undefined) return undefined;
  const elements: Value[] = [];
  for (const inner of values as unknown[]) {
    const encoded = inner === null ? nullValue : Array.isArray(inner) ? encodeArray(type, inner) : encode(type.element, inner);
    if (encoded === undefined) return undefined;
    elements.push(encoded);
  }
  return arrayValue(elements);
}

/** As drivers return it: bigints and decimals as text, bytes as a Buffer, times as PostgreSQL prints them, JSON parsed. */
function decode(type: Type, value: Value): unknown {
  switch (value.kind.case) {
    case "nullValue":
      return null;
    case "int64Value":
      return type.kind === Type_Kind.INT64 ? value.kind.value.toString() : Number(value.kind.value);
    case "bytesValue":
      return toBuffer(value.kind.value);
    case "jsonValue":
      return parseJson(value.kind.value);
    case "timeValue":
      return timeText(type.kind, value);
    case "arrayValue":
      return value.kind.value.elements.map((element) =>
        element.kind.case === "arrayValue" || type.element === undefined ? decode(type, element) : decode(type.element, element),
      );
    default:
      return value.kind.value;
  }
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}

function timeText(kind: Type_Kind, value: Value): unknown {
  if (kind !== Type_Kind.TIMESTAMP && kind !== Type_Kind.TIMESTAMPTZ) return textOf(value);
  return timestampStringForm({ zoned: kind === Type_Kind.TIMESTAMPTZ, precision: 6 }).decode(value);
}
