import { toBuffer } from "../codec/values.js";
import type { Dialect } from "../gen/uow/v1/schema_service_pb.js";
import { Dialect as Dialects } from "../gen/uow/v1/schema_service_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";

/** What a driver is given for a parameter. */
export type Bound = string | number | bigint | Uint8Array | null;

/** How values become parameters of one dialect: the contract is beside `Segment` in save_service.proto. Handles are resolved before. */
export function binderOf(dialect: Dialect): (value: Value) => Bound {
  if (dialect === Dialects.POSTGRESQL) return postgresText;
  if (dialect === Dialects.MSSQL) return mssqlParameter;
  return dialect === Dialects.MYSQL ? mysqlParameter : sqliteParameter;
}

/** PostgreSQL: every parameter is text, and the statement casts it. */
function postgresText(value: Value): string | null {
  const { kind } = value;
  switch (kind.case) {
    case "textValue":
    case "decimalValue":
    case "timeValue":
    case "jsonValue":
      return kind.value;
    case "bytesValue":
      return `\\x${hex(kind.value)}`;
    case "nullValue":
      return null;
    default:
      return bareElement(value);
  }
}

/** One array literal of values, each as an element. */
export function arrayLiteral(values: Iterable<Value>): string {
  const elements: string[] = [];
  for (const value of values) {
    elements.push(value.kind.case === "arrayValue" ? quoted(nestedArray(value)) : element(value));
  }
  return `{${elements.join(",")}}`;
}

function element(value: Value): string {
  const { kind } = value;
  switch (kind.case) {
    case "textValue":
    case "decimalValue":
    case "timeValue":
    case "jsonValue":
      return quoted(kind.value);
    case "bytesValue":
      return `"\\\\x${hex(kind.value)}"`;
    default:
      return bareElement(value);
  }
}

/** Elements that need no quotes. */
function bareElement(value: Value): string {
  const { kind } = value;
  switch (kind.case) {
    case "boolValue":
      return kind.value ? "t" : "f";
    case "int64Value":
    case "uint64Value":
    case "doubleValue":
      return String(kind.value);
    case "arrayValue":
      return nestedArray(value);
    default:
      return "NULL";
  }
}

function nestedArray(value: Value): string {
  return value.kind.case === "arrayValue" ? `{${value.kind.value.elements.map(element).join(",")}}` : element(value);
}

function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replace(/["\\]/g, "\\$&") : text}"`;
}

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits[byte] ?? "";
  return text;
}

/** Whatever JavaScript's numbers hold is one: some drivers send bigints as text. */
function mysqlParameter({ kind }: Value): Bound {
  switch (kind.case) {
    case "boolValue":
      return kind.value ? 1 : 0;
    case "int64Value":
    case "uint64Value":
      return Number.isSafeInteger(Number(kind.value)) ? Number(kind.value) : kind.value;
    case "timeValue":
      return kind.value.replace(/Z$/, "");
    case "doubleValue":
    case "textValue":
    case "decimalValue":
    case "jsonValue":
    case "bytesValue":
      return kind.value;
    default:
      return null;
  }
}

/** MS SQL Server: every parameter is text, and the statement casts it; only bytes are bytes. */
function mssqlParameter({ kind }: Value): Bound {
  switch (kind.case) {
    case "boolValue":
      return kind.value ? "1" : "0";
    case "int64Value":
    case "uint64Value":
    case "doubleValue":
      return String(kind.value);
    case "textValue":
    case "decimalValue":
    case "timeValue":
    case "jsonValue":
      return kind.value;
    case "bytesValue":
      return toBuffer(kind.value);
    default:
      return null;
  }
}

function sqliteParameter({ kind }: Value): Bound {
  switch (kind.case) {
    case "boolValue":
      return kind.value ? 1n : 0n;
    case "int64Value":
    case "uint64Value":
    case "doubleValue":
    case "textValue":
    case "decimalValue":
    case "timeValue":
    case "jsonValue":
    case "bytesValue":
      return kind.value;
    default:
      return null;
  }
}

/** The bytes of a text of hexadecimal digits. */
export function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
