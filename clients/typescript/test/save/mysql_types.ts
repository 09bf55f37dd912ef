import * as my from "drizzle-orm/mysql-core";
import { line } from "../matrix/driver.js";
import type { TypeCase } from "./all_types.js";

type MysqlBuilder = ReturnType<typeof my.int>;

function mysqlCase(name: string, sqlType: string, column: () => unknown, values: readonly unknown[]): TypeCase<MysqlBuilder> {
  return { name, sqlType, column: column as () => MysqlBuilder, values };
}

const texts = ["", "plain", 'quo"te', "it's", "back\\slash", "com,ma", "NULL", "new\nline", "nul\0", "ümlaut 🦆", "$1 ? :a"];
const documents = [{}, [], { a: [1, { b: null }], 'quo"te': "back\\slash" }, [null], "text", 0, true, { big: 9007199254740991 }];
const dates = ["2026-11-22T13:45:00.123Z", "1970-01-01T00:00:01.000Z", "2037-12-31T23:59:59.999Z"].map((iso) => new Date(iso));
const longAgo = [...dates, new Date("1000-01-01T00:00:00.000Z"), new Date("9999-12-31T23:59:59.000Z")];
const days = longAgo.map((date) => new Date(`${date.toISOString().slice(0, 10)}T00:00:00Z`));

const cents = my.customType<{ data: { cents: bigint }; driverData: string }>({
  dataType: () => "decimal(20,2)",
  toDriver: ({ cents: amount }) => `${amount / 100n}.${String(amount % 100n).padStart(2, "0")}`,
  fromDriver: (value) => ({ cents: BigInt(value.replace(".", "")) }),
});
const blob = my.customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "blob" });
const bytes = [Buffer.from(""), Buffer.from([0, 1, 39, 92, 127, 128, 255]), Buffer.from("text")];

const onlyV1: TypeCase<MysqlBuilder>[] =
  line === "1.0"
    ? [
        mysqlCase(
          "blob",
          "blob",
          () => (Reflect.get(my, "blob") as (name: string, config: object) => unknown)("v", { mode: "buffer" }),
          bytes,
        ),
        mysqlCase(
          "blob as string",
          "blob",
          () => (Reflect.get(my, "blob") as (name: string, config: object) => unknown)("v", { mode: "string" }),
          texts,
        ),
        mysqlCase(
          "bigint as string",
          "bigint unsigned",
          () => (my.bigint as (name: string, config: object) => unknown)("v", { mode: "string", unsigned: true }),
          ["18446744073709551615", "0"],
        ),
      ]
    : [];

