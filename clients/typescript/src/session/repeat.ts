import { setTimeout as pause } from "node:timers/promises";
import { BackOff, isTransient } from "./back_off.js";
import { UowError } from "../errors.js";

/**
 * Calls again after transient failures, for as long as `patience` says (milliseconds), or until `signal` ends it. Only for calls that may be
 * repeated.
 */
export async function repeatedly<T>(patience: number, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const backOff = new BackOff(patience);
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      const time = error instanceof UowError && isTransient(error) ? backOff.failed() : undefined;
      if (time === undefined) throw error;
      await pause(time);
    }
  }
}
