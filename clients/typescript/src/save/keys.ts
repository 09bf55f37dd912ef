import { create } from "@bufbuild/protobuf";
import { type GeneratedEntity, type GeneratedKeys, GeneratedKeysSchema, type SaveStep } from "../gen/uow/v1/save_service_pb.js";
import { Type_Kind } from "../gen/uow/v1/schema_pb.js";
import type { Handle, Value } from "../gen/uow/v1/value_pb.js";
import { decimalValue, intValue, textValue } from "../codec/values.js";
import type { ResolvedKeys } from "./executor.js";

/** The keys behind handles, as far as a running save knows them. */
export class KeyBook {
  private readonly writers = new Map<string, Map<bigint, Value>>();

  get keys(): ResolvedKeys {
    return this.writers;
  }

  set(writer: string, counter: bigint, key: Value): void {
    const keys = this.writers.get(writer);
    if (keys === undefined) this.writers.set(writer, new Map([[counter, key]]));
    else keys.set(counter, key);
  }

  /** The value itself, or the key that stands behind its handle; undefined where no step has yielded it. */
  resolve(value: Value): Value | undefined {
    return value.kind.case === "handleValue" ? this.find(value.kind.value) : value;
  }

  find(handle: Handle): Value | undefined {
    return this.writers.get(handle.writer)?.get(handle.counter);
  }
}

/** The keys of a save that was committed before. */
export function keysOf(generated: readonly GeneratedEntity[]): ResolvedKeys {
  const book = new KeyBook();
  for (const { key, generatedKey } of generated) {
    key.forEach((value, i) => {
      const resolved = generatedKey[i];
      if (value.kind.case === "handleValue" && resolved !== undefined)
        book.set(value.kind.value.writer, value.kind.value.counter, resolved);
    });
  }
  return book.keys;
}

/** Where the keys that a step yields go, in order. */
export function* handlesOf(step: SaveStep): Generator<{ writer: string; counter: bigint }> {
  for (const list of step.keys?.handles ?? []) {
    for (const counter of list.counters) yield { writer: list.writer, counter };
  }
}

/** A generated key from the text that a statement returned. */
export function keyFromText(kind: Type_Kind, text: string): Value {
  switch (kind) {
    case Type_Kind.INT16:
    case Type_Kind.INT32:
    case Type_Kind.INT64:
      return intValue(BigInt(text));
    case Type_Kind.UINT64:
      return { $typeName: "uow.v1.Value", kind: { case: "uint64Value", value: BigInt(text) } };
    case Type_Kind.DECIMAL:
      return decimalValue(text);
    default:
      return textValue(text);
  }
}

/** Groups the keys of new entities by table and writer, as numbers wherever they are such: a few bytes a row. */
export class KeyGroups {
  readonly groups: GeneratedKeys[] = [];
  private readonly places = new Map<string, GeneratedKeys>();

  add(table: number, handle: Handle, key: Value): void {
    const place = `${table} ${handle.writer}`;
    let group = this.places.get(place);
    if (group === undefined) {
      group = create(GeneratedKeysSchema, { table, writer: handle.writer });
      this.places.set(place, group);
      this.groups.push(group);
    }
    if (group.keys.length === 0 && key.kind.case === "int64Value") {
      group.integerKeys.push(key.kind.value);
    } else {
      // One key that isn't a signed integer makes values of the group's others.
      if (group.keys.length === 0) group.keys = group.integerKeys.map(intValue);
      group.integerKeys = [];
      group.keys.push(key);
    }
    group.counters.push(handle.counter);
  }
}
