import { relations, type InferSelectModel } from "drizzle-orm";
import { int, mysqlTable, varchar } from "drizzle-orm/mysql-core";
import { drizzle } from "drizzle-orm/mysql2";
import { drizzle as drizzleSinglestore } from "drizzle-orm/singlestore";
import { int as singlestoreInt, singlestoreTable, varchar as singlestoreVarchar } from "drizzle-orm/singlestore-core";
import type { Pool } from "mysql2/promise";
import { expectTypeOf, test } from "vitest";
import { createUow, type Uow } from "../../src/index.js";

const users = mysqlTable("users", { id: int("id").primaryKey().autoincrement(), name: varchar("name", { length: 20 }).notNull() });
const posts = mysqlTable("posts", { id: int("id").primaryKey(), authorId: int("author_id").notNull() });
const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }));
const notes = singlestoreTable("notes", {
  id: singlestoreInt("id").primaryKey(),
  text: singlestoreVarchar("text", { length: 20 }),
});

const connect = (client: Pool) => drizzle(client, { schema: { users, posts, usersRelations }, mode: "planetscale" });
const connectSinglestore = (client: Pool) => drizzleSinglestore({ client });
type Db = ReturnType<typeof connect>;

test("finders over MySQL have Drizzle's own types, and create takes what an insert takes", () => {
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

const findNotes = async (client: Pool) => {
  const uow = createUow(connectSinglestore(client), { schema: { notes } });
  expectTypeOf(await uow.notes.findMany({ limit: 1 })).toEqualTypeOf<InferSelectModel<typeof notes>[]>();
  expectTypeOf(uow.notes.create({ id: 1 })).toEqualTypeOf<InferSelectModel<typeof notes>>();
};

test("SingleStore's tables come by createUow's own schema, with finders by SQL", () => {
  expectTypeOf(findNotes).toBeFunction();
});
