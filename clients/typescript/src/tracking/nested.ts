import type { ColumnModel } from "../model/model.js";
import { UowError } from "../errors.js";
import type { EntityState } from "./entity_state.js";

/** Proxies of plain objects and arrays inside of documents, so that the same part is the same object whenever it is read. */
const proxies = new WeakMap<object, object>();
/** The other way round. */
const raws = new WeakMap<object, { readonly raw: object; readonly document: NestedDocument }>();

type Part = Record<PropertyKey, unknown>;

/** Whether a value is changed through a proxy: a plain object or an array. Dates, buffers, maps and the like break behind one. */
export function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The document, JSON or an array, of one column of one entity: the handler of the proxies of all its parts. */
export class NestedDocument implements ProxyHandler<Part> {
  constructor(
    readonly state: EntityState,
    readonly column: ColumnModel,
  ) {}

  wrap(part: object): object {
    let proxy = proxies.get(part);
    if (proxy === undefined) {
      proxy = new Proxy(part as Part, this);
      proxies.set(part, proxy);
      raws.set(proxy, { raw: part, document: this });
    }
    return proxy;
  }

  get(part: Part, property: PropertyKey, receiver: unknown): unknown {
    const value: unknown = Reflect.get(part, property, receiver);
    if (typeof value !== "object" || value === null) return value;
    if (isPlain(value)) return this.wrap(value);
    // What the proxy can't see through may change in place.
    this.state.table.tracker.inPlace.watch(this.state, this.column, this.state.row[this.column.property]);
    return value;
  }

  set(part: Part, property: PropertyKey, given: unknown, receiver: unknown): boolean {
    if (raws.get(receiver as object)?.raw !== part) return Reflect.set(part, property, given, receiver);
    const value = this.#accept(given);
    if (Object.is(part[property], value) && Object.hasOwn(part, property)) return true;
    this.#change(Array.isArray(part) ? undoInArray(part, property) : undoSet(part, property), () =>
      Reflect.set(part, property, value),
    );
    return true;
  }

  deleteProperty(part: Part, property: PropertyKey): boolean {
    if (!Object.hasOwn(part, property)) return true;
    this.#change(Array.isArray(part) ? undoInArray(part, property) : undoDelete(part), () =>
      Reflect.deleteProperty(part, property),
    );
    return true;
  }

  defineProperty(part: Part, property: PropertyKey, descriptor: PropertyDescriptor): boolean {
    const attributes = [descriptor.writable, descriptor.enumerable, descriptor.configurable];
    if (!("value" in descriptor) || attributes.includes(false)) return false;
    return this.set(part, property, descriptor.value, this.wrap(part));
  }

  preventExtensions(): boolean {
    return false;
  }

  /** The value as it is kept: without proxies, and not shared with anything outside of this document. */
  #accept(given: unknown): unknown {
    const own = typeof given === "object" && given !== null ? raws.get(given) : undefined;
    if (own?.document === this) return own.raw;
    // Throws for circles and for what JSON can't hold.
    if (takesAnything(this.column) && !isJsonScalar(given)) this.column.codec.toWire({ given });
    return detach(given);
  }

  #change(undo: () => void, apply: () => boolean): void {
    const { tracker } = this.state.table;
    tracker.changeDocument(this.state, this.column, undo, () => {
      if (!apply()) throw new UowError("NOT_SUPPORTED", `${this.column.property}: the document doesn't take this change`);
      if (!takesAnything(this.column)) this.column.codec.toWire(this.state.row[this.column.property]);
    });
  }
}

const anyDocument = new WeakMap<ColumnModel, boolean>();

/** Whether a column holds JSON of any form: what is put into it can be checked by itself. */
function takesAnything(column: ColumnModel): boolean {
  let takes = anyDocument.get(column);
  if (takes === undefined) {
    try {
      column.codec.toWire({ any: ["document"] });
      takes = true;
    } catch {
      takes = false;
    }
    anyDocument.set(column, takes);
  }
  return takes;
}

function isJsonScalar(value: unknown): boolean {
  return value === null || ["string", "number", "boolean", "undefined"].includes(typeof value);
}

function undoSet(part: Part, property: PropertyKey): () => void {
  const existed = Object.hasOwn(part, property);
  const old = part[property];
  return () => {
    if (existed) part[property] = old;
    else Reflect.deleteProperty(part, property);
  };
}

/** Keys come back in their old order. */
function undoDelete(part: Part): () => void {
  const before = Object.entries(part);
  return () => {
    for (const key of Object.keys(part)) Reflect.deleteProperty(part, key);
    for (const [key, value] of before) part[key] = value;
  };
}

function undoInArray(part: unknown[], property: PropertyKey): () => void {
  const { length } = part;
  if (property === "length") {
    const elements = part.slice();
    return () => part.splice(0, part.length, ...elements);
  }
  const undo = undoSet(part as unknown as Part, property);
  return () => {
    undo();
    part.length = length;
  };
}

/** A deep copy of plain objects and arrays without proxies; other values are kept as they are. */
export function detach(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const raw = raws.get(value)?.raw ?? value;
  if (Array.isArray(raw)) return raw.map(detach);
  const copy: Part = {};
  for (const [key, part] of Object.entries(raw)) copy[key] = detach(part);
  return copy;
}
