import type { Form } from "./form.js";
import { bytesOf, bytesValue, jsonValue, sameBytes, textOf, textValue, toBuffer } from "./values.js";

/** Where a JSON document is kept: a column of its own type, or text or bytes that Drizzle parses. */
export type JsonStorage = "json" | "text" | "bytes";

export function jsonForm(storage: JsonStorage): Form {
  return {
    accepts: "what JSON can hold",
    encode(value) {
      const text = jsonText(value);
      if (text === undefined) return undefined;
      if (storage === "json") return jsonValue(text);
      return storage === "text" ? textValue(text) : bytesValue(new TextEncoder().encode(text));
    },
    decode(value) {
      const parsed: unknown = JSON.parse(textOf(value));
      return parsed;
    },
    equals(a, b) {
      const left = jsonText(a);
      const right = jsonText(b);
      if (left === undefined || right === undefined) return false;
      return left === right || sameJson(JSON.parse(left), JSON.parse(right));
    },
  };
}

export const bytesForm: Form = {
  accepts: "a Buffer or Uint8Array",
  encode: (value) => (value instanceof Uint8Array ? bytesValue(value) : undefined),
  decode: (value) => toBuffer(bytesOf(value)),
  equals: (a, b) => a instanceof Uint8Array && b instanceof Uint8Array && sameBytes(a, b),
  copy: (value) => (value instanceof Uint8Array ? toBuffer(value) : value),
};

/** SQLite's `blob({ mode: "bigint" })`: the digits as bytes. */
export const bigintBytesForm: Form = {
  accepts: "a bigint",
  encode: (value) => (typeof value === "bigint" ? bytesValue(new TextEncoder().encode(value.toString())) : undefined),
  decode: (value) => BigInt(textOf(value)),
};

/** undefined for what JSON can't hold: functions, bigints, cycles. */
function jsonText(value: unknown): string | undefined {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text;
  } catch {
    return undefined;
  }
}

/** Equality of parsed documents; the order of keys doesn't count. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((element, i) => sameJson(element, b[i]));
  }
  const fields = new Map<string, unknown>(Object.entries(b));
  const keys = Object.entries(a);
  return keys.length === fields.size && keys.every(([key, value]) => fields.has(key) && sameJson(value, fields.get(key)));
}
