import { create } from "@bufbuild/protobuf";
import type { UowError } from "../../src/errors.js";
import type { StaleEpoch } from "../../src/gen/uow/v1/errors_pb.js";
import { type Event, EventKind, EventSchema, type Field } from "../../src/gen/uow/v1/event_pb.js";
import { type Schema, SchemaSchema, Type_Kind } from "../../src/gen/uow/v1/schema_pb.js";
import { Dialect } from "../../src/gen/uow/v1/schema_service_pb.js";
import { NodeConnector } from "../../src/session/node_connector.js";
import type { SessionEvents } from "../../src/session/session.js";
import { UowdSession } from "../../src/session/uowd_session.js";

/** One table of notes: id and text. */
export const notes: Schema = create(SchemaSchema, {
  tables: [
    {
      name: "notes",
      primaryKey: [0],
      columns: [
        { name: "id", type: { kind: Type_Kind.INT64 } },
        { name: "text", type: { kind: Type_Kind.TEXT }, nullable: true },
      ],
    },
  ],
});

/** The change of one note's text. */
export function changeOf(id: number, text: string): Event {
  return create(EventSchema, {
    kind: EventKind.UPDATED,
    key: [{ kind: { case: "int64Value", value: BigInt(id) } }],
    fields: [{ column: 1, value: { kind: { case: "textValue", value: text } } }],
  });
}

/** What a session tells its owner, written down. */
export class EventLog implements SessionEvents {
  acknowledgedSequence = 0n;
  saved = 0n;
  readonly refusals: { readonly sequence: bigint; readonly error: UowError }[] = [];
  readonly rollbacks: StaleEpoch[] = [];

  acknowledged(sequence: bigint, _offset: bigint, _epoch: bigint, saved: bigint): void {
    if (sequence <= this.acknowledgedSequence) throw new Error(`${sequence} was acknowledged after ${this.acknowledgedSequence}`);
    this.acknowledgedSequence = sequence;
    this.saved = saved;
  }

  refused(sequence: bigint, error: UowError): void {
    this.refusals.push({ sequence, error });
  }

  rolledBackElsewhere(stale: StaleEpoch): void {
    this.rollbacks.push(stale);
    this.acknowledgedSequence = 0n;
  }
}

export interface TestSession {
  readonly session: UowdSession;
  readonly events: EventLog;
}

export interface TestSessionOptions {
  readonly sessionId?: string;
  readonly token?: string;
  readonly certificates?: string;
  readonly patience?: number;
  readonly maxUnacknowledgedBytes?: number;
  readonly idleTtl?: number;
}

/** A writer of a session of notes, saved by the client. Without an endpoint: in the uowd that a user without one gets. */
export function sessionAt(endpoint: string | undefined, options: TestSessionOptions = {}): TestSession {
  const { token, certificates, sessionId, patience, maxUnacknowledgedBytes, idleTtl } = options;
  const events = new EventLog();
  const connector = new NodeConnector({ endpoint, token, certificates });
  const target = { schema: notes, dialect: Dialect.SQLITE, idleTtl };
  return { session: new UowdSession({ connector, target, sessionId, patience, maxUnacknowledgedBytes }, events), events };
}

/** The text of a change. */
export function textOf(field: Field | undefined): string {
  const kind = field?.value?.kind;
  return kind?.case === "textValue" ? kind.value : "";
}

/** The texts in the journal, in order. */
export async function textsOf(session: UowdSession): Promise<string[]> {
  const texts: string[] = [];
  for await (const { event } of session.readJournal(0n)) {
    for (const field of event?.fields ?? []) texts.push(textOf(field));
  }
  return texts;
}
