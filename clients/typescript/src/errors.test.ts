import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import {
  ConstraintError,
  SaveInDoubtError,
  SaveInProgressError,
  SessionEndedError,
  StaleEntityError,
  TargetError,
  TargetUnavailableError,
  UowdNotFoundError,
  UowdStartError,
  UowdUnavailableError,
  UowError,
  uowError,
} from "./errors.js";
import { ErrorDetailSchema, ErrorReason } from "./gen/uow/v1/errors_pb.js";
import { ErrorInfoSchema, StatusSchema } from "./gen/uow/wire/v1/status_pb.js";
import { readDetails } from "./session/error_details.js";

test.each([
  ["STALE_ENTITY", StaleEntityError],
  ["CONSTRAINT_CHECK", ConstraintError],
  ["CONSTRAINT_FOREIGN_KEY", ConstraintError],
  ["CONSTRAINT_NOT_NULL", ConstraintError],
  ["CONSTRAINT_UNIQUE", ConstraintError],
  ["TARGET_UNAVAILABLE", TargetUnavailableError],
  ["TARGET_REJECTED", TargetError],
  ["SAVE_IN_PROGRESS", SaveInProgressError],
  ["SAVE_IN_DOUBT", SaveInDoubtError],
  ["SAVE_UNDECIDED", SaveInDoubtError],
  ["SESSION_NOT_FOUND", SessionEndedError],
  ["WRITER_REPLACED", SessionEndedError],
  ["SHUTTING_DOWN", UowdUnavailableError],
  ["UOWD_UNAVAILABLE", UowdUnavailableError],
  ["UOWD_NOT_FOUND", UowdNotFoundError],
  ["UOWD_START_FAILED", UowdStartError],
  ["INVALID_REQUEST", UowError],
] as const)("%s can be caught by its class", (reason, expected) => {
  const error = uowError(reason, "why");
  expect(error.constructor).toBe(expected);
  expect(error).toBeInstanceOf(UowError);
  expect(error).toMatchObject({ reason, message: "why", name: expected.name, entities: [], columns: [] });
});

const part = <T extends DescMessage>(schema: T, typeName: string, value: MessageInitShape<T>) => ({
  typeUrl: `type.googleapis.com/${typeName}`,
  value: toBinary(schema, create(schema, value)),
});
const info = (reason: string) => part(ErrorInfoSchema, "google.rpc.ErrorInfo", { reason, domain: "uow.v1" });
const status = (...details: ReturnType<typeof info>[]) => toBinary(StatusSchema, create(StatusSchema, { code: 9, details }));

describe("the service's details", () => {
  test("name the entity, the constraint and its columns", () => {
    const handle = { kind: { case: "handleValue" as const, value: { writer: "w", counter: 3n } } };
    const keys = [7n, 2n ** 60n].map((value) => ({ kind: { case: "int64Value" as const, value } }));
    const detail = part(ErrorDetailSchema, ErrorDetailSchema.typeName, {
      reason: ErrorReason.CONSTRAINT_UNIQUE,
      entities: [{ namespace: "app", table: "users", key: [...keys, handle], offset: 4n }],
      offset: 4n,
      sequence: 2n,
      constraint: "users_email_key",
      columns: ["email"],
      sqlstate: "23505",
    });
    const failure = readDetails(status(info("CONSTRAINT_UNIQUE"), detail), "duplicate e-mail");
    expect(failure?.error).toBeInstanceOf(ConstraintError);
    expect(failure?.error).toMatchObject({
      reason: "CONSTRAINT_UNIQUE",
      message: "duplicate e-mail",
      entities: [{ namespace: "app", table: "users", key: [7, 2n ** 60n, { writer: "w", counter: 3n }], offset: 4n }],
      offset: 4n,
      constraint: "users_email_key",
      columns: ["email"],
      sqlstate: "23505",
    });
    expect(failure?.sequence).toBe(2n);
  });

  test("say what a rollback of another writer's undid", () => {
    const staleEpoch = { epoch: 2n, truncatedTo: 10n, lastSurvivingSequence: 5n };
    const detail = part(ErrorDetailSchema, ErrorDetailSchema.typeName, { reason: ErrorReason.STALE_EPOCH, staleEpoch });
    expect(readDetails(status(detail), "")).toMatchObject({ error: { reason: "STALE_EPOCH" }, staleEpoch });
  });

  test("may be the reason alone", () => {
    expect(readDetails(status(info("OVERLOADED")), "busy")?.error).toMatchObject({ reason: "OVERLOADED", message: "busy" });
  });

  test("that this API doesn't know are left to the status", () => {
    expect(readDetails(status(info("QUOTA_OF_A_PROXY")), "")).toBeUndefined();
    expect(readDetails(new Uint8Array([255, 255]), "")).toBeUndefined();
    // A reason is a name, never a number or an inherited property.
    expect(readDetails(status(info("4")), "")).toBeUndefined();
    expect(readDetails(status(info("toString")), "")).toBeUndefined();
  });

  test("with a reason of a later version are a fault, not something else", () => {
    const bytes = new Uint8Array([8, 0xe7, 7]); // Field 1, the reason: 999.
    const detail = { typeUrl: `type.googleapis.com/${ErrorDetailSchema.typeName}`, value: bytes };
    expect(readDetails(status(detail), "later")?.error).toMatchObject({ reason: "INTERNAL", message: "later" });
  });
});
