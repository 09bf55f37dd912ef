import type { SQL } from "drizzle-orm";
import {
  type BegunSave,
  type PlannedRow,
  type SaveStep,
  type Segment,
  StepKind,
  StepPhase,
} from "../gen/uow/v1/save_service_pb.js";
import type { Value } from "../gen/uow/v1/value_pb.js";
import { bytesValue } from "../codec/values.js";
import type { Program, Reply, Row } from "../drivers/program.js";
import { binderOf, type Bound, unhex } from "./bind.js";
import type { BatchedStatement } from "./batch.js";
import type { HydratedRow, ResolvedKeys, WantedRow } from "./executor.js";
import { hydrate } from "./hydrate.js";
import { handlesOf, KeyBook, keyFromText } from "./keys.js";
import { ResultBuilder } from "./result.js";
import { cell } from "./rows.js";
import { statementOf } from "./statement.js";
import { NoSequence, RowsMismatch, StaleRows, StepFailed, type StepRows } from "./step_errors.js";

/** The plan of one attempt, as BeginSave handed it out. */
export interface Attempt {
  readonly begun: BegunSave;
  readonly steps: readonly SaveStep[];
}

/** What a transaction of an attempt has done. */
export interface Executed {
  readonly keys: ResolvedKeys;
  /** The serialised SaveResult: what the marker holds now. */
  readonly result: Uint8Array;
  /** Read back within the transaction; absent where that isn't possible. */
  readonly hydrated?: readonly HydratedRow[];
}

/** A session's marker, as READ_MARKER and a refused fence return it. */
export interface Marker {
  readonly fence: bigint;
  readonly saveId: string;
  readonly result: Uint8Array;
}

const noTable =
  "the table uow_saves is missing, and creating it would commit your transaction: save once outside of it, or create the table with your " +
  "own migrations, from uowSaves of drizzle-uow/mysql";

/** Steps that rows are missed by where others have changed them. */
const checks: ReadonlySet<StepKind> = new Set([StepKind.UPDATE, StepKind.DELETE, StepKind.CHECK_ROWS]);

/** One run of an attempt's steps, as programs. A transaction that is run again takes a new one, for keys are drawn anew. */
export class AttemptRun {
  private readonly book = new KeyBook();
  private readonly results: ResultBuilder;
  private readonly bind: (value: Value) => Bound;

  #executed: Executed | undefined;

  constructor(private readonly attempt: Attempt) {
    this.results = new ResultBuilder(attempt.begun.result, this.book);
    const bind = binderOf(attempt.begun.dialect);
    this.bind = (value) => bind(this.resolve(value));
  }

  /**
   * What runs ahead of the transaction. `mayCreate`: whether a table may be created, which commits a transaction of MySQL's; `hasTable`:
   * whether the table of markers is known to be there.
   */
  *setup({ mayCreate = true, hasTable = false } = {}): Program<void> {
    for (const step of this.stepsOf(StepPhase.SETUP)) {
      if (hasTable && step.kind === StepKind.MARKER_TABLE) continue;
      if (step.unless.length > 0 && (yield* this.succeeds(step.unless))) continue;
      if (!mayCreate) throw new Error(noTable);
      yield* this.runStep(step);
    }
  }

  private *succeeds(segments: readonly Segment[]): Program<boolean> {
    try {
      yield { query: statementOf(segments, { rows: [], bind: this.bind, resolve: this.resolve }), returnsRows: true };
      return true;
    } catch {
      return false;
    }
  }

  /** The transaction, and in it the rows that the application wants to see again. */
  *transaction(wanted: readonly WantedRow[]): Program<Executed> {
    for (const step of this.stepsOf(StepPhase.TRANSACTION)) yield* this.runStep(step);
    const hydrated = yield* hydrate(wanted, this.book.keys);
    this.#executed = { keys: this.book.keys, result: this.results.finish(), hydrated };
    return this.#executed;
  }

  /** What the transaction or batch has done, if it was committed. Undefined where it didn't come to its end. */
  get executed(): Executed | undefined {
    return this.#executed;
  }

