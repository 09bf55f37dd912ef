import { create } from "@bufbuild/protobuf";
import { type EntityRef, EntityRefSchema, type ErrorDetail, ErrorDetailSchema, ErrorReason } from "../gen/uow/v1/errors_pb.js";
import { type PlannedRow, type SaveStep, StepKind } from "../gen/uow/v1/save_service_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { textOf } from "../codec/values.js";
import { readFailure } from "../drivers/failure.js";
import type { SchemaModel } from "../model/model.js";
import { keyOf } from "./result.js";
import { KeysTaken, RowsMismatch, StaleRows, StepFailed } from "./step_errors.js";

/** Why an attempt failed, as it is reported to the server and to the application. */
export interface Failure {
  readonly detail: ErrorDetail;
  readonly message: string;
}

const MAX_ENTITIES = 100;

const aboutOneRow: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.CONSTRAINT_UNIQUE,
  ErrorReason.CONSTRAINT_FOREIGN_KEY,
  ErrorReason.CONSTRAINT_NOT_NULL,
  ErrorReason.CONSTRAINT_CHECK,
  ErrorReason.TARGET_REJECTED,
]);

/** Whether some row is to blame, if it is known which. */
export function isAboutOneRow(reason: ErrorReason): boolean {
  return aboutOneRow.has(reason);
}

/** Whether a run of the plan row by row would tell which row it was. */
export function wantsSingleRows(error: unknown, { detail }: Failure): boolean {
  return error instanceof StepFailed && error.rows.length > 1 && writes(error.step) && aboutOneRow.has(detail.reason);
}

/** Reads what a program of an attempt threw. */
export function failureOf(error: unknown, schema: SchemaModel): Failure {
  if (error instanceof StaleRows) return staleRows(error, schema);
  if (error instanceof RowsMismatch) return rowsMismatch(error, schema);
  if (error instanceof KeysTaken) {
    return { detail: create(ErrorDetailSchema, { reason: ErrorReason.TARGET_CONFLICT }), message: error.message };
  }
  const failed = error instanceof StepFailed ? error : undefined;
  const { reason, sqlstate, constraint, columns, message } = readFailure(failed?.cause ?? error, schema.dialect);
  const detail = create(ErrorDetailSchema, { reason, sqlstate, constraint, columns: [...columns] });
  if (failed === undefined || !writes(failed.step)) return { detail, message };
  nameConstraint(detail, failed.step, schema);
  if (failed.rows.length === 1 && aboutOneRow.has(reason)) nameRows(detail, failed.step, failed.rows, schema);
  const entities = describeEntities(detail.entities);
  return { detail, message: entities === "" ? message : `${entities}: ${message}` };
}

function staleRows({ found }: StaleRows, schema: SchemaModel): Failure {
  const detail = create(ErrorDetailSchema, { reason: ErrorReason.STALE_ENTITY });
  let count = 0;
  for (const { step, rows } of found) {
    nameRows(detail, step, rows.slice(0, MAX_ENTITIES - detail.entities.length), schema);
    count += rows.length;
  }
  if (count > 1) detail.offset = undefined;
  const some = describeEntities(detail.entities.slice(0, 5));
  const more = count > 5 ? ` and ${count - 5} more` : "";
  return { detail, message: `${some}${more}: no longer there, or changed by somebody else; reload them or roll back` };
}

/** Nothing explains it. Rows that are there again came and went; of inserts, a trigger or rule has swallowed some. */
function rowsMismatch({ step, message }: RowsMismatch, schema: SchemaModel): Failure {
  const changes = step.kind === StepKind.UPDATE || step.kind === StepKind.DELETE;
  const reason = changes ? ErrorReason.TARGET_CONFLICT : ErrorReason.TARGET_REJECTED;
  const table = schema.proto.tables[step.table]?.name ?? "";
  return { detail: create(ErrorDetailSchema, { reason }), message: `table ${table}: ${message}` };
}

function writes({ kind }: SaveStep): boolean {
  return kind === StepKind.INSERT || kind === StepKind.UPDATE || kind === StepKind.DELETE;
}

function nameRows(detail: ErrorDetail, step: SaveStep, rows: readonly PlannedRow[], schema: SchemaModel): void {
  const table = schema.proto.tables[step.table];
  for (const row of rows.slice(0, MAX_ENTITIES)) {
    const { namespace = "", name = "" } = table ?? {};
    detail.entities.push(create(EntityRefSchema, { namespace, table: name, key: keyOf(step, row), offset: row.offset }));
  }
  const first = rows[0];
  if (rows.length === 1 && first !== undefined) detail.offset = first.offset;
}

/** The part that the database doesn't tell: PostgreSQL and MySQL name the constraint, SQLite the columns. */
function nameConstraint(detail: ErrorDetail, step: SaveStep, schema: SchemaModel): void {
  const table = schema.proto.tables[step.table];
  if (table === undefined) return;
  const namesOf = (columns: readonly number[]) => columns.flatMap((column) => table.columns[column]?.name ?? []);
  if (detail.constraint !== "" && detail.columns.length === 0) {
    const constraint = [...table.uniques, ...table.foreignKeys].find(({ name }) => name === detail.constraint);
    const isKey = detail.reason === ErrorReason.CONSTRAINT_UNIQUE && [`${table.name}_pkey`, "PRIMARY"].includes(detail.constraint);
    detail.columns = namesOf(constraint?.columns ?? (isKey ? table.primaryKey : []));
  }
  if (detail.constraint === "" && detail.reason === ErrorReason.CONSTRAINT_UNIQUE) {
    const columns = new Set(detail.columns);
    const isSame = (names: readonly string[]) => names.length === columns.size && names.every((name) => columns.has(name));
    detail.constraint = table.uniques.find((unique) => isSame(namesOf(unique.columns)))?.name ?? "";
  }
}

function describeEntities(entities: readonly EntityRef[]): string {
  return entities.map(({ table, key }) => `${table} ${key.map(describeKey).join(", ")}`).join("; ");
}

function describeKey(value: Value): string {
  if (value.kind.case === "handleValue") return `(new, number ${value.kind.value.counter})`;
  return value.kind.case === "textValue" ? JSON.stringify(value.kind.value) : textOf(value);
}
