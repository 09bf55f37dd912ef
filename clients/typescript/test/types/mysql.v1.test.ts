import { defineRelations, type InferSelectModel } from "drizzle-orm";
import { int, mysqlTable, varchar } from "drizzle-orm/mysql-core";
import { drizzle } from "drizzle-orm/mysql2";
import type { Pool } from "mysql2/promise";
import { expectTypeOf, test } from "vitest";
import type { Uow } from "../../src/index.js";

const users = mysqlTable("users", { id: int("id").primaryKey().autoincrement(), name: varchar("name", { length: 20 }).notNull() });
const posts = mysqlTable("posts", { id: int("id").primaryKey(), authorId: int("author_id").notNull() });
const relations = defineRelations({ users, posts }, (r) => ({
  users: { posts: r.many.posts({ from: r.users.id, to: r.posts.authorId }) },
}));

const connect = (client: Pool) => drizzle({ client, relations });
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
