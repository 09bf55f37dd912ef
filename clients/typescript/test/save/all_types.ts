import * as pg from "drizzle-orm/pg-core";
import * as lite from "drizzle-orm/sqlite-core";
import { line } from "../matrix/drivers.js";

/** A column type, and values of it that are easily damaged. */
export interface TypeCase<Builder> {
  readonly name: string;
  readonly column: () => Builder;
  readonly sqlType: string;
  readonly values: readonly unknown[];
}

type PgBuilder = ReturnType<typeof pg.text>;
type LiteBuilder = ReturnType<typeof lite.integer>;

/** Builders of other types than the one that tables are typed with: the tests look at values only. */
function pgCase(name: string, sqlType: string, column: () => unknown, values: readonly unknown[]): TypeCase<PgBuilder> {
  return { name, sqlType, column: column as () => PgBuilder, values };
}

function liteCase(name: string, sqlType: string, column: () => unknown, values: readonly unknown[]): TypeCase<LiteBuilder> {
  return { name, sqlType, column: column as () => LiteBuilder, values };
}

/** An array column: a call on 0.45, a string of brackets on 1.0. */
function arrayOf(builder: unknown, dimensions = 1): unknown {
  const { array } = builder as { array: (dimensions?: string) => unknown };
  if (line === "1.0") return array.call(builder, "[]".repeat(dimensions));
  let result = builder;
  for (let i = 0; i < dimensions; i++) result = (result as { array: () => unknown }).array();
  return result;
}

const text = [
  "",
  "plain",
  'quo"te',
  "back\\slash",
  "com,ma",
  "{brace}",
  "NULL",
  "null",
  " blank ",
  "new\nline",
  "ümlaut 🦆",
  "$1 ?",
];
const documents = [
  {},
  [],
  { a: [1, { b: null }], 'quo"te': "back\\slash" },
  [1, 2],
  [null],
  "text",
  0,
  true,
  { big: 9007199254740991 },
];
const dates = [
  "2026-11-22T13:45:00.123Z",
  "1970-01-01T00:00:00.000Z",
  "1969-12-31T23:59:59.999Z",
  "0001-01-01T00:00:00.000Z",
  "9999-12-31T23:59:59.999Z",
].map((iso) => new Date(iso));
/** Drizzle reads the year 1 as 2001, from PostgreSQL's form of timestamps. */
const readableDates = dates.filter((date) => date.getUTCFullYear() > 1000);
const days = dates.map((date) => new Date(`${date.toISOString().slice(0, 10)}T00:00:00Z`));

const bytea = pg.customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => "bytea",
  fromDriver: (value) => Buffer.from(value),
});
const cents = pg.customType<{ data: { cents: bigint }; driverData: string }>({
  dataType: () => "numeric(20,2)",
  toDriver: ({ cents }) => `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`,
  fromDriver: (value) => ({ cents: BigInt(value.replace(".", "")) }),
});
const mood = pg.pgEnum("mood", ["sad", 'so "so"', "ok"]);
const bytes = [Buffer.from(""), Buffer.from([0, 1, 127, 128, 255]), Buffer.from("text")];

const onlyV1: TypeCase<PgBuilder>[] =
  line === "1.0"
    ? [
        pgCase("bytea", "bytea", () => (Reflect.get(pg, "bytea") as (name: string) => unknown)("v"), bytes),
        pgCase(
          "bigint as string",
          "bigint",
          () => (pg.bigint as (name: string, config: object) => unknown)("v", { mode: "string" }),
          ["9223372036854775807", "-9223372036854775808"],
        ),
      ]
    : [];

