import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { uowError } from "../errors.js";

/**
 * Counts this process as a user of the `uowd` that serves the data directory, until the returned descriptor is closed or the process ends,
 * however it ends. Undefined where no `uowd` serves it.
 */
export function joinUsers(data: string): number | undefined {
  const path = join(data, "users");
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    // No pipe, or one that a killed uowd has left.
    if (code === "ENOENT" || code === "ENXIO") return undefined;
    throw uowError(
      "UOWD_DIRECTORY_READ_ONLY",
      `${path}, by which uowd knows its users, can't be opened: ${String(cause)}. Set UOW_DATA_DIR to a directory of this user's.`,
      { cause },
    );
  }
}

/** Ends what `joinUsers` began. */
export function leaveUsers(descriptor: number): void {
  closeSync(descriptor);
}
