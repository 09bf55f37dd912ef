import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventKind } from "../gen/uow/v1/event_pb.js";
import { AppendEventsSchema, RecordRequestSchema } from "../gen/uow/v1/journal_service_pb.js";
import { ValueSchema } from "../gen/uow/v1/value_pb.js";
import { randomText, randomUint64, randomValue } from "../../test/support/random_values.js";
import { encodeCheckpoint, encodeEvents, encodeRecordRequest, encodeRollback } from "./encode.js";

const index = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const event = fc.record({
  kind: fc.constantFrom(EventKind.CREATED, EventKind.UPDATED, EventKind.DELETED, EventKind.OBSERVED),
  table: index,
  key: fc.array(randomValue, { maxLength: 3 }),
  fields: fc.array(
    fc.record(
      { column: index, value: randomValue, old: fc.option(randomValue, { nil: undefined }), columnName: randomText },
      { requiredKeys: ["column"] },
    ),
    { maxLength: 5 },
  ),
  tableName: randomText,
  version: fc.option(randomValue, { nil: undefined }),
  newKey: fc.array(randomValue, { maxLength: 3 }),
});

test("events are encoded as protobuf-es encodes them", () => {
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 6 }),
      fc.bigInt(1n, 2n ** 64n - 1n),
      randomUint64,
      (events, sequence, epoch) => {
        const message = create(AppendEventsSchema, { events: events as never });
        const body = encodeEvents(message.events);
        expect(Buffer.from(body).equals(toBinary(AppendEventsSchema, message))).toBe(true);
        const request = create(RecordRequestSchema, {
          request: { case: "command", value: { sequence, epoch, action: { case: "append", value: message } } },
        });
        const encoded = encodeRecordRequest({ sequence, epoch, action: "append", body });
        expect(Buffer.from(encoded).equals(toBinary(RecordRequestSchema, request))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ["checkpoint", encodeCheckpoint("näme"), { case: "checkpoint", value: { name: "näme" } }],
  ["rollback", encodeRollback("näme"), { case: "rollback", value: { to: { case: "checkpoint", value: "näme" } } }],
  ["rollback", encodeRollback(300n), { case: "rollback", value: { to: { case: "offset", value: 300n } } }],
  ["rollback", encodeRollback(0n), { case: "rollback", value: { to: { case: "offset", value: 0n } } }],
] as const)("a %s is encoded as protobuf-es encodes it", (action, body, message) => {
  const request = create(RecordRequestSchema, {
    request: { case: "command", value: { sequence: 7n, epoch: 0n, action: message } },
  });
  expect(Buffer.from(encodeRecordRequest({ sequence: 7n, epoch: 0n, action, body }))).toEqual(
    Buffer.from(toBinary(RecordRequestSchema, request)),
  );
});

test("a thousand one-field updates are encoded at once, and the writer is clean afterwards", () => {
  const update = {
    kind: EventKind.UPDATED,
    table: 1,
    key: [create(ValueSchema, { kind: { case: "int64Value", value: 5n } })],
    fields: [{ column: 2, value: create(ValueSchema, { kind: { case: "textValue", value: "x".repeat(200) } }) }],
  };
  const message = create(AppendEventsSchema, { events: Array.from({ length: 1000 }, () => update) });
  const first = encodeEvents(message.events);
  expect(Buffer.from(first).equals(toBinary(AppendEventsSchema, message))).toBe(true);
  expect(Buffer.from(encodeEvents(message.events)).equals(first)).toBe(true);
});
