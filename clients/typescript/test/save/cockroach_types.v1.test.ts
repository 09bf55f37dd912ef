import { asc } from "drizzle-orm";
import * as cockroach from "drizzle-orm/cockroach-core";
import { drizzle } from "drizzle-orm/cockroach";
import { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUow } from "../../src/index.js";
import { postgresServer, stopServers } from "../matrix/drivers.js";
import { TestUowd } from "../support/uowd.js";

// The columns of cockroach-core, as far as PostgreSQL has their types: values are saved, and read by Drizzle's own select.

const mood = cockroach.cockroachEnum("mood", ["sad", 'so "so"', "ok"]);
const date = new Date("2026-11-22T13:45:00.123Z");

const cases: readonly (readonly [name: string, sqlType: string, column: () => object, values: readonly unknown[]])[] = [
  ["bit", "bit(3)", () => cockroach.bit({ length: 3 }), ["101", "000"]],
  ["varbit", "varbit", () => cockroach.varbit(), ["1", "10110"]],
  ["bool", "bool", () => cockroach.bool(), [true, false]],
  ["char", "char(3)", () => cockroach.char({ length: 3 }), ["abc"]],
  ["varchar", "varchar(9)", () => cockroach.varchar({ length: 9 }), ["", 'so "so"', "$1 ?"]],
  ["string", "text", () => cockroach.string(), ["", "back\\slash", "ümlaut 🦆"]],
  ["int2", "int2", () => cockroach.int2(), [-32768, 32767]],
  ["int4", "int4", () => cockroach.int4(), [-(2 ** 31), 2 ** 31 - 1]],
  ["int8 as a number", "int8", () => cockroach.int8({ mode: "number" }), [0, Number.MAX_SAFE_INTEGER]],
  ["int8 as a bigint", "int8", () => cockroach.int8({ mode: "bigint" }), [-(2n ** 63n), 2n ** 63n - 1n]],
  ["decimal", "decimal(20, 2)", () => cockroach.decimal({ precision: 20, scale: 2 }), ["123456789012345678.91", "-0.10"]],
  ["decimal as a number", "decimal", () => cockroach.decimal({ mode: "number" }), [1.5, -3]],
  ["decimal as a bigint", "decimal(30)", () => cockroach.decimal({ precision: 30, mode: "bigint" }), [2n ** 80n]],
  ["real", "real", () => cockroach.real(), [0.5, -1.25]],
  ["float", "float8", () => cockroach.float(), [0.1, 1e300, -5e-324]],
  ["jsonb", "jsonb", () => cockroach.jsonb(), [{ a: [1, { b: null }], 'quo"te': "back\\slash" }, [1, "two"], 0]],
  ["uuid", "uuid", () => cockroach.uuid(), ["0b9e3ad5-1f2e-4f6b-9f53-0a1b2c3d4e5f"]],
  ["date", "date", () => cockroach.date({ mode: "date" }), [new Date("2026-11-22T00:00:00Z")]],
  ["date as text", "date", () => cockroach.date({ mode: "string" }), ["2026-11-22"]],
  ["time", "time", () => cockroach.time(), ["13:45:00", "23:59:59.999999"]],
  ["timestamp", "timestamp", () => cockroach.timestamp({ mode: "date" }), [date]],
  ["timestamp with zone", "timestamptz", () => cockroach.timestamp({ mode: "date", withTimezone: true }), [date]],
  ["timestamp as text", "timestamp", () => cockroach.timestamp({ mode: "string" }), ["2026-11-22 13:45:00.123456"]],
  ["interval", "interval", () => cockroach.interval(), ["1 day 02:03:04"]],
  ["inet", "inet", () => cockroach.inet(), ["192.168.0.1", "::1/64"]],
  ["enum", "mood", () => mood(), ["ok", 'so "so"']],
  ["text array", "text[]", () => cockroach.text().array(), [[], ["", "NULL", 'quo"te', "com,ma"]]],
  ["int8 array", "int8[]", () => cockroach.int8({ mode: "bigint" }).array(), [[2n ** 62n + 1n, -1n]]],
];

let pool: Pool;
let uowd: TestUowd;

beforeAll(async () => {
  pool = new Pool({ connectionString: await (await postgresServer()).createDatabase(), max: 2 });
  await pool.query(`CREATE TYPE mood AS ENUM ('sad', 'so "so"', 'ok')`);
  uowd = await TestUowd.start();
});
afterAll(async () => {
  await pool.end();
  await uowd.remove();
  await stopServers();
});

test.each(cases)("%s", async (_name, sqlType, column, values) => {
  await pool.query(`DROP TABLE IF EXISTS things; CREATE TABLE things (id int PRIMARY KEY, v ${sqlType})`);
  const id = cockroach.int4("id").primaryKey();
  const things = cockroach.cockroachTable("things", { id, v: column() as ReturnType<typeof cockroach.text> });
  const db = drizzle({ client: pool });
  const uow = createUow(db, { schema: { things }, endpoint: uowd.endpoint });
  const all = [...values, null];
  const created = all.map((v, i) => uow.things.create({ id: i, v: v as string | null }));
  expect(await uow.save()).toMatchObject({ inserted: all.length });
  const saved = async () => (await db.select().from(things).orderBy(things.id)).map(({ v }) => v);
  expect(await saved()).toEqual(all);
  // Updates take values by another way, and what Drizzle reads is no change.
  for (const [i, thing] of created.entries()) thing.v = all.at(i - 1) as string | null;
  await uow.save();
  const turned = [...all.slice(-1), ...all.slice(0, -1)];
  expect(await saved()).toEqual(turned);
  const rows = await uow.things.findMany({ orderBy: asc(things.id) });
  for (const row of rows) row.v = structuredClone(turned[row.id]) as string | null;
  expect(uow.pending()).toEqual([]);
  await uow.close();
});
