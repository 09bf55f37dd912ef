import { sameValue } from "../codec/values.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import type { ColumnModel } from "../model/model.js";
import type { EntityState } from "./entity_state.js";

/** What a watched value was when it was last recorded; undefined if it is that still. */
export function changedInPlace(state: EntityState, column: ColumnModel): { readonly value: unknown } | undefined {
  const watches = state.detail?.watches;
  if (watches?.has(column) !== true) return undefined;
  const value = watches.get(column);
  const now = state.row[column.property];
  if (column.codec.mutable) return column.codec.equals(value, now) ? undefined : { value };
  return sameValue(value as Value, column.codec.toWire(now)) ? undefined : { value };
}
