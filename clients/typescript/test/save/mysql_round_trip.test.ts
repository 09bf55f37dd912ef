import { inspect } from "node:util";
import { Param, SQL, sql, StringChunk } from "drizzle-orm";
import { int, mysqlTable } from "drizzle-orm/mysql-core";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeColumn } from "../../src/codec/describe.js";
import { Driver } from "../../src/drivers/driver.js";
import type { Program, Row } from "../../src/drivers/program.js";
import { Dialect } from "../../src/gen/uow/v1/schema_service_pb.js";
import { binderOf } from "../../src/save/bind.js";
import type { Handle, TestDatabase } from "../matrix/driver.js";
import { mysqlDrivers, stopMysql } from "../matrix/mysql_drivers.js";
import { mysqlCases } from "./mysql_types.js";

// As round_trip.test.ts, for MySQL's columns: values by their codec and as parameters into MariaDB, and back through Drizzle's own select.

afterAll(stopMysql);

describe("mysql2", () => {
  let database: TestDatabase;
  let handle: Handle;
  let driver: Driver;
  beforeEach(async () => {
    const mysql2 = mysqlDrivers.find(({ name }) => name === "mysql2");
    if (mysql2 === undefined) throw new Error("mysql2 is one of the drivers");
    database = await mysql2.create();
    handle = await database.connect();
    driver = new Driver(handle.db);
  });
  afterEach(async () => {
    await handle.close();
    await database.drop();
  });

  const bind = binderOf(Dialect.MYSQL);
  test.each(mysqlCases)("$name", async ({ column: build, values, sqlType }) => {
    const things = mysqlTable("things", { id: int("id").primaryKey(), v: build() });
    const { codec } = describeColumn(things.v, "mysql");
    await handle.execute(`CREATE TABLE things (id int PRIMARY KEY, v ${sqlType})`);
    const all = [...values, null];
    for (const [id, value] of all.entries()) {
      const wire = codec.toWire(value);
      expect(codec.equals(codec.fromWire(wire), value), `wire form of ${inspect(value)}`).toBe(true);
      const query = new SQL([new StringChunk(`INSERT INTO things VALUES (${id}, `), new Param(bind(wire)), new StringChunk(")")]);
      await driver.run(
        (function* (): Program<void> {
          yield { query, returnsRows: false };
        })(),
      );
    }
    const rows = await driver.run(
      (function* (): Program<readonly Row[]> {
        return (yield { columns: { id: things.id, v: things.v }, table: things, where: sql`true` }).rows;
      })(),
    );
    expect(rows.length).toBe(all.length);
    for (const { id, v } of rows) {
      expect(codec.equals(v, all[Number(id)]), `${inspect(v)} instead of ${inspect(all[Number(id)])}`).toBe(true);
      // What the codec decodes looks as Drizzle shows it.
      expect(codec.fromWire(codec.toWire(v))).toEqual(v);
    }
  });
});