export const pgCases: readonly TypeCase<PgBuilder>[] = [
  ...onlyV1,
  pgCase("smallint", "smallint", () => pg.smallint("v"), [0, -32768, 32767]),
  pgCase("integer", "integer", () => pg.integer("v"), [0, -2147483648, 2147483647]),
  pgCase("serial", "integer", () => pg.serial("v"), [1, 2147483647]),
  pgCase("bigint as number", "bigint", () => pg.bigint("v", { mode: "number" }), [
    0,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ]),
  pgCase("bigint as bigint", "bigint", () => pg.bigint("v", { mode: "bigint" }), [
    0n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 53n + 1n,
  ]),
  pgCase("bigserial", "bigint", () => pg.bigserial("v", { mode: "bigint" }), [2n ** 63n - 1n]),
  pgCase("numeric", "numeric", () => pg.numeric("v"), ["0", "-1.50", "123456789012345678901234567890.123456789", "1e-7", "NaN"]),
  pgCase("numeric(12, 2)", "numeric(12,2)", () => pg.numeric("v", { precision: 12, scale: 2 }), [
    "0.00",
    "-1.5",
    "1234567890.12",
    "2.345",
    "-0.005",
  ]),
  pgCase("numeric as number", "numeric", () => pg.numeric("v", { mode: "number" }), [0, -1.5, 1e21, 1e-9, 0.1]),
  pgCase("numeric as bigint", "numeric", () => pg.numeric("v", { mode: "bigint" }), [0n, 10n ** 30n, -5n]),
  pgCase("real", "real", () => pg.real("v"), [0, 0.1, -1.5, 3.4e38, 1e-30, Number.POSITIVE_INFINITY]),
  pgCase("double precision", "double precision", () => pg.doublePrecision("v"), [
    0,
    0.1,
    1e308,
    5e-324,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ]),
  pgCase("boolean", "boolean", () => pg.boolean("v"), [true, false]),
  pgCase("text", "text", () => pg.text("v"), text),
  pgCase("varchar", "varchar(20)", () => pg.varchar("v", { length: 20 }), text),
  pgCase("char", "char(4)", () => pg.char("v", { length: 4 }), ["abcd", "a", ""]),
  pgCase("enum", "mood", () => mood("v"), ["sad", 'so "so"', "ok"]),
  pgCase("uuid", "uuid", () => pg.uuid("v"), ["01234567-89ab-cdef-0123-456789abcdef", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"]),
  pgCase("json", "json", () => pg.json("v"), line === "1.0" ? documents : documents.filter((value) => typeof value !== "string")),
  pgCase(
    "jsonb",
    "jsonb",
    () => pg.jsonb("v"),
    line === "1.0" ? documents : documents.filter((value) => typeof value !== "string"),
  ),
  pgCase("date as string", "date", () => pg.date("v"), ["2026-11-22", "0001-01-01", "infinity"]),
  pgCase("date as Date", "date", () => pg.date("v", { mode: "date" }), days),
  pgCase("time", "time", () => pg.time("v"), ["13:45:00", "00:00:00.000001", "23:59:59.5", "24:00:00"]),
  pgCase("time with zone", "time with time zone", () => pg.time("v", { withTimezone: true }), ["13:45:00+02", "13:45:00.5-03:30"]),
  pgCase("timestamp as Date", "timestamp", () => pg.timestamp("v"), readableDates),
  pgCase("timestamp(0) as Date", "timestamp(0)", () => pg.timestamp("v", { precision: 0 }), [
    new Date("2026-11-22T13:45:00.500Z"),
    new Date(-500),
  ]),
  pgCase("timestamptz as Date", "timestamptz", () => pg.timestamp("v", { withTimezone: true }), readableDates),
  pgCase("timestamp as string", "timestamp", () => pg.timestamp("v", { mode: "string" }), [
    "2026-11-22 13:45:00",
    "2026-11-22T13:45:00.123456",
    "-infinity",
  ]),
  pgCase("timestamptz as string", "timestamptz", () => pg.timestamp("v", { mode: "string", withTimezone: true }), [
    "2026-11-22 13:45:00+00",
    "2026-11-22T13:45:00.123456+05:30",
  ]),
  pgCase("interval", "interval", () => pg.interval("v"), ["1 day 02:03:04.5", "-00:00:01", "1 year 2 mons"]),
  pgCase("inet", "inet", () => pg.inet("v"), ["192.168.0.1", "10.0.0.0/8", "::1"]),
  pgCase("cidr", "cidr", () => pg.cidr("v"), ["10.0.0.0/8"]),
  pgCase("macaddr", "macaddr", () => pg.macaddr("v"), ["08:00:2b:01:02:03"]),
  pgCase("macaddr8", "macaddr8", () => pg.macaddr8("v"), ["08:00:2b:01:02:03:04:05"]),
  pgCase("point", "point", () => pg.point("v"), [
    [1.5, -2],
    [0.1, 1e21],
  ]),
  pgCase("point as object", "point", () => pg.point("v", { mode: "xy" }), [{ x: 1.5, y: -2 }]),
  pgCase("line", "line", () => pg.line("v"), [[1, 2.5, -3]]),
  pgCase("line as object", "line", () => pg.line("v", { mode: "abc" }), [{ a: 1, b: 2.5, c: -3 }]),
  pgCase("custom bytea", "bytea", () => bytea("v"), bytes),
  pgCase("custom object", "numeric(20,2)", () => cents("v"), [{ cents: 123n }, { cents: 10n ** 17n + 1n }]),
  pgCase("integer[]", "integer[]", () => arrayOf(pg.integer("v")), [[], [1, 2], [-2147483648]]),
  pgCase("integer[] with NULL", "integer[]", () => arrayOf(pg.integer("v")), [[1, 2]]),
  pgCase("text[]", "text[]", () => arrayOf(pg.text("v")), [text.filter((value) => value !== ""), []]),
  pgCase("text[][]", "text[][]", () => arrayOf(pg.text("v"), 2), [
    [
      ["a", 'b"c'],
      ["d,e", "f\\g"],
    ],
  ]),
  pgCase("boolean[]", "boolean[]", () => arrayOf(pg.boolean("v")), [[true, false]]),
  pgCase("uuid[]", "uuid[]", () => arrayOf(pg.uuid("v")), [["01234567-89ab-cdef-0123-456789abcdef"]]),
  pgCase("double precision[]", "double precision[]", () => arrayOf(pg.doublePrecision("v")), [[0.1, 1e308]]),
];

const day = lite.customType<{ data: Date; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => value.toISOString().slice(0, 10),
  fromDriver: (value) => new Date(value),
});
const epochDay = lite.customType<{ data: { day: number }; driverData: number }>({
  dataType: () => "integer",
  toDriver: (value) => value.day,
  fromDriver: (value) => ({ day: value }),
});
const moment = lite.customType<{ data: string; driverData: string }>({ dataType: () => "datetime" });

export const sqliteCases: readonly TypeCase<LiteBuilder>[] = [
  liteCase("integer", "integer", () => lite.integer("v"), [0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]),
  liteCase("boolean", "integer", () => lite.integer("v", { mode: "boolean" }), [true, false]),
  liteCase("timestamp", "integer", () => lite.integer("v", { mode: "timestamp" }), [...dates, new Date(-1)]),
  liteCase("timestamp_ms", "integer", () => lite.integer("v", { mode: "timestamp_ms" }), dates),
  liteCase("real", "real", () => lite.real("v"), [0, 0.1, -1.5, 1e308, 5e-324, 3]),
  liteCase("numeric", "numeric", () => lite.numeric("v"), ["0", "-1.5", "123456789.012345", "9007199254740991"]),
  liteCase("numeric as number", "numeric", () => lite.numeric("v", { mode: "number" }), [0, -1.5, 1e-9]),
  liteCase("numeric as bigint", "numeric", () => lite.numeric("v", { mode: "bigint" }), [0n, -5n, 2n ** 53n]),
  liteCase("text", "text", () => lite.text("v"), text),
  liteCase("text enum", "text", () => lite.text("v", { enum: ["a", "b"] }), ["a", "b"]),
  liteCase("text json", "text", () => lite.text("v", { mode: "json" }), documents),
  liteCase("blob", "blob", () => lite.blob("v", { mode: "buffer" }), bytes),
  liteCase("blob json", "blob", () => lite.blob("v", { mode: "json" }), documents),
  liteCase("blob bigint", "blob", () => lite.blob("v", { mode: "bigint" }), [0n, 2n ** 200n, -(2n ** 64n)]),
  liteCase("custom text", "text", () => day("v"), days),
  liteCase("custom integer", "integer", () => epochDay("v"), [{ day: 20_000 }]),
  liteCase("custom datetime", "datetime", () => moment("v"), ["2026-11-22 13:45:00", "now"]),
];
