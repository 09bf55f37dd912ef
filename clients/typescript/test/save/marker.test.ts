import { readFileSync } from "node:fs";
import { getTableConfig as pgConfig } from "drizzle-orm/pg-core";
import { getTableConfig as sqliteConfig } from "drizzle-orm/sqlite-core";
import { afterAll, describe, expect, test } from "vitest";
import { uowSaves as pgSaves } from "../../src/marker/postgres.js";
import { uowSaves as sqliteSaves } from "../../src/marker/sqlite.js";
import { drivers, stopServers } from "../matrix/drivers.js";

// `drizzle-kit push` compares these tables with what is in the database, and that is what uowd's statements make of it.

/** The CREATE TABLE in a source of uowd, whose string literals go over several lines. */
function createTable(source: string): string {
  const code = readFileSync(new URL(`../../../../adapters/${source}`, import.meta.url), "utf8");
  const literals = /"(CREATE TABLE IF NOT EXISTS [^"]*)"((?:\s*"[^"]*")*)/.exec(code);
  if (literals === null) throw new Error(`no CREATE TABLE in ${source}`);
  return `${literals[1]}${(literals[2] ?? "").replace(/"\s*"/g, "").replace(/^\s*"|"\s*$/g, "")}`;
}

interface ColumnShape {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

function shapeOf(columns: readonly { name: string; notNull: boolean; hasDefault: boolean; getSQLType(): string }[]): ColumnShape[] {
  return columns.map((column) => ({
    name: column.name,
    type: column.getSQLType(),
    notNull: column.notNull,
    hasDefault: column.hasDefault,
  }));
}

const pgColumns =
  'SELECT column_name AS name, data_type AS type, is_nullable = \'NO\' AS "notNull", column_default IS NOT NULL AS "hasDefault" ' +
  "FROM information_schema.columns WHERE table_name = 'uow_saves' ORDER BY ordinal_position";

function sqliteShape({ name, type, notnull, dflt_value }: Record<string, unknown>): object {
  return { name, type: String(type).toLowerCase(), notNull: notnull === 1, hasDefault: dflt_value !== null };
}

afterAll(stopServers);

describe.each(drivers.filter(({ name }) => name === "pglite" || name === "better-sqlite3"))("$dialect", ({ create, dialect }) => {
  test("uow_saves as a Drizzle table is the table that uowd creates", async () => {
    const database = await create();
    const handle = await database.connect();
    const isPg = dialect === "postgresql";
    await handle.execute(createTable(isPg ? "postgres/marker_table.cc" : "sqlite/connection_marker.cc"));
    expect(shapeOf(isPg ? pgConfig(pgSaves).columns : sqliteConfig(sqliteSaves).columns)).toEqual(
      isPg ? await handle.rows(pgColumns) : (await handle.rows("PRAGMA table_info(uow_saves)")).map(sqliteShape),
    );
    const key = dialect === "postgresql" ? pgConfig(pgSaves).columns : sqliteConfig(sqliteSaves).columns;
    expect(key.filter(({ primary }) => primary).map(({ name }) => name)).toEqual(["session"]);
    await handle.close();
    await database.drop();
  });
});
