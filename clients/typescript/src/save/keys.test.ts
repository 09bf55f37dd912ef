import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { intValue, textValue } from "../codec/values.js";
import { GeneratedEntitySchema, GeneratedKeysSchema } from "../gen/uow/v1/save_service_pb.js";
import { HandleSchema, type Value } from "../gen/uow/v1/value_pb.js";
import { KeyBook } from "./keys.js";

const handle = (writer: string, counter: bigint) => create(HandleSchema, { writer, counter });

test("Keys are found by their handles, however the server sent them", () => {
  const book = new KeyBook();
  book.addGroups([
    create(GeneratedKeysSchema, { writer: "a", counters: [1n, 2n], integerKeys: [10n, -20n] }),
    create(GeneratedKeysSchema, { writer: "b", counters: [1n], keys: [textValue("uuid")] }),
  ]);
  const pending: Value = { $typeName: "uow.v1.Value", kind: { case: "handleValue", value: handle("a", 3n) } };
  const entity = { key: [textValue("owner"), pending], generatedKey: [textValue("owner"), intValue(30n)] };
  book.addEntities([create(GeneratedEntitySchema, entity)]);
  expect(book.find(handle("a", 1n))).toEqual(intValue(10n));
  expect(book.find(handle("a", 2n))).toEqual(intValue(-20n));
  expect(book.resolve(pending)).toEqual(intValue(30n));
  expect(book.find(handle("b", 1n))).toEqual(textValue("uuid"));
  expect(book.find(handle("b", 2n))).toBeUndefined();
});
