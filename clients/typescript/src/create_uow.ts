import type { Handle } from "./drizzle/handle.js";
import { Driver } from "./drivers/driver.js";
import { UowError } from "./errors.js";
import { Dialect } from "./gen/uow/v1/schema_service_pb.js";
import type { DialectName, SchemaModel } from "./model/model.js";
import { DbSaveExecutor } from "./save/db_executor.js";
import type { SaveExecutor } from "./save/executor.js";
import { ServerSaveExecutor } from "./save/server_executor.js";
import type { DecideSave } from "./save/undecided.js";
import { type EndpointOptions, NodeConnector } from "./session/node_connector.js";
import type { JournalSession, SessionEvents } from "./session/session.js";
import { UowdSession } from "./session/uowd_session.js";
import type { TableName } from "./types/tables.js";
import type { Uow } from "./types/uow.js";
import { assemble, type SchemaOptions } from "./uow/assemble.js";

/** What `createUow` takes beside the handle. */
export interface UowOptions<DB, S> extends EndpointOptions {
  /** The id of a session to take up: `uow.session` of another process, or of an earlier one. */
  readonly session?: string | undefined;
  /** The name of a target of uowd's, which then runs the saves instead of this process. */
  readonly target?: string | undefined;
  /** Tables that the handle's relational schema doesn't have. */
  readonly schema?: S | undefined;
  /**
   * By Drizzle's names of tables: the property that is the row's version. A save then fails with a `StaleEntityError` where somebody else has
   * changed a row since it was read, and moves the version of what it writes.
   */
  readonly versions?: { readonly [K in TableName<DB> | (keyof NoInfer<S> & string)]?: string } | undefined;
  /**
   * Drizzle's names of tables without a version. A save then fails with a `StaleEntityError` where somebody else has changed a column that it
   * changes since it was read, or any column of a row that it deletes.
   */
  readonly changedColumns?: readonly (TableName<DB> | (keyof NoInfer<S> & string))[] | undefined;
  /**
   * For databases that can't have the table `uow_saves`: saves go without their mark in it. What is lost is that a save is done exactly once
   * whatever happens: where the answer to COMMIT is lost, or a process dies in mid-save, nothing tells whether it was committed. The next save then
   * asks this function, which has to look into the database, and says `true` for committed, or throws where it can't tell: then the save
   * rejects with a `SaveInDoubtError`. Keys that the database generated in a save of a process that died aren't found again: begin a new unit
   * of work where such a save was committed. Not together with `target`.
   */
  readonly withoutMarker?: DecideSave | undefined;
  /** For finding the session again with uowd's tools. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** After how many milliseconds without a change the session expires. Default: uowd's, a day. */
  readonly idleTtl?: number | undefined;
  /** How many bytes of changes may wait for uowd before further ones are refused. Default: 64 MiB. */
  readonly maxUnacknowledgedBytes?: number | undefined;
}

const dialects: Readonly<Record<DialectName, Dialect>> = {
  postgresql: Dialect.POSTGRESQL,
  mysql: Dialect.MYSQL,
  sqlite: Dialect.SQLITE,
  mssql: Dialect.MSSQL,
};

/**
 * A unit of work around a Drizzle handle, `db` or `tx`: its queries return objects whose changes are recorded, can be rolled back, and are
 * saved in one transaction. Costs nothing until the first change; then `uowd` is found or started.
 */
export function createUow<DB extends object, S = unknown>(db: DB, options: UowOptions<DB, S> = {}): Uow<DB, S> {
  if (options.session !== undefined && !/^[0-9a-f]{32}$/.test(options.session)) {
    throw new UowError("INVALID_REQUEST", "a session's id has 32 hexadecimal digits: take it from uow.session");
  }
  const connections = {
    resumed: options.session !== undefined,
    session: (model: SchemaModel, events: SessionEvents) => newSession(options, model, events),
    executor: (session: JournalSession, model: SchemaModel, handle: Handle) => newExecutor(options, session, model, handle),
  };
  const { schema, versions, changedColumns } = options as SchemaOptions;
  return assemble(db, { schema, versions, changedColumns }, connections) as Uow<DB, S>;
}

function newSession<DB, S>(options: UowOptions<DB, S>, model: SchemaModel, events: SessionEvents): JournalSession {
  const { target, labels, idleTtl, session, maxUnacknowledgedBytes } = options;
  return new UowdSession(
    {
      connector: new NodeConnector(options),
      target: { schema: model.proto, target, dialect: dialects[model.dialect], labels, idleTtl },
      sessionId: session,
      maxUnacknowledgedBytes,
    },
    events,
  );
}

function newExecutor<DB, S>(
  { target, withoutMarker }: UowOptions<DB, S>,
  session: JournalSession,
  model: SchemaModel,
  handle: Handle,
): SaveExecutor {
  const driver = new Driver(handle.db, target === undefined ? "saving" : "reading");
  if (target === undefined) return new DbSaveExecutor(session, driver, model, withoutMarker);
  if (withoutMarker !== undefined) throw new UowError("INVALID_REQUEST", "withoutMarker: the server's saves have a marker always");
  return new ServerSaveExecutor(session, driver);
}
