import { UowError, type UowErrorReason } from "../errors.js";

/** Whether a thrown value is an error of this package with that reason. */
export function hasReason(error: unknown, reason: UowErrorReason): boolean {
  return error instanceof UowError && error.reason === reason;
}
