import { awsDataApi } from "./aws_data_api.js";
import { d1 } from "./d1.js";
import { type DriverUnderTest, line } from "./driver.js";
import { neonHttp } from "./neon_http.js";
import { neonServerless } from "./neon_serverless.js";
import { netlifyDb } from "./netlify_db.js";
import { vercelPostgres } from "./vercel_postgres.js";
import { planetscale } from "./planetscale.js";
import { tidb } from "./tidb.js";
import { mysqlDrivers, stopMysql } from "./mysql_drivers.js";
import { pgDrivers, stopServers as stopPostgres } from "./pg_drivers.js";
import { sqliteDrivers } from "./sqlite_drivers.js";
import { standIns } from "./sqlite_stand_ins.js";

export { type DriverUnderTest, type DrizzleConfig, type Handle, line, type TestDatabase } from "./driver.js";
export { postgresServer } from "./pg_drivers.js";

export async function stopServers(): Promise<void> {
  await Promise.all([stopPostgres(), stopMysql()]);
}

/** What only one line of Drizzle has. */
const ofLine = line === "1.0" ? ["cockroach.v1"] : [];
const further = await Promise.all(
  ofLine.map(async (name) => ((await import(/* @vite-ignore */ `./${name}.ts`)) as { readonly driver: DriverUnderTest }).driver),
);

/** Every driver that runs here. Tests that use them call `stopServers` at their end. */
export const everyDriver: readonly DriverUnderTest[] = [
  ...pgDrivers,
  neonHttp,
  neonServerless,
  vercelPostgres,
  netlifyDb,
  awsDataApi,
  ...further,
  ...mysqlDrivers,
  planetscale,
  tidb,
  ...sqliteDrivers,
  ...standIns,
  d1,
];

const most = new Set(["pglite", "node-postgres", "postgres-js", "mysql2", "libsql", "better-sqlite3"]);

/** One driver of each kind: what is slow, or hardly depends on the driver, runs on these; on all with UOW_TEST_EVERY_DRIVER=1. */
export const drivers =
  process.env["UOW_TEST_EVERY_DRIVER"] === "1" ? everyDriver : everyDriver.filter(({ name }) => most.has(name));
