import { defineRelations, type InferSelectModel } from "drizzle-orm";
import { int, mssqlTable, nvarchar } from "drizzle-orm/mssql-core";
import { drizzle } from "drizzle-orm/node-mssql";
import { expectTypeOf, test } from "vitest";
import { createUow, type Uow } from "../../src/index.js";

const users = mssqlTable("users", { id: int("id").primaryKey().identity(), name: nvarchar("name", { length: 20 }).notNull() });
const posts = mssqlTable("posts", { id: int("id").primaryKey(), authorId: int("author_id").notNull() });
const relations = defineRelations({ users, posts }, (r) => ({
  users: { posts: r.many.posts({ from: r.users.id, to: r.posts.authorId }) },
}));

const connect = () => drizzle("mssql://sa@localhost", { relations });
type Db = ReturnType<typeof connect>;

test("finders over MS SQL Server have Drizzle's own types, and create takes what an insert takes", () => {
  expectTypeOf<Uow<Db>["users"]["findMany"]>().toEqualTypeOf<Db["query"]["users"]["findMany"]>();
  const check = async (uow: Uow<Db>) => {
    const user = await uow.users.findFirst({ columns: { name: true }, with: { posts: true } });
    expectTypeOf(user).toEqualTypeOf<{ name: string; posts: InferSelectModel<typeof posts>[] } | undefined>();
    expectTypeOf(uow.users.create({ name: "n" })).toEqualTypeOf<InferSelectModel<typeof users>>();
    // @ts-expect-error -- the name is required
    uow.users.create({});
    // @ts-expect-error -- there is no such table
    void uow.nothing;
  };
  expectTypeOf(check).toBeFunction();
});

/** Whoever goes without a marker says what became of a save. */
function decide(db: Db): void {
  createUow(db, { withoutMarker: ({ saveId }) => saveId === "" });
  createUow(db, { withoutMarker: async ({ began }) => Promise.resolve(began !== undefined) });
  // @ts-expect-error -- whether it was committed has to be said
  createUow(db, { withoutMarker: () => undefined });
  // @ts-expect-error -- there is more to it than a switch
  createUow(db, { withoutMarker: true });
}

test("a save without a marker is decided by a function", () => {
  expectTypeOf(decide).toBeFunction();
});
