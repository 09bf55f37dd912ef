import { hasKind } from "./kind.js";
import type { AnyFunction, Methods } from "./finder.js";

/**
 * Drizzle 0.45 forgets to map what relational queries return on sql.js, and fails where a first row isn't there. Returns the query, or its
 * prepared form, with that mended; any other as it is.
 */
export function mendSqlJs(query: Methods): Methods {
  const { session } = query as { readonly session?: unknown };
  if (!hasKind(session, "SQLJsSession")) return query;
  const original = session as Methods;
  const mended = Object.create(original) as Methods;
  mended["prepareQuery"] = (...args) => {
    const prepared = original["prepareQuery"]?.apply(original, args) as Methods;
    const mapper = args[4];
    return isOld(prepared) && typeof mapper === "function" ? mendPrepared(prepared, mapper as AnyFunction) : prepared;
  };
  Object.assign(query, { session: mended });
  return query;
}

/** Drizzle 1.0 maps rows elsewhere. */
function isOld(prepared: object): boolean {
  return Object.hasOwn(prepared, "customResultMapper");
}

function mendPrepared(prepared: Methods, mapper: AnyFunction): Methods {
  const rows = (args: unknown[]) => (prepared["values"]?.apply(prepared, args) ?? []) as unknown[][];
  prepared["all"] = (...args) => mapper(rows(args), asBuffer);
  prepared["get"] = (...args) => {
    const [first] = rows(args);
    return first === undefined ? undefined : mapper([first], asBuffer);
  };
  return prepared;
}

/** What Drizzle's columns expect of a blob. */
function asBuffer(value: unknown): unknown {
  return value instanceof Uint8Array && typeof Buffer !== "undefined" && !Buffer.isBuffer(value) ? Buffer.from(value) : value;
}
