import type { Row } from "../drivers/program.js";

/** A column of a step's result, which is text; undefined for NULL. */
export function cell(row: Row | undefined, column: string): string | undefined {
  const value = row?.[column];
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
}
