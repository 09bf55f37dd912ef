import type { PGlite } from "@electric-sql/pglite";
import type Database from "better-sqlite3";
import type { InferSelectModel } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { expectTypeOf, test } from "vitest";
import {
  type Checkpoint,
  createUow,
  type JournalChange,
  type PlainTable,
  type RollbackError,
  type RollbackReason,
  type SaveResult,
  type Uow,
} from "../../src/index.js";
import type { connect } from "../support/world.v0.js";
import type { save, users } from "../support/world_tables.js";

type Db = ReturnType<typeof connect>;

const connectSqlite = (client: Database.Database) => drizzle({ client });
const connectWith = (client: Database.Database) => drizzle({ client, schema: { extra } });

declare const db: Db;

/** Compiled, not run. */
function types(check: (uow: Uow<Db>) => unknown): void {
  expectTypeOf(check).toBeFunction();
}

function typesOf(check: (db: never) => unknown): void {
  expectTypeOf(check).toBeFunction();
}

test("finders have Drizzle's own types", () => {
  expectTypeOf<Uow<Db>["users"]["findMany"]>().toEqualTypeOf<Db["query"]["users"]["findMany"]>();
  expectTypeOf<Uow<Db>["posts"]["findFirst"]>().toEqualTypeOf<Db["query"]["posts"]["findFirst"]>();
  expectTypeOf<Uow<Db>["query"]>().toEqualTypeOf<Db["query"]>();
  types(async (uow) => {
    const user = await uow.users.findFirst({ columns: { name: true }, with: { posts: { columns: { title: true } } } });
    expectTypeOf(user).toEqualTypeOf<{ name: string; posts: { title: string }[] } | undefined>();
    const all = await uow.users.findMany();
    expectTypeOf(all).toEqualTypeOf<InferSelectModel<typeof users>[]>();
    // @ts-expect-error -- no such column
    await uow.users.findMany({ columns: { nmae: true } });
    // @ts-expect-error -- no such relation
    await uow.users.findMany({ with: { nothing: true } });
    // @ts-expect-error -- no such table
    void uow.nothing;
  });
});

test("create takes what an insert takes, and gives what a select gives", () => {
  types((uow) => {
    const user = uow.users.create({ name: "n" });
    expectTypeOf(user).toEqualTypeOf<InferSelectModel<typeof users>>();
    uow.posts.create({ authorId: user.id, title: "t" });
    // @ts-expect-error -- the name is required
    uow.users.create({});
    // @ts-expect-error -- a string
    uow.users.create({ name: 5 });
    // @ts-expect-error -- no such column
    uow.users.create({ name: "n", nmae: "m" });
    // @ts-expect-error -- a number
    uow.posts.create({ authorId: "1", title: "t" });
    // @ts-expect-error -- computed
    uow.groups.create({ code: "c", title: "t", slug: "s" });
    // @ts-expect-error -- a number
    user.id = "x";
    // @ts-expect-error -- not null
    user.name = null;
    user.email = null;
  });
});

test("delete takes entities of the table, whole or in part", () => {
  expectTypeOf<Uow<Db>["users"]["delete"]>().parameter(0).toEqualTypeOf<Partial<InferSelectModel<typeof users>>>();
  types(async (uow) => {
    const part = await uow.users.findFirst({ columns: { name: true }, with: { posts: true } });
    if (part !== undefined) uow.users.delete(part);
    uow.users.delete(uow.users.create({ name: "n" }));
    // @ts-expect-error -- an id is no entity
    uow.users.delete(1);
    // @ts-expect-error -- there may be none
    uow.users.delete(part);
    // @ts-expect-error -- of another table
    uow.visits.delete(uow.posts.create({ authorId: 1, title: "t" }));
  });
});

