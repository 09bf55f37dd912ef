import { type PlannedRow, type SaveStep, StepKind, StepPhase } from "../gen/uow/v1/save_service_pb.js";
import { type Driver, TransactionError } from "../drivers/driver.js";
import { readFailure } from "../drivers/failure.js";
import type { Reply, StatementRequest } from "../drivers/program.js";
import type { DialectName } from "../model/model.js";
import type { AttemptRun } from "./attempt.js";
import { isAboutOneRow } from "./failures.js";
import { KeysTaken, RowsMismatch, StepFailed } from "./step_errors.js";

/** A statement of an atomic batch. */
export interface BatchedStatement {
  readonly step: SaveStep;
  readonly rows: readonly PlannedRow[];
  readonly request: StatementRequest;
}

/**
 * Runs an attempt's transaction as one atomic batch. Rejects with a TransactionError; its cause is what a transaction would have thrown:
 * which statement it was is told by the plan's guards, or found out by batches that are never applied.
 */
export async function runBatch(driver: Driver, run: AttemptRun, dialect: DialectName): Promise<Reply[]> {
  const statements = run.statements(StepPhase.TRANSACTION);
  try {
    return await driver.batch(statements.map(({ request }) => request));
  } catch (error) {
    if (!(error instanceof TransactionError) || error.inDoubt) throw error;
    const cause = guardError(run, error.cause) ?? (await locate(driver, run, statements, error.cause, dialect));
    throw new TransactionError(cause, false);
  }
}

function guardError(run: AttemptRun, cause: unknown): Error | undefined {
  const [, index, affected = "0"] = /uow_guard:(\d+):?(\d*)/.exec(textOf(cause)) ?? [];
  const step = index === undefined ? undefined : run.step(Number(index));
  if (step === undefined) return undefined;
  return step.kind === StepKind.ALLOCATE_KEYS ? new KeysTaken(step) : new RowsMismatch(step, step.rows, Number(affected));
}

/** What a constraint says is worth little without the statement: the shortest beginning of the batch that fails ends with it. */
async function locate(
  driver: Driver,
  run: AttemptRun,
  statements: readonly BatchedStatement[],
  cause: unknown,
  dialect: DialectName,
): Promise<unknown> {
  const abort = run.statements(StepPhase.PROBE).map(({ request }) => request);
  if (abort.length === 0 || !isAboutOneRow(readFailure(cause, dialect).reason)) return cause;
  const fails = async (count: number): Promise<boolean> => {
    try {
      await driver.batch([...statements.slice(0, count).map(({ request }) => request), ...abort]);
    } catch (error) {
      return !textOf(error).includes("uow_abort");
    }
    throw new Error("the database has applied a batch that was to fail");
  };
  let good = 0;
  let bad = statements.length;
  // What only the end of the transaction checks is nobody's in particular.
  if (!(await fails(bad))) return cause;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await fails(middle)) bad = middle;
    else good = middle;
  }
  const statement = statements[good];
  return statement === undefined ? cause : new StepFailed(statement.step, statement.rows, cause);
}

/** The messages of an error and its causes. */
function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${textOf(error.cause)}` : "";
}
