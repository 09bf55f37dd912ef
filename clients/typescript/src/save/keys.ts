import { create } from "@bufbuild/protobuf";
import { type GeneratedEntity, type GeneratedKeys, GeneratedKeysSchema, type SaveStep } from "../gen/uow/v1/save_service_pb.js";
import { Type_Kind } from "../gen/uow/v1/schema_pb.js";
import type { Handle, Value } from "../gen/uow/v1/value_pb.js";
import { decimalValue, intValue, textValue } from "../codec/values.js";
import type { ResolvedKeys } from "./executor.js";

/** The keys behind handles, as far as a running save knows them. */
export class KeyBook {
  /** By writer and counter. A counter is far from what a JavaScript number can't hold, and as a number found several times as fast. */
  private readonly writers = new Map<string, Map<number, Value>>();
  /** The writer asked for last, and its keys: nearly all handles of a save are of one, and each brings its name as a new string. */
  private writer = "";
  private keysOfWriter = new Map<number, Value>();

  get keys(): ResolvedKeys {
    return this.writers;
  }

  set(writer: string, counter: bigint, key: Value): void {
    this.turnTo(writer);
    if (this.keysOfWriter.size === 0) this.writers.set(writer, this.keysOfWriter);
    this.keysOfWriter.set(Number(counter), key);
  }

  /** The keys of entities, as far as those had handles for them. */
  addEntities(generated: readonly GeneratedEntity[]): void {
    for (const { key, generatedKey } of generated) {
      key.forEach((value, i) => {
        const resolved = generatedKey[i];
        if (value.kind.case === "handleValue" && resolved !== undefined)
          this.set(value.kind.value.writer, value.kind.value.counter, resolved);
      });
    }
  }

  /** Keys that came in groups. */
  addGroups(groups: readonly GeneratedKeys[]): void {
    for (const { writer, counters, integerKeys, keys } of groups) {
      for (const [i, counter] of counters.entries()) {
        const integer = integerKeys[i];
        const key = integer === undefined ? keys[i] : intValue(integer);
        if (key !== undefined) this.set(writer, counter, key);
      }
    }
  }

  private turnTo(writer: string): void {
    if (writer === this.writer) return;
    this.keysOfWriter = this.writers.get(writer) ?? new Map<number, Value>();
    this.writer = writer;
  }

  /** The value itself, or the key that stands behind its handle; undefined where no step has yielded it. */
  resolve(value: Value): Value | undefined {
    return value.kind.case === "handleValue" ? this.find(value.kind.value) : value;
  }

  find(handle: Handle): Value | undefined {
    this.turnTo(handle.writer);
    return this.keysOfWriter.get(Number(handle.counter));
  }
}

/** The keys of a save that was committed before. */
export function keysOf(generated: readonly GeneratedEntity[]): ResolvedKeys {
  const book = new KeyBook();
  book.addEntities(generated);
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
  private last: GeneratedKeys | undefined;

  add(table: number, handle: Handle, key: Value): void {
    const group = this.groupOf(table, handle.writer);
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

  private groupOf(table: number, writer: string): GeneratedKeys {
    // Rows come in runs of a table and a writer.
    if (this.last?.table === table && this.last.writer === writer) return this.last;
    const place = `${table} ${writer}`;
    this.last = this.places.get(place);
    if (this.last === undefined) {
      this.last = create(GeneratedKeysSchema, { table, writer });
      this.places.set(place, this.last);
      this.groups.push(this.last);
    }
    return this.last;
  }
}