test("the unit of work's own names win, and tables have them all", () => {
  types(async (uow) => {
    expectTypeOf<Uow<Db>["save"]>().toBeFunction();
    expectTypeOf(await uow.save()).toEqualTypeOf<SaveResult>();
    expectTypeOf<typeof uow.tables.save.create>().returns.toEqualTypeOf<InferSelectModel<typeof save>>();
    expectTypeOf(uow.$table("save").create({ userId: 1, groupCode: "c" })).toEqualTypeOf<InferSelectModel<typeof save>>();
    expectTypeOf(uow.tables.users.findMany).toEqualTypeOf<Db["query"]["users"]["findMany"]>();
    // @ts-expect-error -- a unit of work is no promise
    void uow.then;
  });
});

test("what isn't the unit of work's own has the handle's types", () => {
  types((uow) => {
    expectTypeOf(uow.select).toEqualTypeOf<Db["select"]>();
    expectTypeOf(uow.transaction).toEqualTypeOf<Db["transaction"]>();
    expectTypeOf(uow.$client).toEqualTypeOf<PGlite>();
    expectTypeOf(uow.insert).toEqualTypeOf<Db["insert"]>();
  });
});

test("checkpoints, results and errors are typed", () => {
  types(async (uow) => {
    const checkpoint = uow.setCheckpoint();
    expectTypeOf(checkpoint).toEqualTypeOf<Checkpoint>();
    const { error } = uow.rollback(checkpoint);
    expectTypeOf(error).toEqualTypeOf<RollbackError | undefined>();
    if (error !== undefined) expectTypeOf(error.reason).toEqualTypeOf<RollbackReason>();
    expectTypeOf(await uow.save(checkpoint)).toEqualTypeOf<SaveResult>();
    expectTypeOf(uow.session).toEqualTypeOf<string>();
    expectTypeOf(uow.unwrap(uow.users.create({ name: "n" }))).toEqualTypeOf<InferSelectModel<typeof users>>();
    for await (const change of uow.changes()) expectTypeOf(change).toEqualTypeOf<JournalChange>();
    // @ts-expect-error -- neither a checkpoint nor a name
    uow.rollback({});
    // @ts-expect-error -- a checkpoint is made by setCheckpoint only
    void uow.save({ name: "n" });
    await using disposed = uow;
    expectTypeOf(disposed).toEqualTypeOf<typeof uow>();
  });
});

test("options know the tables", () => {
  types(() => {
    expectTypeOf(createUow(db)).toEqualTypeOf<Uow<Db>>();
    createUow(db, { session: "0", target: "main", versions: { groups: "version" }, changedColumns: ["users"] });
    // @ts-expect-error -- no such table
    createUow(db, { versions: { nothing: "version" } });
    // @ts-expect-error -- no such table
    createUow(db, { changedColumns: ["nothing"] });
    // @ts-expect-error -- a session is an id
    createUow(db, { session: 1 });
  });
});

const extra = sqliteTable("extra", { id: integer("id").primaryKey(), text: text("text").notNull() });

test("tables that only createUow's schema has are there as well", () => {
  typesOf(async (plain: ReturnType<typeof connectSqlite>) => {
    const uow = createUow(plain, { schema: { extra, other: 5 } });
    expectTypeOf(await uow.extra.findMany({ limit: 1 })).toEqualTypeOf<InferSelectModel<typeof extra>[]>();
    expectTypeOf(await uow.extra.findFirst()).toEqualTypeOf<InferSelectModel<typeof extra> | undefined>();
    expectTypeOf(uow.extra.create({ text: "t" })).toEqualTypeOf<InferSelectModel<typeof extra>>();
    expectTypeOf(uow.tables.extra).toEqualTypeOf<PlainTable<typeof extra>>();
    // @ts-expect-error -- no table
    void uow.other;
  });
});

test("a synchronous driver's finders stay synchronous", () => {
  typesOf((plain: ReturnType<typeof connectWith>) => {
    const uow = createUow(plain);
    expectTypeOf(uow.extra.findFirst().sync()).toEqualTypeOf<InferSelectModel<typeof extra> | undefined>();
    expectTypeOf(uow.extra.findMany).toEqualTypeOf<ReturnType<typeof connectWith>["query"]["extra"]["findMany"]>();
  });
});
