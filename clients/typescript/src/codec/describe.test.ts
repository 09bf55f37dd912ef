import {
  integer as pgInteger,
  numeric as pgNumeric,
  pgEnum,
  pgSchema,
  pgTable,
  customType,
  timestamp,
  char,
  jsonb,
  text,
  varchar,
  vector,
  point,
  bigint,
  date,
  real,
} from "drizzle-orm/pg-core";
import {
  blob,
  integer,
  numeric,
  real as sqliteReal,
  sqliteTable,
  text as sqliteText,
  customType as sqliteCustom,
} from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { Type_Kind } from "../gen/uow/v1/schema_pb.js";
import { describeColumn } from "./describe.js";
import { intValue, nullValue, textValue, timeValue } from "./values.js";
import { ValueError } from "./value_error.js";

const mood = pgSchema("feelings").enum("mood", ["sad", "ok"]);
const colour = pgEnum("colour", ["red", "green"]);
const bytes = customType<{ data: Buffer }>({ dataType: () => "bytea" });
const cents = customType<{ data: { cents: number }; driverData: string }>({
  dataType: () => "numeric(10,2)",
  toDriver: (value) => (value.cents / 100).toFixed(2),
  fromDriver: (value) => ({ cents: Math.round(Number(value) * 100) }),
});
const things = pgTable("things", {
  id: pgInteger("id").primaryKey(),
  big: bigint("big", { mode: "bigint" }),
  safe: bigint("safe", { mode: "number" }),
  price: pgNumeric("price", { precision: 6, scale: 2 }),
  ratio: real("ratio"),
  code: char("code", { length: 4 }),
  name: varchar("name", { length: 10 }),
  born: date("born", { mode: "date" }),
  at: timestamp("at", { withTimezone: true, precision: 3 }),
  local: timestamp("local", { mode: "string" }),
  doc: jsonb("doc"),
  mood: mood("mood"),
  colour: colour("colour"),
  raw: bytes("raw"),
  cents: cents("cents"),
  where: point("where"),
  near: vector("near", { dimensions: 3 }),
  tags: text("tags").array(),
});
const rows = sqliteTable("rows", {
  id: integer("id").primaryKey(),
  flag: integer("flag", { mode: "boolean" }),
  at: integer("at", { mode: "timestamp" }),
  doc: sqliteText("doc", { mode: "json" }),
  big: blob("big", { mode: "bigint" }),
  raw: blob("raw", { mode: "buffer" }),
  price: numeric("price"),
  ratio: sqliteReal("ratio"),
  total: sqliteCustom<{ data: string | number; driverData: string | number }>({ dataType: () => "decimal(30,10)" })("total"),
  day: sqliteCustom<{ data: Date; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => value.toISOString().slice(0, 10),
    fromDriver: (value) => new Date(value),
  })("day"),
});

const codecOf = (
  name: Exclude<keyof typeof things, "_" | "$inferSelect" | "$inferInsert" | "getSQL" | "shouldOmitSQLParens" | "enableRLS">,
) => describeColumn(things[name], "postgresql").codec;

const type = (name: Parameters<typeof codecOf>[0]) => describeColumn(things[name], "postgresql").type;

test("A value that the column can't hold is refused, naming the column, the value and what it accepts", () => {
  const refused = (value: unknown, codec = codecOf("id")) => {
    try {
      codec.toWire(value);
    } catch (error) {
      return error instanceof ValueError ? error.message : error;
    }
    return "accepted";
  };
  expect(refused("1")).toBe('things.id: got "1"; accepts a whole number from -2147483648 to 2147483647');
  expect(refused(2 ** 31)).toContain("the number 2147483648");
  expect(refused(1.5)).toContain("things.id");
  expect(refused(undefined)).toContain("undefined");
  expect(refused(2 ** 53, codecOf("safe"))).toContain("accepts a whole number from -9007199254740991 to 9007199254740991");
  expect(refused(2n ** 63n, codecOf("big"))).toContain("the bigint 9223372036854775808");
  expect(refused("12345.00", codecOf("price"))).toContain("at most 4 digits before the point");
  expect(refused(new Date(Number.NaN), codecOf("at"))).toContain("an invalid Date");
  expect(refused("blue", codecOf("colour"))).toBe('things.colour: got "blue"; accepts one of "red", "green"');
  expect(refused("a\0b", codecOf("name"))).toContain("NUL");
  expect(refused(1n, codecOf("doc"))).toContain("accepts what JSON can hold");
  expect(refused(["a", 1], codecOf("tags"))).toContain("an array whose elements are null or a string");
  expect(refused(Number.NaN, describeColumn(rows.ratio, "sqlite").codec)).toContain("not NaN");
  expect(refused("1.2345678901234567", describeColumn(rows.price, "sqlite").codec)).toContain("at most 15 digits");
  const total = describeColumn(rows.total, "sqlite").codec;
  expect(refused("1.2345678901234567", total)).toContain("at most 15 digits");
  expect(refused(0.1 + 0.2, total)).toBe("accepted");
  expect(refused("123456789012345678", total)).toBe("accepted");
  expect(() => codecOf("id").toWire("1")).toThrow(ValueError);
});

