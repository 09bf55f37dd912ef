import type { EntityState } from "./entity_state.js";

/** The property by which an entity shows its state. No row has it. */
export const stateSymbol: unique symbol = Symbol("drizzle-uow.state");

/** The state behind an entity; undefined for anything else. */
export function stateOf(value: unknown): EntityState | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { readonly [stateSymbol]?: EntityState })[stateSymbol];
}
