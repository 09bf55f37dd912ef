import { EventKind } from "../gen/uow/v1/event_pb.js";
import type { JournalEntry } from "../gen/uow/v1/journal_service_pb.js";
import type { UowError } from "../errors.js";
import { Replay } from "./replay.js";
import { resolveAll } from "./saver.js";
import type { UnitOfWork } from "./unit_of_work.js";

/** What was taken over from the journal. */
export interface Inherited {
  /** The offset of the first change that isn't saved. */
  readonly from: bigint;
  /** Positions in memory, one for each offset from `from` to the head. */
  readonly positions: readonly number[];
}

/**
 * Builds the changes that aren't saved from the journal: those of earlier processes, of others that share the session, and our own. Objects
 * that the application holds stay the same objects. Begins again when somebody rolls the session back meanwhile.
 */
export async function reload(unit: UnitOfWork): Promise<Inherited> {
  for (let attempt = 1; ; attempt++) {
    try {
      return apply(unit, await read(unit));
    } catch (error) {
      if ((error as UowError).reason !== "STALE_EPOCH" || attempt === mostAttempts) throw error;
    }
  }
}

const mostAttempts = 10;

interface Journal {
  readonly saved: bigint;
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly { readonly name: string; readonly offset: bigint }[];
}

async function read(unit: UnitOfWork): Promise<Journal> {
  const { session } = unit;
  const { head, saved, epoch } = await session.status();
  if (saved > 0n) await resolveAll(unit);
  const entries: JournalEntry[] = [];
  if (head > saved) {
    const to = { $typeName: "uow.v1.Position" as const, at: { case: "offset" as const, value: head }, epoch };
    for await (const entry of session.readJournal(saved, to)) entries.push(entry);
  }
  const checkpoints = await session.listCheckpoints();
  return { saved, entries, checkpoints: checkpoints.filter(({ offset }) => offset >= saved) };
}

function apply(unit: UnitOfWork, { saved, entries, checkpoints }: Journal): Inherited {
  const { tracker } = unit;
  const { log } = tracker;
  const detached = [...unit.undone, ...tracker.undoTo(log.begin)];
  const replay = new Replay(tracker, detached);
  const positions = [log.end];
  for (const entry of entries) {
    if (entry.event !== undefined && entry.event.kind !== EventKind.UNSPECIFIED) replay.apply(entry.event, entry.writer);
    positions.push(log.end);
  }
  log.markRecorded();
  const last = positions.length - 1;
  unit.checkpoints.adopt(
    checkpoints.map(({ name, offset }) => ({ name, position: positions[Math.min(Number(offset - saved), last)] ?? log.end })),
  );
  return { from: saved, positions };
}
