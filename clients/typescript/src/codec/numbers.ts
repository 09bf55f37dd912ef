import type { Form } from "./form.js";
import { decimalValue, doubleValue, integerOf, intValue, safeIntValue, textOf } from "./values.js";

/** How an application writes an integer. */
export type IntegerMode = "number" | "bigint" | "string";

/** Whole numbers from `min` to `max`. Numbers must be safe integers: others have lost digits already. */
export function integerForm(mode: IntegerMode, min: bigint, max: bigint): Form {
  const range = `from ${min} to ${max}`;
  const within = (value: bigint) => (value >= min && value <= max ? intValue(value) : undefined);
  if (mode === "bigint") {
    return {
      accepts: `a bigint ${range}`,
      encode: (value) => (typeof value === "bigint" ? within(value) : undefined),
      decode: integerOf,
    };
  }
  if (mode === "string") {
    return {
      accepts: `a string with a whole number ${range}`,
      encode: (value) => (typeof value === "string" && /^[+-]?\d+$/.test(value) ? within(BigInt(value)) : undefined),
      decode: textOf,
    };
  }
  const least = Math.max(Number(min), Number.MIN_SAFE_INTEGER);
  const most = Math.min(Number(max), Number.MAX_SAFE_INTEGER);
  return {
    accepts: `a whole number from ${least} to ${most}`,
    encode: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? safeIntValue(value) : undefined,
    decode: (value) => Number(integerOf(value)),
  };
}

/** Binary floating point. `single`: the database keeps 24 bits. */
export function floatForm(single: boolean, nan: boolean): Form {
  const fits = (value: number) =>
    (nan || !Number.isNaN(value)) && (!single || !Number.isFinite(value) || Number.isFinite(Math.fround(value)));
  return {
    accepts: `a number${single ? " in the range of single precision" : ""}${nan ? "" : ", not NaN"}`,
    encode: (value) => (typeof value === "number" && fits(value) ? doubleValue(value) : undefined),
    decode: (value) => (single ? shortestSingle(Number(textOf(value))) : Number(textOf(value))),
    equals: (a, b) => a === b || (single && Object.is(Math.fround(Number(a)), Math.fround(Number(b)))),
  };
}

/** The number with the fewest digits that is the same in single precision: what databases print. */
function shortestSingle(value: number): number {
  const single = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return Number(single.toPrecision(9));
}

/** Decimals of which the database keeps `scale` digits after the point; undefined: all. */
export function decimalForm(mode: IntegerMode, precision: number | undefined, scale: number): Form {
  const limits = precision === undefined ? "" : ` with at most ${precision - scale} digits before the point`;
  const words = { number: "a finite number or NaN", bigint: "a bigint", string: "a string with a decimal number" };
  const toText = (value: unknown): string | undefined => {
    if (typeof value !== mode) return undefined;
    const text = decimalText(String(value));
    return text === undefined || precision === undefined ? text : roundDecimal(text, precision, scale);
  };
  return {
    accepts: words[mode] + limits,
    encode(value) {
      const text = toText(value);
      return text === undefined ? undefined : decimalValue(text);
    },
    decode(value) {
      const text = textOf(value);
      if (mode === "number") return Number(text);
      if (mode === "bigint") return BigInt(text.replace(/\.0*$/, ""));
      return text === "NaN" || precision === undefined ? text : withScale(text, scale);
    },
    equals(a, b) {
      const left = toText(a);
      const right = toText(b);
      return left !== undefined && right !== undefined && shortest(left) === shortest(right);
    },
  };
}

/** Sign, digits, point and digits, without an exponent; "NaN"; undefined for what is no decimal number. */
export function decimalText(text: string): string | undefined {
  if (/^nan$/i.test(text)) return "NaN";
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim());
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  if (whole === "" && fraction === "") return undefined;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const before = point <= 0 ? "0" : digits.slice(0, point).padEnd(point, "0");
  const after = point <= 0 ? "0".repeat(-point) + digits : digits.slice(point);
  return (sign === "-" ? "-" : "") + before + (after === "" ? "" : `.${after}`);
}

/** As the database rounds, half away from zero; undefined where too many digits are before the point. */
function roundDecimal(text: string, precision: number, scale: number): string | undefined {
  if (text === "NaN") return text;
  const negative = text.startsWith("-");
  const [whole = "0", fraction = ""] = (negative ? text.slice(1) : text).split(".");
  let scaled = BigInt(whole + fraction.slice(0, scale).padEnd(scale, "0"));
  if ((fraction[scale] ?? "0") >= "5") scaled += 1n;
  const digits = scaled.toString();
  if (scaled !== 0n && digits.length > precision) return undefined;
  const padded = digits.padStart(scale + 1, "0");
  const sign = negative && scaled !== 0n ? "-" : "";
  return scale === 0 ? sign + padded : `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function withScale(text: string, scale: number): string {
  const [whole = "0", fraction = ""] = text.split(".");
  return scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, "0")}`;
}

function shortest(text: string): string {
  const trimmed = (text.includes(".") ? text.replace(/\.?0+$/, "") : text).replace(/^(-?)0+(?=\d)/, "$1");
  return trimmed === "-0" ? "0" : trimmed;
}
