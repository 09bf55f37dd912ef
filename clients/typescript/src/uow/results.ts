import type { ResultTracker } from "../drizzle/finder.js";
import type { Handle, SchemaEntry } from "../drizzle/handle.js";
import { uowError } from "../errors.js";
import type { TrackedTable } from "../tracking/entity_state.js";
import { load, type ResultShape } from "../tracking/loader.js";
import type { UnitOfWork } from "./unit_of_work.js";

/** Makes entities of what queries return, once memory is ready for them. */
export class Results implements ResultTracker {
  constructor(
    private readonly unit: UnitOfWork,
    private readonly handle: Handle,
  ) {}

  get entries(): ReadonlyMap<string, SchemaEntry> {
    return this.handle.entries;
  }

  tableOf(entry: SchemaEntry): TrackedTable | undefined {
    return entry.table === undefined ? undefined : this.unit.tracker.table(entry.table);
  }

  begin(): number {
    return this.unit.tracker.saves;
  }

  track(result: unknown, shape: ResultShape, began: number): unknown {
    this.unit.checkReady();
    return load(result, shape, began);
  }

  trackNow(result: unknown, shape: ResultShape, began: number): unknown {
    if (this.unit.saver.resolvesKeys) {
      const message = "a save of new rows is running, whose keys aren't known yet: await it, or await the query instead of sync()";
      throw uowError("SAVE_IN_PROGRESS", message);
    }
    return this.track(result, shape, began);
  }

  trackLater(result: unknown, shape: ResultShape, began: number): unknown {
    if (this.unit.isReady && !this.unit.saver.resolvesKeys) return load(result, shape, began);
    return this.#wait().then(() => load(result, shape, began));
  }

  /** A row that gets its key just now must not become a second object. */
  async #wait(): Promise<void> {
    await this.unit.ready;
    while (this.unit.saver.resolvesKeys) await this.unit.saver.idle();
  }
}
