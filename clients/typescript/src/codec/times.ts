import type { Form } from "./form.js";
import { textOf, timeValue } from "./values.js";

const MICROS_PER_SECOND = 1_000_000n;

/** Dates that applications hold as strings, "2026-11-22". */
export const dateStringForm: Form = {
  accepts: 'a string like "2026-11-22", "infinity" or "-infinity"',
  encode(value) {
    if (isInfinity(value)) return timeValue(value);
    const day = typeof value === "string" ? /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/.exec(value)?.[1] : undefined;
    return day !== undefined && dayNumber(day) !== undefined ? timeValue(day) : undefined;
  },
  decode: textOf,
};

/** Dates that applications hold as `Date`: the day in UTC. */
export const dateForm: Form = {
  accepts: "a Date from year 1 to 9999",
  encode: (value) => encodeDate(value, (date) => date.toISOString().slice(0, 10)),
  decode: (value) => new Date(textOf(value)),
  equals: (a, b) => dayOf(a) === dayOf(b),
  copy: copyDate,
};

/** Times of day as strings, "13:45:00.5", of which the database keeps `precision` fractional digits. */
export function timeOfDayForm(precision: number): Form {
  return {
    accepts: 'a string like "13:45:00" or "13:45:00.123456"',
    encode(value) {
      const parts = typeof value === "string" ? /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(value) : null;
      if (parts === null) return undefined;
      const micros = microsOfDay(parts, 1);
      if (micros === undefined) return undefined;
      const rounded = roundMicros(micros, precision);
      return timeValue(rounded === 86_400n * MICROS_PER_SECOND ? "24:00:00" : clockText(rounded));
    },
    decode: textOf,
  };
}

export interface TimestampOptions {
  /** Whether the column has a time zone. Without one, a zone in a text is ignored, as PostgreSQL does. */
  readonly zoned: boolean;
  /** The fractional digits that the database keeps. */
  readonly precision: number;
}

/** Timestamps that applications hold as `Date`. */
export function timestampForm({ zoned, precision }: TimestampOptions): Form {
  const micros = (date: Date) => roundMicros(BigInt(date.getTime()) * 1000n, precision);
  return {
    accepts: "a Date from year 1 to 9999",
    encode: (value) => encodeDate(value, (date) => isoText(micros(date)) + (zoned ? "Z" : "")),
    decode: (value) => {
      const text = textOf(value);
      return new Date(/[Zz]$|[+-]\d{2}(:\d{2})?$/.test(text) && text.length > 10 ? text : `${text}Z`);
    },
    equals: (a, b) => isValidDate(a) && isValidDate(b) && micros(a) === micros(b),
    copy: copyDate,
  };
}

/** Timestamps that applications hold as strings. They come back as PostgreSQL prints them, zoned ones in UTC. */
export function timestampStringForm({ zoned, precision }: TimestampOptions): Form {
  const encode = (value: unknown): string | undefined => {
    if (isInfinity(value)) return value;
    const micros = typeof value === "string" ? parseTimestamp(value, zoned) : undefined;
    if (micros === undefined) return undefined;
    const text = isoText(roundMicros(micros, precision));
    return text.length > 3 && /^\d{4}-/.test(text) ? text + (zoned ? "Z" : "") : undefined;
  };
  return {
    accepts: `a string like ${zoned ? '"2026-11-22T13:45:00.5Z" or "2026-11-22 13:45:00+02"' : '"2026-11-22 13:45:00.5"'}, "infinity" or "-infinity"`,
    encode(value) {
      const text = encode(value);
      return text === undefined ? undefined : timeValue(text);
    },
    decode(value) {
      const text = textOf(value);
      if (isInfinity(text)) return text;
      const micros = parseTimestamp(text, zoned);
      return micros === undefined ? text : isoText(micros).replace("T", " ") + (zoned ? "+00" : "");
    },
    equals: (a, b) => encode(a) === encode(b) && encode(a) !== undefined,
  };
}

function isInfinity(value: unknown): value is string {
  return value === "infinity" || value === "-infinity";
}

/** Invalid dates equal nothing, and can't be stored. */
export function isValidDate(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

function copyDate(value: unknown): unknown {
  return value instanceof Date ? new Date(value) : value;
}

function dayOf(value: unknown): string | undefined {
  return isValidDate(value) ? value.toISOString().slice(0, 10) : undefined;
}

function encodeDate(value: unknown, text: (date: Date) => string) {
  if (!isValidDate(value)) return undefined;
  const iso = value.toISOString();
  return /^\d{4}-/.test(iso) && !iso.startsWith("0000") ? timeValue(text(value)) : undefined;
}

/** The days since 1970 of "2026-11-22"; undefined for a day that no calendar has. */
function dayNumber(day: string): number | undefined {
  const date = new Date(`${day}T00:00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) && !day.startsWith("0000");
  return real ? date.getTime() / 86_400_000 : undefined;
}

/** Microseconds since 1970, in UTC. */
function parseTimestamp(text: string, zoned: boolean): bigint | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i.exec(
    text,
  );
  if (parts === null) return undefined;
  const day = dayNumber(parts[1] ?? "");
  const time = microsOfDay(parts, 2);
  if (day === undefined || time === undefined || (zoned && parts[6] === undefined)) return undefined;
  return BigInt(day) * 86_400n * MICROS_PER_SECOND + time - (zoned ? zoneMicros(parts[6] ?? "Z") : 0n);
}

function zoneMicros(zone: string): bigint {
  if (/^z$/i.test(zone)) return 0n;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(":", "") || 0);
  return BigInt((zone.startsWith("-") ? -60 : 60) * minutes) * MICROS_PER_SECOND;
}

/** Hours, minutes, seconds and fraction from `at` on. Fractions beyond a microsecond are rounded. */
function microsOfDay(parts: RegExpExecArray, at: number): bigint | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = [0, 1, 2].map((i) => Number(parts[at + i] ?? 0));
  const fraction = (parts[at + 3] ?? "").padEnd(7, "0");
  const micros = BigInt(fraction.slice(0, 6)) + ((fraction[6] ?? "0") >= "5" ? 1n : 0n);
  if (hours > 24 || minutes > 59 || seconds > 59) return undefined;
  const total = BigInt(hours * 3600 + minutes * 60 + seconds) * MICROS_PER_SECOND + micros;
  return total <= 86_400n * MICROS_PER_SECOND ? total : undefined;
}

/** To `precision` fractional digits, half away from zero. */
function roundMicros(micros: bigint, precision: number): bigint {
  if (precision >= 6) return micros;
  const unit = 10n ** BigInt(6 - precision);
  const half = unit / 2n;
  return ((micros < 0n ? micros - half : micros + half) / unit) * unit;
}

function isoText(micros: bigint): string {
  const perDay = 86_400n * MICROS_PER_SECOND;
  const time = ((micros % perDay) + perDay) % perDay;
  const day = new Date(Number((micros - time) / 1000n)).toISOString().slice(0, -14);
  return `${day}T${clockText(time)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function clockText(micros: bigint): string {
  const seconds = Number(micros / MICROS_PER_SECOND);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const fraction = String(micros % MICROS_PER_SECOND)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return fraction === "" ? clock : `${clock}.${fraction}`;
}
