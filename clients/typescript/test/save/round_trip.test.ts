import { inspect } from "node:util";
import { type Column, Param, SQL, sql, StringChunk } from "drizzle-orm";
import * as pgCore from "drizzle-orm/pg-core";
import * as sqliteCore from "drizzle-orm/sqlite-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeColumn } from "../../src/codec/describe.js";
import { BoundQuery } from "../../src/drivers/bound_query.js";
import { Driver } from "../../src/drivers/driver.js";
import type { Program, Row } from "../../src/drivers/program.js";
import type { Value } from "../../src/gen/uow/v1/value_pb.js";
import { Dialect } from "../../src/gen/uow/v1/schema_service_pb.js";
import { arrayLiteral, binderOf, type Bound } from "../../src/save/bind.js";
import { drivers, type Handle, line, stopServers, type TestDatabase } from "../matrix/drivers.js";
import { pgCases, sqliteCases } from "./all_types.js";

// Values of every column type, by their codec and as parameters into a real database, and back through Drizzle's own select: what comes
// back has to be the original, and what the codec makes of its own wire form has to be the same again.

const read = (columns: Record<string, Column>, table: pgCore.PgTable | sqliteCore.SQLiteTable) =>
  (function* (): Program<readonly Row[]> {
    return (yield { columns, table, where: sql`true` }).rows;
  })();

const write = (query: SQL) =>
  (function* (): Program<number> {
    return (yield { query, returnsRows: false }).affected;
  })();

/** The forms in which the server's statements take values: one, or an array of those of many rows. */
const insert = (sqlType: string, id: number, parameter: Bound, unnest: boolean) => {
  const [before, after] = unnest ? ["unnest(", "[])"] : ["", ""];
  const text = new StringChunk(`INSERT INTO things SELECT ${id}, ${before}`);
  return write(new SQL([text, new Param(parameter), new StringChunk(`::text::${sqlType}${after}`)]));
};

afterAll(stopServers);

/** CockroachDB's columns are others; how the Data API shows values, its stand-in doesn't know of all types. */
const others = new Set(["cockroach", "aws-data-api/pg"]);

describe.each(drivers.filter(({ name, dialect }) => dialect === "postgresql" && !others.has(name)))("$name", ({ create }) => {
  let database: TestDatabase;
  let handle: Handle;
  let driver: Driver;
  beforeEach(async () => {
    database = await create();
    handle = await database.connect();
    driver = new Driver(handle.db);
    await handle.execute(`CREATE TYPE mood AS ENUM ('sad', 'so "so"', 'ok')`);
  });
  afterEach(async () => {
    await handle.close();
    await database.drop();
  });

  const bind = binderOf(Dialect.POSTGRESQL);
  test.each(pgCases)("$name", async ({ column: build, values, sqlType }) => {
    const things = pgCore.pgTable("things", { id: pgCore.integer("id").primaryKey(), v: build() });
    const { codec } = describeColumn(things.v, "postgresql");
    await handle.execute(`CREATE TABLE things (id int PRIMARY KEY, v ${sqlType})`);
    const expected = new Map<number, unknown>();
    for (const value of [...values, null]) {
      const wire = codec.toWire(value);
      expect(codec.equals(codec.fromWire(wire), value), `wire form of ${String(value)}`).toBe(true);
      expected.set(expected.size, value);
      await driver.run(insert(sqlType, expected.size - 1, bind(wire), false));
      if (!sqlType.endsWith("[]")) {
        expected.set(expected.size, value);
        await driver.run(insert(sqlType, expected.size - 1, arrayLiteral([wire]), true));
      }
    }
    const rows = await driver.run(read({ id: things.id, v: things.v }, things));
    expect(rows.length).toBe(expected.size);
    for (const { id, v } of rows) {
      expect(codec.equals(v, expected.get(Number(id))), `${inspect(v)} instead of ${inspect(expected.get(Number(id)))}`).toBe(true);
      // What the codec decodes looks as Drizzle shows it.
      const shown: unknown = codec.fromWire(codec.toWire(v));
      expect(shown).toEqual(v);
    }
  });
});

describe.each(drivers.filter(({ dialect }) => dialect === "sqlite"))("$name", ({ create }) => {
  let database: TestDatabase;
  let handle: Handle;
  let driver: Driver;
  beforeEach(async () => {
    database = await create();
    handle = await database.connect();
    driver = new Driver(handle.db);
  });
  afterEach(async () => {
    await handle.close();
    await database.drop();
  });

  test.each(sqliteCases)("$name", async ({ column: build, values, sqlType }) => {
    const column: ReturnType<typeof build> = build();
    const things = sqliteCore.sqliteTable("things", { id: sqliteCore.integer("id").primaryKey(), v: column });
    const { codec } = describeColumn(things.v, "sqlite");
    const bind = binderOf(Dialect.SQLITE);
    await handle.execute(`CREATE TABLE things (id integer PRIMARY KEY, v ${sqlType})`);
    const all = [...values, null];
    for (const [id, value] of all.entries()) {
      const wire: Value = codec.toWire(value);
      expect(codec.equals(codec.fromWire(wire), value)).toBe(true);
      const query = new BoundQuery();
      query.text(`INSERT INTO things SELECT ${id}, `);
      query.parameter(bind(wire));
      await driver.run(write(query));
    }
    const rows = await driver.run(read({ id: things.id, v: things.v }, things));
    for (const { id, v } of rows) {
      expect(codec.equals(v, all[Number(id)]), `${inspect(v)} instead of ${inspect(all[Number(id)])}`).toBe(true);
      expect(codec.fromWire(codec.toWire(v))).toEqual(v);
    }
  });
});

test("Both lines are tested", () => {
  expect(["0.45", "1.0"]).toContain(line);
});
