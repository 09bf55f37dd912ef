import type { Row } from "./entity_state.js";
import { stateOf } from "./state_of.js";

/**
 * What JSON shows of an entity: its row with relations as deep as they were loaded, but without those of a row that it is part of. That is
 * the tree that Drizzle returned, where one object a row makes circles.
 */
export function toPlainTree(entity: object): unknown {
  return treeOf(entity, new Set());
}

function treeOf(value: unknown, above: Set<object>): unknown {
  if (Array.isArray(value)) return value.map((element) => treeOf(element, above));
  const state = stateOf(value);
  if (state === undefined) return value;
  const circle = above.has(state);
  const tree: Row = {};
  above.add(state);
  for (const property of Object.keys(state.row)) {
    const part = state.row[property];
    if (state.table.columns.has(property) || typeof part !== "object" || part === null) tree[property] = part;
    else if (!circle || !holdsEntities(part)) tree[property] = treeOf(part, above);
  }
  if (!circle) above.delete(state);
  return tree;
}

function holdsEntities(value: object): boolean {
  return Array.isArray(value) || stateOf(value) !== undefined;
}

/** A deep copy without tracking: entities as plain rows, with circles where there are some. */
export function unwrapDeep<T>(value: T): T {
  return copy(value, new Map()) as T;
}

function copy(value: unknown, seen: Map<object, object>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const elements: unknown[] = [];
    seen.set(value, elements);
    for (const element of value) elements.push(copy(element, seen));
    return elements;
  }
  if (value instanceof Date) return new Date(value);
  // Buffer's own slice shares the bytes.
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
  const source = stateOf(value)?.row ?? (value as Row);
  const prototype: unknown = Object.getPrototypeOf(source);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const result: Row = {};
  seen.set(value, result);
  for (const property of Object.keys(source)) result[property] = copy(source[property], seen);
  return result;
}
