import { Param, SQL, type SQLChunk, StringChunk } from "drizzle-orm";
import type { SaveStep, Segment } from "../gen/uow/v1/save_service_pb.js";
import { nullValue } from "../codec/values.js";
import type { PlannedRow } from "../gen/uow/v1/save_service_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { arrayLiteral, type Bound } from "./bind.js";

/** What the segments of a statement refer to. */
export interface StatementInput {
  /** The step's rows; of a step that runs once a row, that one. */
  readonly rows: readonly PlannedRow[];
  /** A value as a parameter, handles resolved. */
  readonly bind: (value: Value) => Bound;
  /** A value with its handle resolved. */
  readonly resolve: (value: Value) => Value;
  /** The serialised result, as a parameter. */
  readonly result?: Bound;
}

/** Makes Drizzle's SQL of a step's segments; the dialect numbers the placeholders. */
export function statementOf(segments: readonly Segment[], input: StatementInput): SQL {
  const chunks: SQLChunk[] = [];
  appendSegments(chunks, segments, input, input.rows[0], 0);
  return new SQL(chunks);
}

function appendSegments(
  chunks: SQLChunk[],
  segments: readonly Segment[],
  input: StatementInput,
  row: PlannedRow | undefined,
  number: number,
): void {
  for (const { segment } of segments) {
    switch (segment.case) {
      case "text":
        chunks.push(new StringChunk(segment.value));
        break;
      case "value":
        chunks.push(new Param(input.bind(segment.value)));
        break;
      case "rowValue":
        chunks.push(new Param(input.bind(row?.values[segment.value] ?? nullValue)));
        break;
      case "column":
        chunks.push(new Param(columnLiteral(segment.value, input)));
        break;
      case "eachRow":
        input.rows.forEach((each, i) => {
          if (i > 0) chunks.push(new StringChunk(segment.value.separator));
          appendSegments(chunks, segment.value.segments, input, each, i);
        });
        break;
      case "rowNumber":
        chunks.push(new StringChunk(String(number)));
        break;
      case "result":
        chunks.push(new Param(input.result ?? null));
        break;
      case undefined:
      default:
        throw new Error("the server sent a statement with a segment that this version doesn't know; update drizzle-uow");
    }
  }
}

function columnLiteral(index: number, input: StatementInput): string {
  return arrayLiteral(input.rows.map((row) => input.resolve(row.values[index] ?? nullValue)));
}

/** Gathers the parts of steps that came in several messages. */
export function joinSteps(steps: SaveStep[], parts: readonly SaveStep[]): void {
  for (const part of parts) {
    const step = steps.at(-1);
    if (step?.index !== part.index) {
      steps.push(part);
      continue;
    }
    for (const row of part.rows) step.rows.push(row);
    for (const list of part.keys?.handles ?? []) step.keys?.handles.push(list);
  }
}
