import { Metadata, status } from "@grpc/grpc-js";
import { uowError, type UowErrorReason } from "../errors.js";
import { readDetails, type ServiceFailure } from "./error_details.js";

// uowd gives a reason with every error of its own. What has none comes from the way to it.
const reasons: Partial<Record<number, UowErrorReason>> = {
  [status.UNAUTHENTICATED]: "UNAUTHENTICATED",
  [status.PERMISSION_DENIED]: "UNAUTHENTICATED",
  [status.RESOURCE_EXHAUSTED]: "OVERLOADED",
  [status.UNIMPLEMENTED]: "UOWD_VERSION_MISMATCH",
};

/** What the end of a gRPC call means. */
export function failureOfStatus(error: unknown): ServiceFailure {
  const { code, details, metadata } = statusOf(error);
  const bytes = metadata?.get("grpc-status-details-bin")[0];
  if (bytes instanceof Uint8Array) {
    const failure = readDetails(bytes, details);
    if (failure !== undefined) return failure;
  }
  const reason = reasons[code] ?? "UOWD_UNAVAILABLE";
  const name = status[code] ?? String(code);
  if (reason === "UOWD_VERSION_MISMATCH") {
    return {
      error: uowError(
        reason,
        `uowd doesn't know this call: it is older than this package, or something else listens there (${details})`,
      ),
    };
  }
  return { error: uowError(reason, `uowd can't be reached: ${details === "" ? name : details}`, { cause: error }) };
}

function statusOf(error: unknown): { code: number; details: string; metadata: Metadata | undefined } {
  const found = typeof error === "object" && error !== null ? error : {};
  const code = "code" in found && typeof found.code === "number" ? found.code : status.UNKNOWN;
  const details = "details" in found && typeof found.details === "string" ? found.details : String(error);
  const metadata = "metadata" in found && found.metadata instanceof Metadata ? found.metadata : undefined;
  return { code, details, metadata };
}
