import type { Form } from "./form.js";
import { boolValue, textOf, textValue } from "./values.js";

export const boolForm: Form = {
  accepts: "true or false",
  encode: (value) => (typeof value === "boolean" ? boolValue(value) : undefined),
  decode: (value) => value.kind.case === "boolValue" && value.kind.value,
};

/** Text of any form. `nul`: whether the database can store the character NUL. */
export function textForm(nul: boolean): Form {
  return {
    accepts: nul ? "a string" : "a string without the character NUL",
    encode: (value) => (typeof value === "string" && (nul || !value.includes("\0")) ? textValue(value) : undefined),
    decode: textOf,
  };
}

/** `char(n)`: trailing blanks don't count, and come back as many as fit. */
export function paddedTextForm(length: number): Form {
  return {
    accepts: "a string without the character NUL",
    encode: (value) => (typeof value === "string" && !value.includes("\0") ? textValue(trimBlanks(value)) : undefined),
    decode: (value) => textOf(value).padEnd(length, " "),
    equals: (a, b) => typeof a === "string" && typeof b === "string" && trimBlanks(a) === trimBlanks(b),
  };
}

function trimBlanks(text: string): string {
  return text.replace(/ +$/, "");
}

export const uuidForm: Form = {
  accepts: "a UUID",
  encode(value) {
    if (typeof value !== "string") return undefined;
    const digits = value
      .replace(/^\{(.*)\}$/, "$1")
      .replaceAll("-", "")
      .toLowerCase();
    return /^[0-9a-f]{32}$/.test(digits) ? textValue(digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")) : undefined;
  },
  decode: textOf,
  equals: (a, b) => typeof a === "string" && typeof b === "string" && a.toLowerCase() === b.toLowerCase(),
};

export function enumForm(labels: readonly string[]): Form {
  const known = new Set(labels);
  return {
    accepts: `one of ${labels.map((label) => JSON.stringify(label)).join(", ")}`,
    encode: (value) => (typeof value === "string" && known.has(value) ? textValue(value) : undefined),
    decode: textOf,
  };
}

/** Values that the database reads from text in its own notation, and that applications hold as objects: points, vectors. */
export function notationForm(
  accepts: string,
  format: (value: unknown) => string | undefined,
  parse: (text: string) => unknown,
): Form {
  return {
    accepts,
    encode(value) {
      const formatted = format(value);
      return formatted === undefined ? undefined : textValue(formatted);
    },
    decode: (value) => parse(textOf(value)),
    equals: (a, b) => format(a) === format(b) && format(a) !== undefined,
  };
}
