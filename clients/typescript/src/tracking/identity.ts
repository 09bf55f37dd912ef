import { Type_Kind } from "../gen/uow/v1/schema_pb.js";
import type { ColumnModel } from "../model/model.js";
import { PendingKey } from "./pending_key.js";

/** What stands for a key in the identity map: equal for equal keys. */
export type IdentityKey = string | number;

/**
 * The identity of a row by the application's values of its key, in key order. undefined where a part is missing or NULL. Numbers and
 * bigints of one value are one key, for Drizzle reads nested rows through JSON.
 */
export function identityOf(columns: readonly ColumnModel[], read: (column: ColumnModel) => unknown): IdentityKey | undefined {
  if (columns.length === 1) {
    const column = columns[0] as ColumnModel;
    return partOf(column, read(column));
  }
  const parts: IdentityKey[] = [];
  for (const column of columns) {
    const part = partOf(column, read(column));
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return JSON.stringify(parts);
}

function partOf(column: ColumnModel, value: unknown): IdentityKey | undefined {
  switch (typeof value) {
    case "number":
      return value;
    case "string":
      return column.type.kind === Type_Kind.UUID ? value.toLowerCase() : value;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    case "undefined":
      return undefined;
    default:
      if (value === null) return undefined;
      return value instanceof PendingKey ? pendingPart(column, value) : wirePart(column, value);
  }
}

function pendingPart(column: ColumnModel, key: PendingKey): IdentityKey | undefined {
  return key.value === undefined ? key.id : partOf(column, key.value);
}

function wirePart(column: ColumnModel, value: unknown): IdentityKey {
  const { kind } = column.codec.toWire(value);
  return kind.case === "bytesValue"
    ? `bytes ${Array.from(kind.value, (byte) => byte.toString(16).padStart(2, "0")).join("")}`
    : JSON.stringify(kind.value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part));
}
