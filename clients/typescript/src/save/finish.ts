import { create } from "@bufbuild/protobuf";
import {
  type AttemptOutcome,
  AttemptOutcomeSchema,
  type BegunSave,
  type FinishSaveRequest,
  FinishSaveRequestSchema,
  type FinishSaveResponse,
} from "../gen/uow/v1/save_service_pb.js";
import type { JournalSession } from "../session/session.js";

/** Well below the limit of 1 MiB a message. */
const PART_BYTES = 512 * 1024;

type OutcomeCase = AttemptOutcome["outcome"];

/** Tells the server how an attempt ended. */
export async function finish(
  session: JournalSession,
  begun: BegunSave,
  outcome: OutcomeCase,
  rest: { result?: Uint8Array; oldMarkers?: string[] } = {},
): Promise<FinishSaveResponse> {
  return session.finishSave(finishMessages(session.id, begun, outcome, rest));
}

/** The messages that tell how an attempt ended. */
function finishMessages(
  sessionId: string,
  { saveId, attempt }: BegunSave,
  outcome: OutcomeCase,
  { result = new Uint8Array(), oldMarkers = [] }: { result?: Uint8Array; oldMarkers?: string[] } = {},
): FinishSaveRequest[] {
  const resultSize = BigInt(result.length);
  const told = create(AttemptOutcomeSchema, { sessionId, saveId, attempt, outcome, oldMarkers, resultSize });
  const messages = [create(FinishSaveRequestSchema, { request: { case: "outcome", value: told } })];
  for (let at = 0; at < result.length; at += PART_BYTES) {
    const value = Uint8Array.from(result.subarray(at, at + PART_BYTES));
    messages.push(create(FinishSaveRequestSchema, { request: { case: "result", value } }));
  }
  return messages;
}
