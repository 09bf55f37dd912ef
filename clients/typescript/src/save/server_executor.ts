import type { Position } from "../gen/uow/v1/journal_service_pb.js";
import type { SaveRequest } from "../gen/uow/v1/save_service_pb.js";
import type { Driver } from "../drivers/driver.js";
import { uowError } from "../errors.js";
import type { JournalSession } from "../session/session.js";
import { backOff } from "./back_off.js";
import type { SaveExecutor, SaveOutcome, WantedRow } from "./executor.js";
import { hydrate } from "./hydrate.js";
import { KeyBook } from "./keys.js";
import { requestOf, type SaveOptions } from "./options.js";
import { hasReason } from "./reasons.js";

/** How long to wait for another save of the session. */
const PATIENCE_MS = 15_000;

/** Saves into a target that the server itself connects to. */
export class ServerSaveExecutor implements SaveExecutor {
  constructor(
    private readonly session: JournalSession,
    /** The application's own way into the same database: reads back what the server wrote. */
    private readonly driver: Driver,
  ) {}

  async save(
    saveId: string,
    to: Position,
    wanted: readonly WantedRow[],
    recorded?: Promise<void>,
    options: SaveOptions = {},
  ): Promise<SaveOutcome> {
    const request = requestOf(options);
    // What the server begins, it carries out.
    await recorded;
    const since = Date.now();
    for (let tries = 0; ; tries++) {
      try {
        return await this.saveOnce(saveId, to, wanted, request);
      } catch (error) {
        if (!hasReason(error, "SAVE_IN_PROGRESS") || Date.now() - since > PATIENCE_MS) throw error;
        await backOff(tries);
      }
    }
  }

  private async saveOnce(
    saveId: string,
    to: Position,
    wanted: readonly WantedRow[],
    request: Partial<SaveRequest>,
  ): Promise<SaveOutcome> {
    const book = new KeyBook();
    for await (const { response } of this.session.save(saveId, to, { ...request, groupGenerated: true })) {
      if (response.case === "grouped") {
        book.addGroups(response.value.keys);
        book.addEntities(response.value.entities);
      }
      if (response.case !== "committed") continue;
      const save = response.value;
      const counts = { inserted: Number(save.inserted), updated: Number(save.updated), deleted: Number(save.deleted) };
      const { keys } = book;
      const hydrated = await this.driver.run(hydrate(wanted, keys));
      return { saveId: save.saveId, from: save.from, to: save.to, ...counts, keys, hydrated, provisional: false };
    }
    throw uowError("SAVE_IN_DOUBT", `the server said nothing of how save ${saveId} ended; save again`);
  }
}
