import type { Position } from "../gen/uow/v1/journal_service_pb.js";
import type { Mark } from "./checkpoint.js";
import type { UnitOfWork } from "./unit_of_work.js";

/** The place in the journal of a checkpoint, or of everything that was queued so far. */
export function positionOf({ session, lastUndone }: UnitOfWork, mark: Mark | undefined): Position {
  if (mark !== undefined)
    return { $typeName: "uow.v1.Position", at: { case: "checkpoint", value: mark.checkpoint.name }, epoch: 0n };
  const { epoch, lastSequence, writer } = session;
  // Without a command of ours that stands, the head: a command that was rolled back names no place.
  if (lastSequence === lastUndone) return { $typeName: "uow.v1.Position", at: { case: undefined }, epoch: 0n };
  const value = { $typeName: "uow.v1.WriterPosition" as const, writer, sequence: lastSequence };
  return { $typeName: "uow.v1.Position", at: { case: "command", value }, epoch };
}
