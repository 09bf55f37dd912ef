import { create } from "@bufbuild/protobuf";
import { uowError } from "../errors.js";
import { BegunSaveSchema, SaveDecisionSchema, SaveState } from "../gen/uow/v1/save_service_pb.js";
import type { JournalSession } from "../session/session.js";
import type { InDoubt } from "./attempt_execution.js";
import { backOff } from "./back_off.js";
import { finish } from "./finish.js";
import { hasReason } from "./reasons.js";

/** A save without a marker, of which nobody knows whether it was committed. */
export interface UndecidedSave {
  /** `uow.session`. */
  readonly session: string;
  readonly saveId: string;
  /** The range of the session's events that it covers. */
  readonly from: bigint;
  readonly to: bigint;
  /** When it began. */
  readonly began: Date | undefined;
}

/** Looks into the database and says whether a save was committed. */
export type DecideSave = (save: UndecidedSave) => boolean | Promise<boolean>;

/** How long to wait for the lease of a process that died, or couldn't say that it gave up. Longer than a lease. */
const PATIENCE_MS = 15_000;

/**
 * Has the session's undecided save decided, and tells the server; `known` is what this process knows of it. Rejects with SAVE_UNDECIDED where
 * `decide` does.
 */
export async function decideUndecided(session: JournalSession, decide: DecideSave, known: InDoubt | undefined): Promise<void> {
  for await (const { saveId, attempt, state, withoutMarker, from, to, beginTime } of session.listSaves()) {
    if (state !== SaveState.PENDING || !withoutMarker) continue;
    const began = beginTime === undefined ? undefined : new Date(Number(beginTime.seconds) * 1000);
    const committed = await ask(decide, { session: session.id, saveId, from, to, began });
    const result = committed && known?.attempt === attempt ? known.result : new Uint8Array();
    const begun = create(BegunSaveSchema, { saveId, attempt });
    const since = Date.now();
    for (let tries = 0; ; tries++) {
      try {
        await finish(session, begun, { case: "decision", value: create(SaveDecisionSchema, { committed }) }, { result });
        break;
      } catch (error) {
        if (!hasReason(error, "SAVE_IN_PROGRESS") || Date.now() - since > PATIENCE_MS) throw error;
        await backOff(tries);
      }
    }
  }
}

async function ask(decide: DecideSave, save: UndecidedSave): Promise<boolean> {
  try {
    return await decide(save);
  } catch (cause) {
    throw uowError("SAVE_UNDECIDED", `whether save ${save.saveId} was committed could not be decided; save again`, { cause });
  }
}
