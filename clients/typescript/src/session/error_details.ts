import { fromBinary } from "@bufbuild/protobuf";
import { type ErrorEntity, type UowError, uowError, type UowErrorReason } from "../errors.js";
import { type EntityRef, type ErrorDetail, ErrorDetailSchema, ErrorReason, type StaleEpoch } from "../gen/uow/v1/errors_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { ErrorInfoSchema, StatusSchema } from "../gen/uow/wire/v1/status_pb.js";

/** An error of the service, and what of it is for the session alone. */
export interface ServiceFailure {
  readonly error: UowError;
  /** The command that failed on a stream. */
  readonly sequence?: bigint | undefined;
  readonly staleEpoch?: StaleEpoch | undefined;
}

/** Reads the bytes of `grpc-status-details-bin`. Undefined where they hold nothing that this API knows. */
export function readDetails(bytes: Uint8Array, message: string, cause?: unknown): ServiceFailure | undefined {
  let info: UowErrorReason | undefined;
  let detail: ErrorDetail | undefined;
  try {
    for (const part of fromBinary(StatusSchema, bytes).details) {
      if (part.typeUrl.endsWith("/google.rpc.ErrorInfo")) {
        info = knownReason(fromBinary(ErrorInfoSchema, part.value).reason);
      } else if (part.typeUrl.endsWith(`/${ErrorDetailSchema.typeName}`)) {
        detail = fromBinary(ErrorDetailSchema, part.value);
      }
    }
  } catch {
    return undefined; // Bytes of a proxy in between, not of uowd.
  }
  if (detail !== undefined) {
    return { error: errorOf(detail, message, cause), sequence: detail.sequence, staleEpoch: detail.staleEpoch };
  }
  return info === undefined ? undefined : { error: uowError(info, message, { cause }) };
}

/** The application's form of an error of the API. */
export function errorOf(detail: ErrorDetail, message: string, cause?: unknown): UowError {
  return uowError(knownReason(ErrorReason[detail.reason]) ?? "INTERNAL", message, {
    entities: detail.entities.map(entityOf),
    offset: detail.offset,
    constraint: detail.constraint === "" ? undefined : detail.constraint,
    columns: detail.columns,
    sqlstate: detail.sqlstate === "" ? undefined : detail.sqlstate,
    cause,
  });
}

function knownReason(name: string | undefined): UowErrorReason | undefined {
  // The enum maps numbers to names as well.
  if (name === undefined || name === "UNSPECIFIED" || !Object.hasOwn(ErrorReason, name) || /^\d/.test(name)) return undefined;
  return name as Exclude<keyof typeof ErrorReason, "UNSPECIFIED">;
}

function entityOf({ namespace, table, key, offset }: EntityRef): ErrorEntity {
  return { namespace, table, key: key.map(keyPart), offset };
}

function keyPart({ kind }: Value): ErrorEntity["key"][number] {
  switch (kind.case) {
    case undefined:
    case "nullValue":
    case "arrayValue": // Not a key type of any dialect.
      return null;
    case "int64Value":
    case "uint64Value": {
      const number = Number(kind.value);
      return Number.isSafeInteger(number) ? number : kind.value;
    }
    case "handleValue":
      return { writer: kind.value.writer, counter: kind.value.counter };
    default:
      return kind.value;
  }
}
