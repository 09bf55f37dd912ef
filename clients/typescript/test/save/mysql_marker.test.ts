import { readFileSync } from "node:fs";
import { getTableConfig } from "drizzle-orm/mysql-core";
import { afterAll, expect, test } from "vitest";
import { uowSaves } from "../../src/marker/mysql.js";
import { mysqlDrivers, stopMysql } from "../matrix/mysql_drivers.js";

// As marker.test.ts, for MySQL: the Drizzle table has to be what uowd creates.

afterAll(stopMysql);

/** The CREATE TABLE of uowd, whose string literals go over several lines. */
function createTable(): string {
  const code = readFileSync(new URL("../../../../adapters/mysql/marker_table.h", import.meta.url), "utf8");
  const literals = /"(CREATE TABLE IF NOT EXISTS [^"]*)"((?:\s*"[^"]*")*)/.exec(code);
  if (literals === null) throw new Error("no CREATE TABLE in marker_table.h");
  return `${literals[1]}${(literals[2] ?? "").replace(/"\s*"/g, "").replace(/^\s*"|"\s*$/g, "")}`;
}

test("uow_saves as a Drizzle table is the table that uowd creates", async () => {
  const database = await mysqlDrivers[0]?.create();
  const handle = await database?.connect();
  if (handle === undefined) throw new Error("mysql2 is the first driver");
  const { columns } = getTableConfig(uowSaves);
  const declared = columns.map((column) => {
    const key = column.primary ? " PRIMARY KEY" : "";
    return `${column.name} ${column.getSQLType()}${column.notNull ? " NOT NULL" : ""}${key}`;
  });
  await handle.execute(createTable());
  await handle.execute(`CREATE TABLE declared (${declared.join(", ")}) ENGINE=InnoDB`);
  const shape = async (table: string) =>
    handle.rows(
      `SELECT column_name, column_type, character_set_name, collation_name, is_nullable, column_default, column_key
       FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '${table}' ORDER BY ordinal_position`,
    );
  expect(await shape("declared")).toEqual(await shape("uow_saves"));
  expect((await shape("uow_saves")).length).toBe(6);
  await handle.close();
});
