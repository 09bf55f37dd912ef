import type { Table } from "drizzle-orm";
import { type AnyFunction, trackFinder } from "../drizzle/finder.js";
import type { Handle, SchemaEntry } from "../drizzle/handle.js";
import { UowError } from "../errors.js";
import type { SaveOptions } from "../save/options.js";
import type { TrackedTable } from "../tracking/entity_state.js";
import { unwrapDeep } from "../tracking/plain.js";
import { stateOf } from "../tracking/state_of.js";
import type { UowApi } from "../types/uow.js";
import { Checkpoint } from "./checkpoint.js";
import { pendingChanges, readHistory } from "./history.js";
import { plainFinder } from "./plain_finder.js";
import { Results } from "./results.js";
import type { UnitOfWork } from "./unit_of_work.js";

/** What a facade is made of. */
export interface FacadeParts {
  /** What the user gave: queries and everything else go to it. */
  readonly db: object;
  readonly handle: Handle;
  readonly unit: UnitOfWork;
  /** Tables of `createUow`'s own schema. */
  readonly extra: ReadonlyMap<string, Table>;
}

/** The object that `createUow` returns: the unit of work's own methods, the tables, and everything else as `db` has it. */
export function createFacade(parts: FacadeParts): object {
  const { db } = parts;
  const results = new Results(parts.unit, parts.handle);
  const queries = queriesOf(parts, results);
  const tables = tablesOf(parts, queries);
  const api = apiOf(parts, queries, tables) as unknown as Record<PropertyKey, unknown>;
  const bound = new Map<PropertyKey, { readonly method: AnyFunction; readonly bound: AnyFunction }>();
  return new Proxy(db, {
    get(_target, property) {
      // Awaiting a unit of work gives the unit of work, whatever tables there are.
      if (property === "then") return undefined;
      if (property in api) return api[property];
      if (typeof property === "string" && Object.hasOwn(tables, property)) return tables[property];
      const value: unknown = Reflect.get(db, property, db);
      if (typeof value !== "function") return value;
      const known = bound.get(property);
      if (known?.method === value) return known.bound;
      const method = value as AnyFunction;
      const made = { method, bound: isClass(value) ? method : method.bind<AnyFunction>(db) };
      bound.set(property, made);
      return made.bound;
    },
    has: (_target, property) => property !== "then" && (property in api || Object.hasOwn(tables, property) || property in db),
    set(_target, property) {
      throw new UowError("NOT_SUPPORTED", `${String(property)}: a unit of work's own properties can't be set`);
    },
  });
}

function isClass(value: unknown): boolean {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

type Tables = Record<string, object>;

/** Drizzle's `db.query`, tracked. */
function queriesOf({ db, handle }: FacadeParts, results: Results): Tables {
  const queries: Tables = {};
  const drizzle = () => (db as { readonly query?: Record<string, object> }).query ?? {};
  for (const [name, entry] of handle.entries) queries[name] = trackFinder(() => drizzle()[name] ?? {}, entry, results);
  return queries;
}

function tablesOf(parts: FacadeParts, queries: Tables): Tables {
  const tables: Tables = {};
  for (const [name, entry] of parts.handle.entries) {
    tables[name] =
      entry.table === undefined ? (queries[name] ?? {}) : { ...queries[name], ...changesOf(parts.unit, entry.table, entry.name) };
  }
  for (const [name, table] of parts.extra) {
    const entry: SchemaEntry = { name, table, relations: new Map() };
    tables[name] ??= {
      ...plainFinder(parts.handle.db, entry, new Results(parts.unit, parts.handle)),
      ...changesOf(parts.unit, table, name),
    };
  }
  return tables;
}

function changesOf(unit: UnitOfWork, table: Table, name: string) {
  const tracked = (): TrackedTable => {
    const found = unit.tracker.table(table);
    if (found === undefined)
      throw new UowError("NOT_SUPPORTED", `the table ${name} has no primary key, so its rows can't be tracked`);
    return found;
  };
  return {
    create: (values: Readonly<Record<string, unknown>>) => unit.tracker.create(tracked(), values),
    delete(entity: unknown) {
      const state = stateOf(entity);
      if (state === undefined || state.table !== tracked()) {
        throw new UowError(
          "NOT_TRACKED",
          `uow.${name}.delete takes an entity of ${name} of this unit of work: from its queries, or created by it`,
        );
      }
      unit.tracker.delete(state);
    },
  };
}

function apiOf({ unit }: FacadeParts, query: Tables, tables: Tables): UowApi<object, object> {
  const stateIn = (entity: object) => {
    const state = stateOf(entity);
    if (state?.table.tracker === unit.tracker) return state;
    throw new UowError("NOT_TRACKED", "this object isn't an entity of this unit of work");
  };
  return {
    get session() {
      return unit.session.id;
    },
    get ready() {
      return unit.ready;
    },
    get checkpoints() {
      return unit.checkpoints.standing.map((mark) => mark.checkpoint);
    },
    query: query as never,
    tables,
    $table: (name) => tables[name] as never,
    save: async (to?: Checkpoint | string | SaveOptions, options?: SaveOptions) =>
      to === undefined || typeof to === "string" || to instanceof Checkpoint ? unit.save(to, options) : unit.save(undefined, to),
    setCheckpoint: (name) => unit.setCheckpoint(name),
    rollback: (to) => unit.rollback(to),
    flush: async () => unit.flush(),
    reload: async () => unit.reload(),
    changes: () => readHistory(unit),
    pending: () => pendingChanges(unit.tracker),
    isDeleted: (entity) => ["deleted", "gone"].includes(stateIn(entity).life),
    isChanged: (entity) => {
      const state = stateIn(entity);
      unit.tracker.inPlace.detectIn(state);
      return state.life === "deleted" || unit.tracker.hasChanges(state);
    },
    unwrap: (value) => unwrapDeep(value),
    close: async (options) => unit.close(options),
    [Symbol.asyncDispose]: async () => unit.close(),
  };
}
