import { create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { UowError } from "../../src/errors.js";
import {
  type AttemptOutcome,
  type BeginSaveRequest,
  type BeginSaveResponse,
  BeginSaveResponseSchema,
  type BegunKind,
  BegunSaveSchema,
  type FinishSaveRequest,
  type FinishSaveResponse,
  FinishSaveResponseSchema,
  type SaveResult,
  SaveResultSchema,
  type SaveStepSchema,
} from "../../src/gen/uow/v1/save_service_pb.js";
import type { Dialect } from "../../src/gen/uow/v1/schema_service_pb.js";
import type { JournalSession } from "../../src/session/session.js";

export type StepInit = MessageInitShape<typeof SaveStepSchema>;

/** What a call of BeginSave answers. */
export type Answer =
  | { readonly kind: BegunKind.EXECUTE | BegunKind.SETTLE; readonly steps: readonly StepInit[]; readonly inserted?: bigint }
  | { readonly kind: BegunKind.COMMITTED }
  | UowError;

/** A session whose saves are planned by the test. */
export class ScriptedSession {
  readonly begun: Omit<BeginSaveRequest, "sessionId" | "$typeName">[] = [];
  readonly finished: { outcome: AttemptOutcome["outcome"]; result: SaveResult; oldMarkers: string[] }[] = [];
  /** Thrown by the next calls of FinishSave. */
  readonly refusals: UowError[] = [];

  constructor(
    private readonly dialect: Dialect,
    private readonly answers: Answer[],
  ) {}

  /** As the interface of the whole, of which saves use only these calls. */
  get session(): JournalSession {
    const used: Pick<JournalSession, "id" | "writer" | "beginSave" | "finishSave"> = {
      id: "0123456789abcdef0123456789abcdef",
      writer: "w",
      beginSave: (request) => this.beginSave(request),
      finishSave: async (messages) => Promise.resolve(this.finishSave(messages)),
    };
    return used as JournalSession;
  }

  private async *beginSave(request: Omit<BeginSaveRequest, "sessionId" | "$typeName">): AsyncGenerator<BeginSaveResponse> {
    this.begun.push(request);
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error("BeginSave was called once too often");
    if (answer instanceof Error) throw answer;
    const result = "steps" in answer ? { inserted: answer.inserted ?? 0n } : {};
    const begun = create(BegunSaveSchema, {
      kind: answer.kind,
      saveId: request.saveId,
      attempt: BigInt(this.begun.length),
      to: 9n,
      dialect: this.dialect,
      result,
    });
    yield create(BeginSaveResponseSchema, { response: { case: "begun", value: begun } });
    if (!("steps" in answer)) return;
    // In parts, one row or handle list each, as a large plan comes.
    for (const [index, step] of answer.steps.entries()) {
      yield create(BeginSaveResponseSchema, { response: { case: "steps", value: { steps: [{ ...step, index }] } } });
    }
  }

  private finishSave(messages: Iterable<FinishSaveRequest>): FinishSaveResponse {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    const [first, ...rest] = [...messages];
    if (first?.request.case !== "outcome") throw new Error("the outcome comes first");
    const parts = rest.map(({ request }) => (request.case === "result" ? request.value : new Uint8Array()));
    const result = fromBinary(SaveResultSchema, Buffer.concat(parts));
    this.finished.push({ outcome: first.request.value.outcome, result, oldMarkers: first.request.value.oldMarkers });
    return create(FinishSaveResponseSchema);
  }
}
