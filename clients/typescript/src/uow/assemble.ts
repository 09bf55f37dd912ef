import { type Column, isTable, type Table } from "drizzle-orm";
import { asTable, type Handle, readHandle } from "../drizzle/handle.js";
import { relationKeysOf } from "../drizzle/relation_keys.js";
import { UowError } from "../errors.js";
import { buildModel } from "../model/build.js";
import type { SchemaModel } from "../model/model.js";
import type { SaveExecutor } from "../save/executor.js";
import type { JournalSession, SessionEvents } from "../session/session.js";
import { createFacade } from "./facade.js";
import { UnitOfWork } from "./unit_of_work.js";

/** What a unit of work is told about tables. */
export interface SchemaOptions {
  /** Tables that the handle's relational schema doesn't have. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  /** By Drizzle's names of tables: the property that is the row's version for optimistic concurrency. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
  /** Drizzle's names of tables whose writes check that nobody else has changed what they change. */
  readonly changedColumns?: readonly string[] | undefined;
}

/** How a unit of work reaches the service and the database. */
export interface Connections {
  readonly resumed: boolean;
  session(model: SchemaModel, events: SessionEvents): JournalSession;
  executor(session: JournalSession, model: SchemaModel, handle: Handle): SaveExecutor;
}

/** The models of a handle's tables, the latest first: an application has as many as there are sets of options that it uses. */
const models = new WeakMap<object, readonly KnownModel[]>();
const MOST_MODELS = 16;

interface KnownModel {
  readonly extra: ReadonlyMap<string, Table>;
  /** The other options, as text. */
  readonly options: string;
  readonly model: SchemaModel;
}

/** Puts a unit of work together around a handle of Drizzle's. */
export function assemble(db: object, options: SchemaOptions, connections: Connections): object {
  const handle = readHandle(db);
  const extra = extraTables(handle, options.schema);
  const model = modelOf(handle, extra, options);
  const events = forwarder();
  const session = connections.session(model, events);
  const unit = new UnitOfWork(model, session, connections.executor(session, model, handle), connections.resumed);
  events.to = unit;
  unit.begin();
  return createFacade({ db, handle, unit, extra });
}

/** A session and its owner need one another. Sessions call their owner from tasks of their own, when it is there. */
function forwarder(): SessionEvents & { to: SessionEvents | undefined } {
  return {
    to: undefined,
    acknowledged(...args) {
      this.to?.acknowledged(...args);
    },
    refused(...args) {
      this.to?.refused(...args);
    },
    rolledBackElsewhere(...args) {
      this.to?.rolledBackElsewhere(...args);
    },
  };
}

function extraTables(handle: Handle, schema: SchemaOptions["schema"]): ReadonlyMap<string, Table> {
  const known = new Set([...handle.entries.values()].map((entry) => entry.table));
  const extra = new Map<string, Table>();
  for (const [name, value] of Object.entries(schema ?? {})) {
    const table = isTable(value) ? asTable(value) : undefined;
    if (table !== undefined && !known.has(table) && !handle.entries.has(name)) extra.set(name, table);
  }
  return extra;
}

function modelOf(handle: Handle, extra: ReadonlyMap<string, Table>, given: SchemaOptions): SchemaModel {
  const { versions = {}, changedColumns = [] } = given;
  const options = JSON.stringify([versions, changedColumns]);
  const all = models.get(handle.key) ?? [];
  const known = all.find((one) => one.options === options && haveTheSameTables(one.extra, extra));
  if (known !== undefined) return known.model;
  const tables = new Map(extra);
  for (const [name, { table }] of handle.entries) if (table !== undefined) tables.set(name, table);
  if (tables.size === 0) {
    throw new UowError(
      "SCHEMA_INVALID",
      "this db knows no tables: give Drizzle its schema (0.45) or relations (1.0), or call createUow(db, { schema })",
    );
  }
  const relationKeys = relationKeysOf(handle.db);
  const { dialect, db } = handle;
  const model = buildModel({ dialect, tables, versions, changedColumns, relationKeys, columnName: columnName(db) });
  models.set(handle.key, [{ extra, options, model }, ...all.slice(0, MOST_MODELS - 1)]);
  return model;
}

function haveTheSameTables(one: ReadonlyMap<string, Table>, other: ReadonlyMap<string, Table>): boolean {
  return one.size === other.size && [...one].every(([name, table]) => other.get(name) === table);
}

/** Drizzle 0.45 applies `casing` in its dialect; 1.0 to the columns themselves. */
function columnName(db: object): (column: Column) => string {
  const { dialect } = db as { readonly dialect?: { readonly casing?: { getColumnCasing?(column: Column): string } } };
  return (column) => dialect?.casing?.getColumnCasing?.(column) ?? column.name;
}
