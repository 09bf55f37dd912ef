import type { Column } from "drizzle-orm";
import type { DialectName } from "./model.js";

/** What a column holds, where that is less than its kind of values. */
export interface Limits {
  readonly maxLength?: number;
  readonly least?: bigint;
  readonly greatest?: bigint;
}

/** By MySQL's names. */
const bits: Readonly<Record<string, bigint>> = { tinyint: 8n, smallint: 16n, mediumint: 24n, int: 32n };

/** Reads a column's declaration: "varchar(3)", "nchar(2)", "tinyint unsigned". SQLite's limit nothing. */
export function limitsOf(column: Column, dialect: DialectName): Limits {
  if (dialect === "sqlite") return {};
  const declared = column.getSQLType().toLowerCase();
  const [, name = "", size] = /^(\w+)(?:\((\d+)\))?/.exec(declared) ?? [];
  if (/^(n?(var)?char|(var)?binary)$/.test(name) && size !== undefined) return { maxLength: Number(size) };
  // MS SQL Server's has no sign.
  if (dialect === "mssql" && name === "tinyint") return { least: 0n, greatest: 255n };
  if (dialect !== "mysql") return {};
  if (name === "year") return { least: 1901n, greatest: 2155n };
  const width = bits[name];
  if (width === undefined) return {};
  if (declared.includes("unsigned")) return { least: 0n, greatest: 2n ** width - 1n };
  return { least: -(2n ** (width - 1n)), greatest: 2n ** (width - 1n) - 1n };
}
