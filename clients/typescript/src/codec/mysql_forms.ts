import type { Form } from "./form.js";
import { timeOfDayForm, timestampStringForm } from "./times.js";
import { bytesOf, bytesValue, sameBytes, textOf, textValue, timeValue } from "./values.js";

/** A form of numbers without those that MySQL lacks: NaN, and the infinities. */
export function finite(form: Form): Form {
  return {
    ...form,
    accepts: form.accepts.replace(" or NaN", "").replace(", not NaN", ", not NaN, not infinite"),
    encode: (value) =>
      /^(nan|[+-]?infinity)$/i.test(typeof value === "string" || typeof value === "number" ? String(value) : "")
        ? undefined
        : form.encode(value),
  };
}

/** A form of times without the infinities. */
export function withoutInfinity(accepts: string, form: Form): Form {
  return {
    ...form,
    accepts,
    encode: (value) => (typeof value === "string" && value.includes("infinity") ? undefined : form.encode(value)),
  };
}

/** `char(n)`: trailing blanks don't count, and don't come back. */
export const charForm: Form = {
  accepts: "a string",
  encode: (value) => (typeof value === "string" ? textValue(trimBlanks(value)) : undefined),
  decode: textOf,
  equals: (a, b) => typeof a === "string" && typeof b === "string" && trimBlanks(a) === trimBlanks(b),
};

function trimBlanks(text: string): string {
  return text.replace(/ +$/, "");
}

/** Bytes that applications hold as text in UTF-8. Shorter ones are filled up to `length` with NUL. */
export function binaryTextForm(length: number): Form {
  const bytes = (value: unknown): Uint8Array | undefined => {
    if (typeof value !== "string") return undefined;
    const encoded = new TextEncoder().encode(value);
    if (encoded.length >= length) return encoded;
    const padded = new Uint8Array(length);
    padded.set(encoded);
    return padded;
  };
  return {
    accepts: "a string",
    encode(value) {
      const encoded = bytes(value);
      return encoded === undefined ? undefined : bytesValue(encoded);
    },
    decode: (value) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(value)),
    equals(a, b) {
      const left = bytes(a);
      const right = bytes(b);
      return left !== undefined && right !== undefined && sameBytes(left, right);
    },
  };
}

/** Times of day. MySQL shows all `precision` fractional digits. */
export function timeForm(precision: number): Form {
  const form = timeOfDayForm(precision);
  return { ...form, decode: (value) => withFraction(textOf(value), precision), equals: sameEncoded(form) };
}

/**
 * Timestamps as strings, without a zone. `zoned`: those of the type TIMESTAMP, which the database keeps in UTC; the text counts as UTC too,
 * as it does in Drizzle's other mode.
 */
export function mysqlTimestampStringForm(precision: number, zoned: boolean): Form {
  const plain = timestampStringForm({ zoned: false, precision });
  const form = withoutInfinity('a string like "2026-11-22 13:45:00.5"', plain);
  return {
    ...form,
    encode(value) {
      const encoded = form.encode(value);
      return encoded === undefined || !zoned ? encoded : timeValue(`${textOf(encoded)}Z`);
    },
    decode: (value) => withFraction(textOf(value).replace("T", " ").replace("Z", ""), precision),
  };
}

function withFraction(text: string, precision: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  return precision === 0 ? whole : `${whole}.${fraction.padEnd(precision, "0")}`;
}

function sameEncoded(form: Form): (a: unknown, b: unknown) => boolean {
  return (a, b) => {
    const left = form.encode(a);
    const right = form.encode(b);
    return left !== undefined && right !== undefined && textOf(left) === textOf(right);
  };
}
