import { create, toBinary } from "@bufbuild/protobuf";
import { FieldSchema } from "../gen/uow/v1/event_pb.js";
import {
  type GeneratedEntity,
  GeneratedEntitySchema,
  type PlannedRow,
  type SaveResult,
  SaveResultSchema,
  type SaveStep,
} from "../gen/uow/v1/save_service_pb.js";
import { Type_Kind } from "../gen/uow/v1/schema_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { bytesValue, nullValue, timeValue } from "../codec/values.js";
import { valueAt } from "../session/decode.js";
import type { Row } from "../drivers/program.js";
import { unhex } from "./bind.js";
import { type KeyBook, KeyGroups, keyFromText } from "./keys.js";
import { cell } from "./rows.js";

/** Gathers the SaveResult of an attempt while its steps run. */
export class ResultBuilder {
  private readonly groups = new KeyGroups();
  private readonly entities: GeneratedEntity[] = [];

  constructor(
    /** What is known ahead: the numbers of rows. */
    private readonly ahead: SaveResult | undefined,
    private readonly book: KeyBook,
  ) {}

  /** The rows of an insert, once their keys are known. */
  addInserted(step: SaveStep): void {
    for (const row of step.rows) {
      const key = keyOf(step, row);
      const first = key[0];
      if (first === undefined || !key.some((value) => value.kind.case === "handleValue")) continue;
      const generated = this.book.resolve(first);
      if (key.length === 1 && first.kind.case === "handleValue" && generated !== undefined) {
        this.groups.add(step.table, first.kind.value, generated);
      } else {
        this.entities.push(this.entity(step, row));
      }
    }
  }

  /** What READ_VERSIONS returned: the number of a row, and its version. */
  addVersions(step: SaveStep, rows: readonly Row[]): void {
    for (const read of rows) {
      const row = step.rows[Number(cell(read, "c1"))];
      if (row === undefined || step.versions === undefined) continue;
      const version = cell(read, "c2");
      this.addVersion(step, row, version === undefined ? nullValue : versionFromText(step.versions.kind, version));
    }
  }

  /** Versions that the statement itself has written. */
  addWrittenVersions(step: SaveStep): void {
    const written = step.versions?.writtenValue;
    if (written === undefined) return;
    for (const row of step.rows) this.addVersion(step, row, valueAt(row, written));
  }

  private addVersion(step: SaveStep, row: PlannedRow, value: Value | undefined): void {
    if (step.versions === undefined || value === undefined) return;
    const { column, oldValue } = step.versions;
    const old = oldValue === undefined ? undefined : valueAt(row, oldValue);
    const entity = this.entity(step, row);
    entity.fields.push(create(FieldSchema, { column, value, ...(old === undefined ? {} : { old }) }));
    this.entities.push(entity);
  }

  finish(): Uint8Array {
    const { inserted = 0n, updated = 0n, deleted = 0n } = this.ahead ?? {};
    const result = create(SaveResultSchema, { inserted, updated, deleted });
    result.keys = this.groups.groups;
    result.entities = this.entities;
    return toBinary(SaveResultSchema, result);
  }

  private entity(step: SaveStep, row: PlannedRow): GeneratedEntity {
    const key = keyOf(step, row);
    return create(GeneratedEntitySchema, {
      table: step.table,
      key,
      generatedKey: key.map((value) => this.book.resolve(value) ?? value),
    });
  }
}

/** A row's primary key as it is in the events: with handles. */
export function keyOf(step: SaveStep, row: PlannedRow): Value[] {
  return step.keyValues.flatMap((index) => valueAt(row, index) ?? []);
}

function versionFromText(kind: Type_Kind, text: string): Value {
  if (kind === Type_Kind.BYTES) return bytesValue(unhex(text));
  return kind === Type_Kind.TIMESTAMP || kind === Type_Kind.TIMESTAMPTZ ? timeValue(text) : keyFromText(kind, text);
}
