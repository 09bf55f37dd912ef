import type { UowError } from "../errors.js";

const transient = new Set<string>(["UOWD_UNAVAILABLE", "SHUTTING_DOWN", "OVERLOADED", "DISK_FULL"]);

/** Whether the same call may succeed a moment later. */
export function isTransient(error: UowError): boolean {
  return transient.has(error.reason);
}

/** Pauses between attempts: twice as long each time, until it is given up. Time counts from the first failure after a success. */
export class BackOff {
  #failures = 0;
  #since = 0;

  /** @param patience How long to go on failing, in milliseconds. */
  constructor(private readonly patience: number) {}

  succeeded(): void {
    this.#failures = 0;
  }

  /** The pause until the next attempt, in milliseconds; undefined if there should be none. */
  failed(): number | undefined {
    const now = performance.now();
    if (this.#failures++ === 0) this.#since = now;
    if (now - this.#since >= this.patience) return undefined;
    // Not all clients of a service that is back should come at the same moment.
    return Math.min(10 * 2 ** Math.min(this.#failures, 10), 2000) * (0.5 + Math.random() / 2);
  }
}
