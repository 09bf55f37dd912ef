import type { Value } from "../gen/uow/v1/value_pb.js";
import { type Form, sameInForm } from "./form.js";
import { arrayValue, nullValue } from "./values.js";

/** SQL arrays of `depth` dimensions. Elements may be NULL; all arrays of one dimension have one length, or they are no SQL array. */
export function arrayForm(element: Form, depth: number): Form {
  const copyElement = element.copy;
  return {
    accepts: `an array${depth > 1 ? ` of ${depth} dimensions with equal lengths` : ""} whose elements are null or ${element.accepts}`,
    encode: (value) => (hasShape(value, shapeOf(value, depth)) ? encodeArray(element, value, depth) : undefined),
    decode: (value) => decodeArray(element, value),
    equals: (a, b) => sameArrays(element, a, b, depth),
    ...(copyElement === undefined ? {} : { copy: (value: unknown) => copyArray(copyElement, value, depth) }),
  };
}

function encodeArray(element: Form, value: unknown, depth: number): Value | undefined {
  if (depth === 0) return value === null ? nullValue : element.encode(value);
  if (!Array.isArray(value)) return undefined;
  const elements: Value[] = [];
  for (const inner of value) {
    const encoded = encodeArray(element, inner, depth - 1);
    if (encoded === undefined) return undefined;
    elements.push(encoded);
  }
  return arrayValue(elements);
}

function decodeArray(element: Form, value: Value): unknown {
  if (value.kind.case === "nullValue") return null;
  if (value.kind.case !== "arrayValue") return element.decode(value);
  return value.kind.value.elements.map((inner) => decodeArray(element, inner));
}

function sameArrays(element: Form, a: unknown, b: unknown, depth: number): boolean {
  if (depth === 0 || !Array.isArray(a) || !Array.isArray(b)) return sameInForm(element, a, b);
  return a.length === b.length && a.every((value, i) => sameArrays(element, value, b[i], depth - 1));
}

function copyArray(copyElement: (value: unknown) => unknown, value: unknown, depth: number): unknown {
  if (value === null) return null;
  return depth > 0 && Array.isArray(value) ? value.map((inner) => copyArray(copyElement, inner, depth - 1)) : copyElement(value);
}

/** The length of each dimension, read off the first elements. */
function shapeOf(value: unknown, depth: number): number[] {
  const shape: number[] = [];
  for (let inner = value; shape.length < depth && Array.isArray(inner); inner = inner[0] as unknown) shape.push(inner.length);
  return shape.length === depth || shape.at(-1) === 0 ? shape : [];
}

function hasShape(value: unknown, [length, ...rest]: readonly number[]): boolean {
  if (length === undefined || !Array.isArray(value) || value.length !== length) return false;
  return rest.length === 0 ? true : value.every((inner) => hasShape(inner, rest));
}
