import type { ResultShape } from "../tracking/loader.js";
import type { SchemaEntry } from "./handle.js";
import { explainLateral } from "./lateral.js";
import { type QuerySchema, trackQuery } from "./shape.js";
import { mendSqlJs } from "./sql_js.js";

/** What turns the results of queries into entities. */
export interface ResultTracker extends QuerySchema {
  /** To be called when a query begins; hand what it returns to `track` with the result. */
  begin(): number;
  track(result: unknown, shape: ResultShape, began: number): unknown;
  /** The same for a query that can't wait. Throws where something stands in the way. */
  trackNow(result: unknown, shape: ResultShape, began: number): unknown;
  /** The same once nothing stands in the way any more, such as a save whose keys aren't known yet. */
  trackLater(result: unknown, shape: ResultShape, began: number): unknown;
}

export type AnyFunction = (...args: unknown[]) => unknown;
export type Methods = Record<string, AnyFunction | undefined>;

/** The two methods of a relational query builder of Drizzle's, `db.query.<table>`, returning entities. Drizzle's own objects do the work. */
export function trackFinder(finder: () => object, entry: SchemaEntry, tracker: ResultTracker): Methods {
  const find = (name: string): AnyFunction => {
    return (given, ...rest) => {
      const { config, shape } = trackQuery(tracker, entry, given);
      const drizzle = finder() as Methods;
      return intercept(mendSqlJs(drizzle[name]?.(config, ...rest) as Methods), shape, tracker);
    };
  };
  return { findFirst: find("findFirst"), findMany: find("findMany") };
}

/** Methods of queries and prepared queries whose result is the query's rows, now or later. */
const runners = ["execute", "sync", "all", "get"];

/** Makes a query return entities. Everything else about it stays, `toSQL` and `await` included. */
function intercept(query: Methods, shape: ResultShape, tracker: ResultTracker): Methods {
  // All ways to run a query lead through this one, batches included.
  const internal = query["_prepare"];
  if (typeof internal === "function") {
    query["_prepare"] = (...args) => interceptPrepared(internal.apply(query, args) as Methods, shape, tracker);
    return query;
  }
  const { prepare } = query;
  if (typeof prepare === "function") {
    query["prepare"] = (...args) => interceptPrepared(prepare.apply(query, args) as Methods, shape, tracker);
  }
  return interceptRunners(query, shape, tracker);
}

function interceptRunners(query: Methods, shape: ResultShape, tracker: ResultTracker): Methods {
  for (const name of runners) {
    const run = query[name];
    if (typeof run !== "function") continue;
    query[name] = (...args) => trackResult(run.apply(query, args), shape, tracker);
  }
  return query;
}

function interceptPrepared(prepared: Methods, shape: ResultShape, tracker: ResultTracker): Methods {
  interceptBatch(prepared, shape, tracker);
  return interceptRunners(prepared, shape, tracker);
}

/** A batch of queries asks each for its SQL and then maps the rows itself: by `mapResult` in Drizzle 0.45, by `mapper` in 1.0. */
function interceptBatch(prepared: Methods, shape: ResultShape, tracker: ResultTracker): void {
  const { getQuery } = prepared;
  if (typeof getQuery !== "function") return;
  prepared["getQuery"] = (...args) => {
    const began = tracker.begin();
    for (const name of ["mapResult", "mapper"]) {
      const map = prepared[name];
      if (typeof map === "function") prepared[name] = (...results) => tracker.track(map.apply(prepared, results), shape, began);
    }
    prepared["getQuery"] = getQuery;
    return getQuery.apply(prepared, args);
  };
}

function trackResult(result: unknown, shape: ResultShape, tracker: ResultTracker): unknown {
  const began = tracker.begin();
  if (!isThenable(result)) return tracker.trackNow(result, shape, began);
  // A synchronous driver's result can be awaited and read at once.
  if (typeof (result as unknown as Methods)["sync"] === "function")
    return interceptRunners(result as unknown as Methods, shape, tracker);
  return result.then(
    (rows) => tracker.trackLater(rows, shape, began),
    (error: unknown) => {
      throw explainLateral(error);
    },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function";
}
