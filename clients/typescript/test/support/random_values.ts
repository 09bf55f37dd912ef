import fc from "fast-check";

// Values of the journal, of every kind and size.

const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
export const randomUint64 = fc.bigInt(0n, 2n ** 64n - 1n);
export const randomText = fc.string({ unit: "binary", maxLength: 300 });

export const { value: randomValue } = fc.letrec<{ value: object }>((tie) => ({
  value: fc
    .oneof(
      { depthSize: "small" },
      fc.constant({ case: "nullValue", value: 0 }),
      fc.record({ case: fc.constant("boolValue"), value: fc.boolean() }),
      fc.record({ case: fc.constant("int64Value"), value: int64 }),
      fc.record({ case: fc.constant("uint64Value"), value: randomUint64 }),
      fc.record({ case: fc.constant("doubleValue"), value: fc.double() }),
      fc.record({ case: fc.constantFrom("decimalValue", "textValue", "timeValue", "jsonValue"), value: randomText }),
      fc.record({ case: fc.constant("bytesValue"), value: fc.uint8Array({ maxLength: 20_000 }) }),
      fc.record({ case: fc.constant("handleValue"), value: fc.record({ writer: randomText, counter: randomUint64 }) }),
      fc.record({ case: fc.constant("arrayValue"), value: fc.record({ elements: fc.array(tie("value"), { maxLength: 4 }) }) }),
    )
    .map((kind) => ({ kind })),
}));