export const mysqlCases: readonly TypeCase<MysqlBuilder>[] = [
  ...onlyV1,
  mysqlCase("tinyint", "tinyint", () => my.tinyint("v"), [0, -128, 127]),
  mysqlCase("tinyint unsigned", "tinyint unsigned", () => my.tinyint("v", { unsigned: true }), [0, 255]),
  mysqlCase("smallint", "smallint", () => my.smallint("v"), [0, -32768, 32767]),
  mysqlCase("smallint unsigned", "smallint unsigned", () => my.smallint("v", { unsigned: true }), [0, 65535]),
  mysqlCase("mediumint", "mediumint", () => my.mediumint("v"), [0, -8388608, 8388607]),
  mysqlCase("int", "int", () => my.int("v"), [0, -2147483648, 2147483647]),
  mysqlCase("int unsigned", "int unsigned", () => my.int("v", { unsigned: true }), [0, 4294967295]),
  mysqlCase("bigint as number", "bigint", () => my.bigint("v", { mode: "number" }), [
    0,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ]),
  mysqlCase("bigint as bigint", "bigint", () => my.bigint("v", { mode: "bigint" }), [
    0n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 53n + 1n,
  ]),
  mysqlCase("bigint unsigned", "bigint unsigned", () => my.bigint("v", { mode: "bigint", unsigned: true }), [0n, 2n ** 64n - 1n]),
  mysqlCase("serial", "bigint unsigned", () => my.serial("v"), [1, Number.MAX_SAFE_INTEGER]),
  mysqlCase("year", "year", () => my.year("v"), [1901, 2026, 2155]),
  mysqlCase("decimal", "decimal", () => my.decimal("v"), ["0", "-1", "1234567890"]),
  mysqlCase("decimal(12, 2)", "decimal(12,2)", () => my.decimal("v", { precision: 12, scale: 2 }), [
    "0.00",
    "-1.5",
    "1234567890.12",
    "2.345",
  ]),
  mysqlCase("decimal(65, 30)", "decimal(65,30)", () => my.decimal("v", { precision: 65, scale: 30 }), [
    "12345678901234567890123456789012345.123456789012345678901234567890",
  ]),
  mysqlCase(
    "decimal as number",
    "decimal(10,4)",
    () => my.decimal("v", { precision: 10, scale: 4, mode: "number" }),
    [0, -1.5, 0.1],
  ),
  mysqlCase("decimal as bigint", "decimal(30,0)", () => my.decimal("v", { precision: 30, scale: 0, mode: "bigint" }), [
    0n,
    -(10n ** 29n),
  ]),
  mysqlCase("double", "double", () => my.double("v"), [0, -1.5, 0.1, 1e300, 5e-324, 1e21]),
  mysqlCase("real", "double", () => my.real("v"), [0, 0.1, -1e-7]),
  mysqlCase("float", "float", () => my.float("v"), [0, -1.5, 0.1, 123456]),
  mysqlCase("boolean", "boolean", () => my.boolean("v"), [true, false]),
  mysqlCase("text", "text", () => my.text("v"), texts),
  mysqlCase("varchar", "varchar(100)", () => my.varchar("v", { length: 100 }), [...texts, " blanks  "]),
  mysqlCase("char", "char(20)", () => my.char("v", { length: 20 }), ["", "plain", "trailing  ", "ümlaut 🦆"]),
  mysqlCase("enum", "enum('sad','so \"so\"','it''s ok')", () => my.mysqlEnum("v", ["sad", 'so "so"', "it's ok"]), [
    "sad",
    'so "so"',
    "it's ok",
  ]),
  mysqlCase("binary", "binary(8)", () => my.binary("v", { length: 8 }), ["12345678", "short"]),
  mysqlCase("varbinary", "varbinary(20)", () => my.varbinary("v", { length: 20 }), ["", "text", "ümlaut"]),
  mysqlCase("json", "json", () => my.json("v"), documents),
  mysqlCase("date", "date", () => my.date("v"), days),
  mysqlCase("date as string", "date", () => my.date("v", { mode: "string" }), ["2026-11-22", "1000-01-01", "9999-12-31"]),
  mysqlCase("datetime(3)", "datetime(3)", () => my.datetime("v", { fsp: 3 }), longAgo),
  mysqlCase("datetime", "datetime", () => my.datetime("v"), [new Date("2026-11-22T13:45:00Z")]),
  mysqlCase("datetime as string", "datetime(6)", () => my.datetime("v", { mode: "string", fsp: 6 }), [
    "2026-11-22 13:45:00.123456",
    "1000-01-01 00:00:00.5",
  ]),
  mysqlCase("timestamp(3)", "timestamp(3) NULL", () => my.timestamp("v", { fsp: 3 }), dates),
  mysqlCase("timestamp as string", "timestamp NULL", () => my.timestamp("v", { mode: "string" }), ["2026-11-22 13:45:00"]),
  mysqlCase("time", "time", () => my.time("v"), ["00:00:00", "23:59:59"]),
  mysqlCase("time(6)", "time(6)", () => my.time("v", { fsp: 6 }), ["13:45:00.123456", "00:00:00.5"]),
  mysqlCase("custom decimal", "decimal(20,2)", () => cents("v"), [{ cents: 0n }, { cents: 12345n }]),
  mysqlCase("custom blob", "blob", () => blob("v"), bytes),
];
