// Writes the table of drivers into the README. A test checks that it stands there, and that what it calls tested is.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface DriverRow {
  /** Where drizzle() is imported from, below `drizzle-orm/`. */
  readonly entry: string;
  /** The lines of Drizzle that have it. */
  readonly lines: readonly ("0.45" | "1.0")[];
  /**
   * tested: the tests save through it, on each of its lines. checked: they do, but with a stand-in for its client, over SQLite. compared: what they send a stand-in for its client is compared
   * with files, for want of a server. target: only the server can save for it. refused: createUow says so.
   */
  readonly state: "tested" | "checked" | "compared" | "target" | "refused";
  readonly remark?: string;
}

const both = ["0.45", "1.0"] as const;

export const rows: readonly DriverRow[] = [
  { entry: "pglite", lines: both, state: "tested" },
  { entry: "node-postgres", lines: both, state: "tested" },
  { entry: "postgres-js", lines: both, state: "tested" },
  { entry: "bun-sql", lines: both, state: "tested", remark: "PostgreSQL; a shorter walk, by Bun" },
  {
    entry: "neon-http",
    lines: both,
    state: "tested",
    remark: "one atomic batch; Neon's client, answered by a PostgreSQL of the tests",
  },
  { entry: "neon-serverless", lines: both, state: "tested", remark: "Neon's client, over a stand-in for its WebSocket" },
  {
    entry: "vercel-postgres",
    lines: both,
    state: "tested",
    remark: "Vercel's client, over a stand-in for its WebSocket; on 0.45 with `createPool()`, not with its `sql`",
  },
  {
    entry: "netlify-db",
    lines: both,
    state: "tested",
    remark: "Neon's client, over stand-ins for its services; Drizzle 1.0 can only call one before 1.0",
  },
  {
    entry: "aws-data-api/pg",
    lines: both,
    state: "tested",
    remark:
      "AWS's client, answered by a PostgreSQL of the tests; on 0.45 without columns of mode `bigint`, which Drizzle can't send",
  },
  { entry: "pg-proxy", lines: both, state: "target", remark: "it has no transactions" },
  { entry: "xata-http", lines: both, state: "target", remark: "it has no transactions" },
  { entry: "cockroach", lines: ["1.0"], state: "tested", remark: "on PostgreSQL" },
  {
    entry: "mysql2",
    lines: both,
    state: "tested",
    remark:
      'on MariaDB, `with:` needs `mode: "planetscale"` on 0.45, and is an error on 1.0: read related rows by a query of their own',
  },
  { entry: "singlestore", lines: both, state: "tested", remark: "on MariaDB; on 0.45 tables come by `createUow(db, { schema })`" },
  {
    entry: "planetscale-serverless",
    lines: both,
    state: "tested",
    remark: "PlanetScale's client, answered by a MariaDB of the tests",
  },
  { entry: "tidb-serverless", lines: both, state: "tested", remark: "TiDB's client, answered by a MariaDB of the tests" },
  { entry: "mysql-proxy", lines: both, state: "target", remark: "it has no transactions" },
  { entry: "singlestore-proxy", lines: both, state: "target", remark: "it has no transactions" },
  { entry: "libsql", lines: both, state: "tested" },
  { entry: "better-sqlite3", lines: both, state: "tested" },
  { entry: "sql-js", lines: both, state: "tested", remark: "mends Drizzle 0.45, which leaves relational results unmapped" },
  {
    entry: "sqlite-proxy",
    lines: both,
    state: "tested",
    remark: "the other side must keep to one connection; integers travel as text",
  },
  { entry: "bun-sqlite", lines: both, state: "tested", remark: "a shorter walk, by Bun" },
  { entry: "node-sqlite", lines: ["1.0"], state: "tested" },
  { entry: "tursodatabase", lines: ["1.0"], state: "tested", remark: "it has no deferred foreign keys on demand" },
  { entry: "d1", lines: both, state: "tested", remark: "one atomic batch, in workerd; keys must be integers or the application's" },
  { entry: "expo-sqlite", lines: both, state: "checked" },
  { entry: "op-sqlite", lines: ["1.0"], state: "checked", remark: "on 0.45 its transactions can't be awaited: refused" },
  { entry: "durable-sqlite", lines: both, state: "checked" },
  { entry: "node-mssql", lines: ["1.0"], state: "compared", remark: "MS SQL Server 2016 and later; never run on a server" },
  {
    entry: "gel",
    lines: ["0.45"],
    state: "refused",
    remark: "no marker table over its SQL, and no counts of rows from its client",
  },
];

const states = {
  tested: "tested",
  checked: "its statements are tested, with a stand-in for its client",
  compared: "its SQL is compared with files, for want of a server",
  target: "`{ target }` only",
  refused: "refused",
};

export function renderTable(): string {
  const lines = rows.map(
    ({ entry, lines: versions, state, remark = "" }) => `| \`${entry}\` | ${versions.join(", ")} | ${states[state]} | ${remark} |`,
  );
  return ["| driver | drizzle-orm | saving through it | |", "|---|---|---|---|", ...lines].join("\n");
}

const readme = fileURLToPath(new URL("../README.md", import.meta.url));
const place = /(?<=<!-- drivers: tools\/driver_table\.ts -->\n)[^]*?(?=\n<!-- end of drivers -->)/;

/** The table as the README has it. */
export function writtenTable(): string {
  return place.exec(readFileSync(readme, "utf8"))?.[0] ?? "";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(readme, readFileSync(readme, "utf8").replace(place, renderTable));
}