test("Types are those of the SQL type, with their names where the database has to cast", () => {
  expect(type("price")).toMatchObject({ kind: Type_Kind.DECIMAL, precision: 6, scale: 2 });
  expect(type("mood")).toMatchObject({ kind: Type_Kind.ENUM, name: "mood", namespace: "feelings", enumValues: ["sad", "ok"] });
  expect(type("raw").kind).toBe(Type_Kind.BYTES);
  expect(type("cents")).toMatchObject({ kind: Type_Kind.DECIMAL, precision: 10, scale: 2 });
  expect(type("near")).toMatchObject({ kind: Type_Kind.OTHER, name: "vector" });
  expect(type("tags")).toMatchObject({ kind: Type_Kind.ARRAY, element: { kind: Type_Kind.TEXT } });
  expect(describeColumn(rows.flag, "sqlite").type.kind).toBe(Type_Kind.INT64);
  expect(describeColumn(rows.doc, "sqlite").type.kind).toBe(Type_Kind.TEXT);
});

test("The journal holds what the database stores", () => {
  expect(codecOf("price").toWire("2.345").kind.value).toBe("2.35");
  expect(codecOf("price").toWire("-0.005").kind.value).toBe("-0.01");
  expect(codecOf("at").toWire(new Date("2026-11-22T10:11:12.013Z"))).toEqual(timeValue("2026-11-22T10:11:12.013Z"));
  expect(codecOf("local").toWire("2026-11-22 10:11:12.5")).toEqual(timeValue("2026-11-22T10:11:12.5"));
  expect(codecOf("local").toWire("2026-11-22T10:11:12.5Z")).toEqual(timeValue("2026-11-22T10:11:12.5"));
  expect(codecOf("code").toWire("ab  ")).toEqual(textValue("ab"));
  expect(codecOf("code").fromWire(textValue("ab"))).toBe("ab  ");
  expect(codecOf("cents").toWire({ cents: 1234 }).kind.value).toBe("12.34");
  expect(describeColumn(rows.at, "sqlite").codec.toWire(new Date(1_999))).toEqual(intValue(1n));
  expect(describeColumn(rows.day, "sqlite").codec.toWire(new Date(0))).toEqual(textValue("1970-01-01"));
});

test("null is SQL NULL, for JSON too", () => {
  expect(codecOf("doc").toWire(null)).toBe(nullValue);
  expect(codecOf("doc").fromWire(nullValue)).toBe(null);
});

test("Equality is that of the database", () => {
  expect(codecOf("price").equals("2.50", "2.5")).toBe(true);
  expect(codecOf("doc").equals({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
  expect(codecOf("doc").equals({ a: 1 }, { a: 2 })).toBe(false);
  expect(codecOf("at").equals(new Date(1), new Date(1))).toBe(true);
  expect(codecOf("born").equals(new Date("2026-11-22T01:00:00Z"), new Date("2026-11-22T02:00:00Z"))).toBe(true);
  expect(codecOf("ratio").equals(0.1, Math.fround(0.1))).toBe(true);
  expect(codecOf("raw").equals(Buffer.from("a"), Buffer.from("a"))).toBe(true);
  expect(codecOf("cents").equals({ cents: 1 }, { cents: 1 })).toBe(true);
  expect(codecOf("tags").equals(["a", null], ["a", null])).toBe(true);
  expect(codecOf("tags").equals(["a"], ["b"])).toBe(false);
  expect(codecOf("name").equals("a", null)).toBe(false);
});

test("Snapshots of dates, bytes and custom objects stay when the original changes in place", () => {
  const at = new Date(0);
  const before = codecOf("at").snapshot(at);
  at.setFullYear(2000);
  expect(codecOf("at").mutable).toBe(true);
  expect(codecOf("at").equals(before, at)).toBe(false);

  const raw = Buffer.from("abc");
  const bytesBefore = codecOf("raw").snapshot(raw);
  raw[0] = 0;
  expect(codecOf("raw").equals(bytesBefore, raw)).toBe(false);

  const money = { cents: 1 };
  const moneyBefore = codecOf("cents").snapshot(money);
  money.cents = 2;
  expect(codecOf("cents").equals(moneyBefore, money)).toBe(false);
  expect(codecOf("name").mutable).toBe(false);
});
