import { readFailure } from "../drivers/failure.js";
import { UowError } from "../errors.js";

const SYNTAX_ERROR = "42000";

/** The error of a query of Drizzle's. Says what to do where that is LATERAL, which MariaDB doesn't have; any other error as it is. */
export function explainLateral(error: unknown): unknown {
  if (!(error instanceof Error) || !/\blateral ?\(/.test(error.message)) return error;
  if (readFailure(error, "mysql").sqlstate !== SYNTAX_ERROR) return error;
  return new UowError(
    "NOT_SUPPORTED",
    "Drizzle reads the rows of `with:` by LATERAL, which this database doesn't have. With drizzle-orm 0.45, " +
      '`drizzle(client, { mode: "planetscale" })` does without; with 1.0, read related rows by a query of their own, without `with:`',
    { sqlstate: SYNTAX_ERROR, cause: error },
  );
}
