import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BeginSaveResponse,
  BeginSaveResponseSchema,
  BegunKind,
  type PlannedRow,
  type SaveStep,
  StepKind,
  StepPhase,
} from "../gen/uow/v1/save_service_pb.js";
import { randomText, randomUint64, randomValue } from "../../test/support/random_values.js";
import { decodeBeginSaveResponse, valueAt } from "./decode.js";

const writers = fc.constantFrom("w", "another writer", "", "w2");
// Handles in runs and in turns.
const handle = fc.record({ writer: writers, counter: fc.oneof(fc.bigInt(0n, 3n), randomUint64) });
const handleValue = handle.map((value) => ({ kind: { case: "handleValue", value } }));
const row = fc.record(
  { values: fc.array(fc.oneof(randomValue, handleValue), { maxLength: 5 }), offset: randomUint64, generated: handle },
  { requiredKeys: ["values"] },
);
const segment = fc.oneof(
  randomText.map((value) => ({ segment: { case: "text", value } })),
  randomValue.map((value) => ({ segment: { case: "value", value } })),
);
const step = fc.record(
  {
    index: fc.nat(),
    phase: fc.constantFrom(StepPhase.SETUP, StepPhase.TRANSACTION),
    kind: fc.constantFrom(StepKind.INSERT, StepKind.UPDATE),
    segments: fc.array(segment, { maxLength: 4 }),
    rows: fc.array(row, { maxLength: 20 }),
    keyValues: fc.array(fc.nat(), { maxLength: 3 }),
    expectedRows: randomUint64,
    keys: fc.record({ handles: fc.array(fc.record({ writer: writers, counters: fc.array(randomUint64) }), { maxLength: 2 }) }),
  },
  { requiredKeys: ["rows"] },
);

const stepsOf = ({ response }: BeginSaveResponse) => (response.case === "steps" ? response.value.steps : []);
const plain = ({ $typeName, values, offset }: PlannedRow) => ({ $typeName, values, offset });
/** Value by value, each column from its first row to its last. */
const columns = ({ rows }: SaveStep) => [0, 1, 2, 3, 4, 5].map((index) => rows.map((each) => valueAt(each, index)));

test("steps are decoded as protobuf-es decodes them", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), (steps) => {
      const bytes = toBinary(
        BeginSaveResponseSchema,
        create(BeginSaveResponseSchema, { response: { case: "steps", value: { steps: steps as never } } }),
      );
      const decoded = decodeBeginSaveResponse(Buffer.from(bytes));
      const expected = fromBinary(BeginSaveResponseSchema, bytes);
      expect(stepsOf(decoded).map((one) => ({ ...one, rows: one.rows.map(plain) }))).toEqual(
        stepsOf(expected).map((one) => ({ ...one, rows: one.rows.map(plain) })),
      );
      expect(stepsOf(decoded).map(columns)).toEqual(stepsOf(expected).map(columns));
    }),
    { numRuns: 300 },
  );
});

test("other answers are decoded by protobuf-es", () => {
  const begun = { kind: BegunKind.EXECUTE, saveId: "s", attempt: 3n, to: 9n };
  const message = create(BeginSaveResponseSchema, { response: { case: "begun", value: begun } });
  expect(decodeBeginSaveResponse(Buffer.from(toBinary(BeginSaveResponseSchema, message)))).toEqual(message);
});

test("a message that is cut off is refused at any place", () => {
  const values = [1n, 300n].map((counter) => ({ kind: { case: "handleValue" as const, value: { writer: "writer", counter } } }));
  const message = create(BeginSaveResponseSchema, {
    response: { case: "steps", value: { steps: [{ index: 1, rows: [{ values }] }] } },
  });
  const bytes = Buffer.from(toBinary(BeginSaveResponseSchema, message));
  for (let length = 1; length < bytes.length; length++) {
    expect(() => decodeBeginSaveResponse(bytes.subarray(0, length)), `${length} of ${bytes.length} bytes`).toThrow(RangeError);
  }
});
