import { create } from "@bufbuild/protobuf";
import { uowError } from "../errors.js";
import type { Schema } from "../gen/uow/v1/schema_pb.js";
import { type Dialect, RegisterSchemaRequestSchema, SchemaService } from "../gen/uow/v1/schema_service_pb.js";
import {
  GetSessionRequestSchema,
  type OpenSessionRequest,
  OpenSessionRequestSchema,
  type Session,
  SessionService,
  SessionState,
} from "../gen/uow/v1/session_service_pb.js";
import type { Transport } from "./transport.js";

/** What a session saves into. */
export interface SessionTarget {
  readonly schema: Schema;
  /** The name of a target that uowd saves into; undefined where this side saves. */
  readonly target?: string | undefined;
  /** The dialect of the database that this side saves into. */
  readonly dialect: Dialect;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The idle time after which the session expires, in milliseconds; undefined for the service's default. */
  readonly idleTtl?: number | undefined;
}

/** A session that is there. */
export interface OpenedSession {
  readonly epoch: bigint;
  /** In milliseconds. */
  readonly idleTtl: number;
}

/** Opens a session of a chosen id, or finds an existing one. Safe to repeat. */
export async function openSession(
  transport: Transport,
  sessionId: string,
  target: SessionTarget,
  existing: boolean,
): Promise<OpenedSession> {
  const request = await openingRequest(transport, target);
  const session = existing ? await findSession(transport, sessionId) : await newSession(transport, { ...request, sessionId });
  if (session.state !== SessionState.OPEN)
    throw uowError("SESSION_CLOSED", `the session ${sessionId} is closed; create a new unit of work`);
  if (session.schemaId !== request.schemaId) {
    throw uowError(
      "SESSION_EXISTS",
      `the session ${sessionId} was opened with another schema: resume it with the version of the application that opened it, or begin a new one`,
    );
  }
  return openedSession(session);
}

export function openedSession(session: Session): OpenedSession {
  return { epoch: session.epoch, idleTtl: Number(session.idleTtl?.seconds ?? 86_400n) * 1000 };
}

/** What opens a session, but for its id. */
export async function openingRequest(transport: Transport, target: SessionTarget): Promise<OpenSessionRequest> {
  const { idleTtl } = target;
  return create(OpenSessionRequestSchema, {
    schemaId: await registerSchema(transport, target.schema),
    labels: { ...target.labels },
    ...(target.target === undefined ? { dialect: target.dialect } : { target: target.target }),
    ...(idleTtl !== undefined && { idleTtl: { seconds: BigInt(Math.ceil(idleTtl / 1000)) } }),
  });
}

const registered = new WeakMap<Transport, WeakMap<Schema, Promise<string>>>();

/** Once for each service and schema. */
async function registerSchema(transport: Transport, schema: Schema): Promise<string> {
  const known = registered.get(transport) ?? new WeakMap<Schema, Promise<string>>();
  registered.set(transport, known);
  let id = known.get(schema);
  if (id === undefined) {
    id = transport
      .call(SchemaService.method.registerSchema, create(RegisterSchemaRequestSchema, { schema }))
      .then(({ schemaId }) => schemaId);
    known.set(schema, id);
    id.catch(() => known.delete(schema));
  }
  return id;
}

async function newSession(transport: Transport, request: OpenSessionRequest): Promise<Session> {
  return present((await transport.call(SessionService.method.openSession, request)).session);
}

async function findSession(transport: Transport, sessionId: string): Promise<Session> {
  return present((await transport.call(SessionService.method.getSession, create(GetSessionRequestSchema, { sessionId }))).session);
}

function present(session: Session | undefined): Session {
  if (session === undefined) throw uowError("INTERNAL", "uowd answered without a session");
  return session;
}
