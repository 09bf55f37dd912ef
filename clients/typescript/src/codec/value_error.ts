import { type Column, getTableName, is, Table } from "drizzle-orm";
import { UowError } from "../errors.js";

/** A value that its column can't hold. The change was not made. */
export class ValueError extends UowError {
  override readonly name: string = "ValueError";

  constructor(
    /** The column as table.column, by its names in the database. */
    readonly column: string,
    /** What was given. */
    readonly value: unknown,
    /** What the column accepts, in English. */
    readonly accepts: string,
  ) {
    super("VALUE_TYPE_MISMATCH", `${column}: got ${show(value)}; accepts ${accepts}`);
  }
}

export function columnLabel(column: Column): string {
  // 1.0 doesn't declare it.
  const table = "table" in column && is(column.table, Table) ? `${getTableName(column.table)}.` : "";
  return table + column.name;
}

const LONGEST = 80;

function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : describe(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "bigint") return `the bigint ${value}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : `the Date ${value.toISOString()}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length} elements`;
  if (typeof value === "object") return `an object of ${value.constructor?.name ?? "no class"}`;
  return `a ${typeof value}`;
}
