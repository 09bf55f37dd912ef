import type { SaveStep, Segment } from "../gen/uow/v1/save_service_pb.js";
import { nullValue } from "../codec/values.js";
import { valueAt } from "../session/decode.js";
import { BoundQuery } from "../drivers/bound_query.js";
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

/** Makes a query of a step's segments. */
export function statementOf(segments: readonly Segment[], input: StatementInput): BoundQuery {
  const query = new BoundQuery();
  appendSegments(query, segments, input, input.rows[0]?.values ?? [], 0);
  return query;
}

function appendSegments(
  query: BoundQuery,
  segments: readonly Segment[],
  input: StatementInput,
  /** Of the present row. */
  values: readonly Value[],
  number: number,
): void {
  for (const { segment } of segments) {
    switch (segment.case) {
      case "text":
        query.text(segment.value);
        break;
      case "value":
        query.parameter(input.bind(segment.value));
        break;
      case "rowValue":
        query.parameter(input.bind(values[segment.value] ?? nullValue));
        break;
      case "column":
        query.parameter(columnLiteral(segment.value, input));
        break;
      case "eachRow": {
        const { segments: each, separator } = segment.value;
        for (const [i, one] of input.rows.entries()) {
          if (i > 0) query.text(separator);
          appendSegments(query, each, input, one.values, i);
        }
        break;
      }
      case "rowNumber":
        query.text(String(number));
        break;
      case "result":
        query.parameter(input.result ?? null);
        break;
      case undefined:
      default:
        throw new Error("the server sent a statement with a segment that this version doesn't know; update drizzle-uow");
    }
  }
}

function columnLiteral(index: number, input: StatementInput): string {
  return arrayLiteral(input.rows.map((row) => input.resolve(valueAt(row, index) ?? nullValue)));
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
