import { asRows, type Family, field } from "./family.js";

/**
 * node-mssql: the result has the rows of each SELECT, and how many rows each statement has affected. Triggers may add some of their own: the
 * last ones are those of the statement itself, which ends after them.
 */
export const nodeMssql: Family = {
  dialect: "mssql",
  affected: (result) => Number(last(field(result, "rowsAffected")) ?? 0),
  rows: (result) => asRows(last(field(result, "recordsets"))),
  // A request takes 2,100, two of which node-mssql needs itself.
  maxParameters: 2000,
};

function last(list: unknown): unknown {
  return Array.isArray(list) ? (list as unknown[]).at(-1) : undefined;
}
