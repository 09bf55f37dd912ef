import {
  bigserial,
  foreignKey,
  integer,
  pgEnum,
  pgSchema,
  pgTable,
  serial,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { sql, type Table } from "drizzle-orm";
import { integer as sqliteInteger, sqliteTable, text as sqliteText } from "drizzle-orm/sqlite-core";
import { expect, test } from "vitest";
import { Concurrency, Generation, ReferentialAction } from "../../src/gen/uow/v1/schema_pb.js";
import { buildModel } from "../../src/model/build.js";
import type { DialectName } from "../../src/model/model.js";

function model(tables: Record<string, Table>, dialect: DialectName = "postgresql", versions: Record<string, string> = {}) {
  return buildModel({
    dialect,
    tables: new Map(Object.entries(tables)),
    versions,
    changedColumns: [],
    columnName: (column) => column.name,
  });
}

const shop = pgSchema("shop");
const mood = pgEnum("mood", ["happy", "sad"]);
const parents = shop.table("parents", {
  id: uuid("id").primaryKey().defaultRandom(),
  code: text("code").unique("code_is_taken"),
  mood: mood("mood"),
});
const keyless = pgTable("keyless", { path: text("path") });

test("tables without a primary key aren't part of the model", () => {
  expect(model({ parents, keyless }).tables.map((table) => table.property)).toEqual(["parents"]);
});

test("names, namespaces, types and enums are the database's", () => {
  const table = model({ parents }).proto.tables[0];
  expect(table).toMatchObject({ namespace: "shop", name: "parents", primaryKey: [0] });
  expect(table?.columns[2]?.type).toMatchObject({ name: "mood", enumValues: ["happy", "sad"] });
});

const keyed = pgTable("keyed", {
  id: bigserial("id", { mode: "bigint" }).primaryKey(),
  parentId: uuid("p").references(() => parents.id),
});

test("what the database fills in is told from what the client does", () => {
  const table = model({ keyed, parents });
  expect(table.proto.tables[0]?.columns[0]).toMatchObject({ hasDefault: true, generation: Generation.KEY, nullable: false });
  expect(table.tables[1]?.columns[0]).toMatchObject({ generatedKey: true });
  const withKey = pgTable("with_key", {
    id: serial("id").primaryKey(),
    made: timestamp("made").$defaultFn(() => new Date()),
    touched: timestamp("touched")
      .defaultNow()
      .$onUpdate(() => new Date()),
    stamped: timestamp("stamped").$onUpdate(() => new Date()),
    identity: integer("identity").generatedByDefaultAsIdentity(),
    twice: integer("twice").generatedAlwaysAs(sql`id * 2`),
  });
  const columns = model({ withKey }).tables[0]?.columns.map(({ hasDefault, computed }) => [hasDefault, computed]);
  expect(columns).toEqual([
    [true, false],
    [false, false],
    [true, false],
    [false, false],
    [true, false],
    [expect.any(Boolean), true],
  ]);
});

test("foreign keys and unique constraints have positions; partial and computed indexes aren't constraints", () => {
  const both = pgTable(
    "both",
    {
      a: integer("a").primaryKey(),
      b: text("b").notNull(),
      parentId: uuid("parent_id").references(() => parents.id, { onDelete: "cascade", onUpdate: "set null" }),
    },
    (t) => [
      unique("b_parent").on(t.b, t.parentId),
      uniqueIndex("b_lower").on(sql`lower(b)`),
      uniqueIndex("b_plain").on(t.b),
      uniqueIndex("b_some").on(t.b).where(sql`a > 5`),
      foreignKey({ columns: [t.b], foreignColumns: [parents.code] }).onDelete("set default"),
    ],
  );
  const table = model({ both, parents }).proto.tables[0];
  expect(table?.uniques.map(({ name, columns }) => [name, columns])).toEqual([
    ["b_parent", [1, 2]],
    ["b_plain", [1]],
  ]);
  const keys = table?.foreignKeys.map(({ columns, referencedTable, referencedColumns, onDelete }) => ({
    columns,
    referencedTable,
    referencedColumns,
    onDelete,
  }));
  expect(keys).toHaveLength(2);
  expect(keys).toContainEqual({ columns: [2], referencedTable: 1, referencedColumns: [0], onDelete: ReferentialAction.CASCADE });
  expect(keys).toContainEqual({
    columns: [1],
    referencedTable: 1,
    referencedColumns: [1],
    onDelete: ReferentialAction.SET_DEFAULT,
  });
  expect(model({ both }).proto.tables[0]?.foreignKeys).toEqual([]);
  expect(model({ parents }).proto.tables[0]?.uniques).toMatchObject([{ name: "code_is_taken", columns: [1] }]);
});

test("a version column is named by an option, and must be there", () => {
  const versioned = pgTable("versioned", { id: serial("id").primaryKey(), revision: integer("revision").notNull().default(1) });
  expect(model({ versioned }, "postgresql", { versioned: "revision" }).proto.tables[0]?.columns[1]?.version).toBe(true);
  expect(() => model({ versioned }, "postgresql", { versioned: "nothing" })).toThrow(/no column nothing/);
  expect(() => model({ versioned }, "postgresql", { nothing: "revision" })).toThrow(/no table nothing/);
});

test("tables whose writes check what they change are named by an option, and must be there", () => {
  const tables = new Map(Object.entries({ notes: pgTable("notes", { id: serial("id").primaryKey(), text: text("text") }) }));
  const build = (changedColumns: string[], versions = {}) =>
    buildModel({ dialect: "postgresql", tables, versions, changedColumns, columnName: (column) => column.name });
  expect(build(["notes"]).proto.tables[0]?.concurrency).toBe(Concurrency.CHANGED_COLUMNS);
  expect(build([]).proto.tables[0]?.concurrency).toBe(Concurrency.UNSPECIFIED);
  expect(() => build(["nothing"])).toThrow(/no table nothing/);
  expect(() => build(["notes"], { notes: "id" })).toThrow(/has a version/);
});

test("an integer primary key of SQLite's is generated, another key isn't", () => {
  const rows = sqliteTable("rows", { id: sqliteInteger("id").primaryKey(), x: sqliteText("x") });
  const named = sqliteTable("named", { name: sqliteText("name").primaryKey() });
  const { tables } = model({ rows, named }, "sqlite");
  expect(tables.map((table) => table.key[0]?.generatedKey)).toEqual([true, false]);
});
