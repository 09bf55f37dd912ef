import { createClient } from "@libsql/client";
import Database from "better-sqlite3";
import { eq, isTable, sql } from "drizzle-orm";
import { drizzle as overBetterSqlite } from "drizzle-orm/better-sqlite3";
import { drizzle as overLibsql } from "drizzle-orm/libsql";
import { blob, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { beforeEach, describe, expect, test } from "vitest";
import { stateOf } from "../../src/tracking/state_of.js";
import { begin } from "../support/world.js";

const notes = sqliteTable("notes", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  text: text("text").notNull(),
  at: integer("at", { mode: "timestamp" }),
  done: integer("done", { mode: "boolean" }).notNull().default(false),
  meta: text("meta", { mode: "json" }).$type<{ tags: string[] }>(),
  raw: blob("raw", { mode: "buffer" }),
});
const ddl = `create table notes (id integer primary key autoincrement, text text not null, at integer, done integer not null default 0,
  meta text, raw blob);
  insert into notes (text, at, meta, raw) values ('one', 1000000000, '{"tags":["a"]}', x'0102'), ('two', null, null, null);`;

type Note = typeof notes.$inferSelect;

/** A query of a synchronous driver. */
interface Sync<T> extends PromiseLike<T> {
  sync(): T;
  prepare(): { all(): T; get(): T; execute(values?: object): { sync(): T }; getQuery(): { sql: string } };
}

interface Notes {
  findFirst(config?: object): Sync<Note | undefined>;
  findMany(config?: object): Sync<Note[]>;
  create(values: typeof notes.$inferInsert): Note;
}

/** The handle with the schema as the line takes it. */
async function withSchema<T>(make: (config: object) => T): Promise<T> {
  if (process.env["DRIZZLE_LINE"] !== "1.0") return make({ schema: { notes } });
  const line = (await import("drizzle-orm")) as unknown as { defineRelations(tables: object): object };
  return make({ relations: line.defineRelations({ notes }) });
}

describe("a synchronous driver", () => {
  let uow: { notes: Notes };

  beforeEach(async () => {
    const client = new Database(":memory:");
    client.exec(ddl);
    const db = await withSchema((config) => overBetterSqlite({ client, ...config }));
    uow = begin(db).uow as unknown as { notes: Notes };
  });

  test("results are tracked without awaiting, in all the ways to get them", async () => {
    const first = uow.notes.findFirst().sync();
    expect(first?.text).toBe("one");
    expect(uow.notes.findMany().sync()[0]).toBe(first);
    expect(await uow.notes.findFirst()).toBe(first);
    const prepared = uow.notes.findMany({ columns: { text: true } }).prepare();
    expect(prepared.all()[0]).toBe(first);
    expect(prepared.execute().sync()[0]).toBe(first);
    expect(prepared.getQuery().sql).toContain("select");
    expect(stateOf(prepared.all()[1])).toBeDefined();
  });

  test("dates, booleans, JSON and blobs are changed as on other drivers", () => {
    const note = uow.notes.findFirst().sync();
    if (note === undefined) throw new Error("the note is missing");
    note.at?.setFullYear(2010);
    note.meta?.tags.push("b");
    note.done = true;
    note.raw?.writeUInt8(7, 1);
    const [pending] = (uow as unknown as { pending(): { values: Partial<Note> }[] }).pending();
    expect(Object.keys(pending?.values ?? {})).toEqual(["meta", "done", "at", "raw"]);
    expect(pending?.values.meta).toEqual({ tags: ["a", "b"] });
  });
});

test("batches of queries are tracked", async () => {
  const client = createClient({ url: ":memory:" });
  await client.executeMultiple(ddl);
  const db = await withSchema((config) => overLibsql({ client, ...config }));
  const uow = begin(db).uow as unknown as { notes: Notes; batch(queries: unknown[]): Promise<Note[][]> };
  const [all, some] = await uow.batch([uow.notes.findMany(), uow.notes.findMany({ columns: { text: true }, limit: 1 })]);
  expect(all).toHaveLength(2);
  expect(some?.[0]).toBe(all?.[0]);
  expect(stateOf(all?.[1])).toBeDefined();
});

test("tables that Drizzle's schema doesn't have can be given to createUow", async () => {
  const client = new Database(":memory:");
  client.exec(ddl);
  const db = overBetterSqlite({ client });
  expect(() => begin(db)).toThrow(/knows no tables.*createUow\(db, \{ schema \}\)/);
  expect(isTable(notes)).toBe(true);
  const uow = begin(db, { schema: { notes, other: 5 } }).uow as unknown as { notes: Notes; pending(): unknown[] };
  const [two] = await uow.notes.findMany({ where: eq(notes.text, "two"), orderBy: sql`id` });
  if (two === undefined) throw new Error("the note is missing");
  two.text = "changed";
  expect(await uow.notes.findFirst({ where: eq(notes.id, 2) })).toBe(two);
  uow.notes.create({ text: "new" });
  expect(uow.pending()).toHaveLength(2);
});

test("what isn't a handle of Drizzle's is refused with what would be one", () => {
  expect(() => begin({})).toThrow(/db or tx of drizzle\(\)/);
});
