import type { Column, SQL, Table } from "drizzle-orm";

/** A statement for the database. */
export interface StatementRequest {
  readonly query: SQL;
  /** Whether it returns rows, with the columns c1, c2 and so on; otherwise only the number of affected rows matters. */
  readonly returnsRows: boolean;
}

/** Rows read by Drizzle's own query, which knows best how to decode them. */
export interface SelectRequest {
  readonly columns: Readonly<Record<string, Column>>;
  readonly table: Table;
  readonly where: SQL;
}

export type Request = StatementRequest | SelectRequest;

export type Row = Readonly<Record<string, unknown>>;

/** What became of a request. */
export interface Reply {
  readonly affected: number;
  /** MySQL: the first key that an insert has generated. */
  readonly insertId?: bigint | undefined;
  readonly rows: readonly Row[];
}

/**
 * A sequence of requests that depend on one another's replies, written once for drivers with and without promises: it yields requests,
 * gets replies, and sees a failed request as an exception at its `yield`.
 */
export type Program<T> = Generator<Request, T, Reply>;

export async function drive<T>(program: Program<T>, answer: (request: Request) => Promise<Reply>): Promise<T> {
  let step = program.next();
  while (step.done !== true) {
    let reply: Reply;
    try {
      reply = await answer(step.value);
    } catch (error) {
      step = program.throw(error);
      continue;
    }
    step = program.next(reply);
  }
  return step.value;
}

export function driveSync<T>(program: Program<T>, answer: (request: Request) => Reply): T {
  let step = program.next();
  while (step.done !== true) {
    let reply: Reply;
    try {
      reply = answer(step.value);
    } catch (error) {
      step = program.throw(error);
      continue;
    }
    step = program.next(reply);
  }
  return step.value;
}