  /** The statements of a phase, for a batch, once the keys are drawn. */
  statements(phase: StepPhase): BatchedStatement[] {
    const statements = this.stepsOf(phase).map((step) => {
      const request = { query: this.query(step, step.rows), returnsRows: step.returnsRows };
      this.noteWritten(step);
      return { step, rows: step.rows, request };
    });
    if (phase === StepPhase.TRANSACTION) this.#executed = { keys: this.book.keys, result: this.results.finish() };
    return statements;
  }

  /** What the transaction's statements have done, from their replies. The marker doesn't have what they have read. */
  batched(replies: readonly Reply[]): Executed {
    for (const [i, step] of this.stepsOf(StepPhase.TRANSACTION).entries()) {
      if (step.kind === StepKind.READ_VERSIONS) this.results.addVersions(step, replies[i]?.rows ?? []);
    }
    return { keys: this.book.keys, result: this.results.finish() };
  }

  /** The marker, from the replies of a settlement's statements. */
  batchedMarker(replies: readonly Reply[]): Marker | undefined {
    const place = this.stepsOf(StepPhase.TRANSACTION).findIndex(({ kind }) => kind === StepKind.READ_MARKER);
    return readMarker(replies[place]?.rows[0]);
  }

  step(index: number): SaveStep | undefined {
    return this.attempt.steps.find((step) => step.index === index);
  }

  /** Raises the fence and reads the marker: a transaction of its own. */
  *settlement(): Program<Marker | undefined> {
    let marker: Marker | undefined;
    for (const step of this.stepsOf(StepPhase.TRANSACTION)) {
      const rows = yield* this.runStep(step);
      if (step.kind === StepKind.READ_MARKER) marker = readMarker(rows[0]);
    }
    return marker;
  }

  /** What runs after COMMIT: looks for sessions whose markers may be old. */
  *oldMarkers(): Program<string[]> {
    const sessions: string[] = [];
    for (const step of this.stepsOf(StepPhase.AFTER)) {
      const rows = yield* this.runStep(step);
      if (step.kind === StepKind.FIND_OLD_MARKERS) sessions.push(...rows.flatMap((row) => cell(row, "c1") ?? []));
    }
    return sessions;
  }

  /** Runs further steps, which came with the answer to FinishSave. */
  *further(steps: readonly SaveStep[]): Program<void> {
    for (const step of steps) yield* this.runStep(step);
  }

  /** Why a statement affected another number of rows than it should have. Runs once the transaction is rolled back. */
  *findMismatch({ step, rows }: StepRows): Program<readonly Row[]> {
    const reply = yield {
      query: statementOf(step.findMismatch, { rows, bind: this.bind, resolve: this.resolve }),
      returnsRows: true,
    };
    return reply.rows;
  }

  /** What findMismatch may be asked about, once the transaction is rolled back, whether it has run or not. */
  explained(): StepRows[] {
    return this.stepsOf(StepPhase.TRANSACTION)
      .filter(({ kind, findMismatch, oncePerRow }) => checks.has(kind) && findMismatch.length > 0 && !oncePerRow)
      .map((step) => ({ step, rows: step.rows }));
  }

  private stepsOf(phase: StepPhase): SaveStep[] {
    return this.attempt.steps.filter((step) => step.phase === phase);
  }

  private *runStep(step: SaveStep): Program<readonly Row[]> {
    const found: Row[] = [];
    const runs = step.oncePerRow ? step.rows.map((row) => [row]) : [step.rows];
    for (const rows of runs) {
      // Not spread into arguments: keys are drawn by the hundred thousand.
      for (const row of yield* this.runOnce(step, rows)) found.push(row);
    }
    this.takeKeys(step, found);
    if (step.kind === StepKind.CHECK_TABLES && found.length > 0) throw new StepFailed(step, [], new Error(noTransactions(found)));
    if (step.kind === StepKind.CHECK_ROWS && found.length > 0)
      throw new StaleRows([{ step, rows: rowsNumbered(step.rows, found) }]);
    if (step.kind === StepKind.READ_VERSIONS) this.results.addVersions(step, found);
    this.noteWritten(step);
    return found;
  }

  private noteWritten(step: SaveStep): void {
    if (step.kind === StepKind.INSERT) this.results.addInserted(step);
    if (step.kind === StepKind.INSERT || step.kind === StepKind.UPDATE) this.results.addWrittenVersions(step);
  }

  private query(step: SaveStep, rows: readonly PlannedRow[]): SQL {
    const result = step.kind === StepKind.MARKER_RESULT ? this.bind(bytesValue(this.results.finish())) : null;
    return statementOf(step.segments, { rows, bind: this.bind, resolve: this.resolve, result });
  }

  private *runOnce(step: SaveStep, rows: readonly PlannedRow[]): Program<readonly Row[]> {
    let reply: Reply;
    try {
      reply = yield { query: this.query(step, rows), returnsRows: step.returnsRows };
    } catch (error) {
      // SQLite has that table as soon as any table has AUTOINCREMENT.
      if (step.kind === StepKind.ALLOCATE_KEYS && String(error).includes("sqlite_sequence")) throw new NoSequence(step);
      throw new StepFailed(step, rows, error);
    }
    const count = step.returnsRows ? reply.rows.length : reply.affected;
    if (step.expectedRows !== undefined && BigInt(count) !== step.expectedRows) throw new RowsMismatch(step, rows, count);
    return step.keys?.insertId === true ? countedKeys(step, rows.length, reply.insertId) : reply.rows;
  }

  private takeKeys(step: SaveStep, rows: readonly Row[]): void {
    if (step.keys === undefined) return;
    const { kind, countsUp, steady } = step.keys;
    if (steady) rows = sortedKeys(step, rows);
    let at = 0;
    let next = 0n;
    for (const { writer, counter } of handlesOf(step)) {
      const text = cell(rows[countsUp ? 0 : at], "c1");
      if (text === undefined) throw new NoSequence(step);
      if (at === 0 && countsUp) next = BigInt(text);
      this.book.set(writer, counter, keyFromText(kind, countsUp ? String(next++) : text));
      at++;
    }
  }

  private readonly resolve = (value: Value): Value => {
    const resolved = this.book.resolve(value);
    if (resolved === undefined) throw new Error("the plan uses a key before the step that generates it");
    return resolved;
  };
}

/** The keys of an insert of so many rows, from the first one. */
function countedKeys(step: SaveStep, count: number, first: bigint | undefined): Row[] {
  if (first === undefined) throw new NoSequence(step);
  const distance = BigInt(step.keys?.distance ?? 1);
  return Array.from({ length: count }, (_, i) => ({ c1: String(first + BigInt(i) * distance) }));
}

/** Keys in ascending order, if a counter has given them: they have a common distance then. */
function sortedKeys(step: SaveStep, rows: readonly Row[]): Row[] {
  const keys = rows.map((row) => BigInt(cell(row, "c1") ?? 0)).sort((a, b) => (a < b ? -1 : 1));
  const [first = 0n, second = 0n] = keys;
  if (keys.some((key, i) => key !== first + BigInt(i) * (second - first)) || (keys.length > 1 && first === second)) {
    throw new NoSequence(step);
  }
  return keys.map((key) => ({ c1: String(key) }));
}

function noTransactions(found: readonly Row[]): string {
  const tables = found.map((row) => cell(row, "c1") ?? "").join(", ");
  return `a save could not be undone in tables whose engine has no transactions: ${tables}; convert them: ALTER TABLE … ENGINE=InnoDB`;
}

/** The rows whose numbers, from 0, a query returned. */
export function rowsNumbered(rows: readonly PlannedRow[], found: readonly Row[]): PlannedRow[] {
  return found.flatMap((row) => rows[Number(cell(row, "c1"))] ?? []);
}

export function readMarker(row: Row | undefined): Marker | undefined {
  const fence = cell(row, "c1");
  if (fence === undefined) return undefined;
  return { fence: BigInt(fence), saveId: cell(row, "c2") ?? "", result: unhex(cell(row, "c3") ?? "") };
}
