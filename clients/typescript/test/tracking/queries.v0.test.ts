import { PGlite } from "@electric-sql/pglite";
import { and, asc, desc, eq, gt, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BothWays, bothWays, countTracked } from "../support/both_ways.js";
import { begin } from "../support/world.js";
import { connect } from "../support/world.v0.js";
import { ddl, posts, rows, users } from "../support/world_tables.js";

type Db = ReturnType<typeof connect>;
type Queries = Db["query"];

let client: PGlite;
let db: Db;

beforeAll(async () => {
  client = await PGlite.create();
  await client.exec(ddl);
  await client.exec(rows);
  db = connect(client);
});
afterAll(async () => client.close());

const tracked = () => begin(db).uow.query as unknown as Queries;

async function selectNothing(q: Queries): Promise<unknown> {
  return q.users.findMany({ columns: {} });
}

const queries: BothWays<Queries>[] = [
  { name: "all rows", query: (q) => q.users.findMany() },
  { name: "the first row", query: (q) => q.users.findFirst() },
  { name: "no row", query: (q) => q.users.findFirst({ where: eq(users.id, 99) }) },
  { name: "no rows", query: (q) => q.users.findMany({ where: eq(users.id, 99) }) },
  { name: "a condition", query: (q) => q.users.findMany({ where: and(gt(users.id, 1), eq(users.role, "member")) }) },
  {
    name: "a condition by callback",
    query: (q) => q.posts.findMany({ where: (t, { eq, or }) => or(eq(t.id, 1), eq(t.title, "two")) }),
  },
  { name: "order", query: (q) => q.posts.findMany({ orderBy: [desc(posts.views), asc(posts.id)] }) },
  { name: "order by callback", query: (q) => q.posts.findMany({ orderBy: (t, { desc }) => desc(t.id) }) },
  { name: "limit and offset", query: (q) => q.posts.findMany({ orderBy: posts.id, limit: 1, offset: 1 }) },
  { name: "columns without the key", query: (q) => q.users.findMany({ columns: { name: true, email: true } }) },
  { name: "columns with the key", query: (q) => q.users.findMany({ columns: { id: true, name: true } }) },
  { name: "columns left out", query: (q) => q.users.findMany({ columns: { settings: false, name: false } }) },
  { name: "the key left out", query: (q) => q.users.findMany({ columns: { id: false } }) },
  { name: "the key and more left out", query: (q) => q.users.findMany({ columns: { id: false, email: false } }) },
  { name: "columns both ways", query: (q) => q.users.findMany({ columns: { name: true, email: false } }) },
  { name: "no columns but a relation", query: (q) => q.users.findMany({ columns: {}, with: { posts: true } }) },
  { name: "columns without a composite key", query: (q) => q.memberships.findMany({ columns: { seat: true } }) },
  { name: "columns with half a composite key", query: (q) => q.memberships.findMany({ columns: { seat: true, userId: true } }) },
  { name: "columns of a table without key", query: (q) => q.visits.findMany({ columns: { path: true } }) },
  { name: "a table without key", query: (q) => q.visits.findMany() },
  { name: "many", query: (q) => q.users.findMany({ with: { posts: true } }) },
  { name: "one", query: (q) => q.posts.findMany({ with: { author: true } }) },
  { name: "one that is missing", query: (q) => q.comments.findMany({ with: { author: true } }) },
  { name: "several relations", query: (q) => q.users.findMany({ with: { posts: true, comments: true, memberships: true } }) },
  { name: "a relation that is undefined", query: (q) => q.users.findMany({ with: { posts: undefined } }) },
  { name: "relations of relations", query: (q) => q.users.findMany({ with: { posts: { with: { comments: true } } } }) },
  {
    name: "many to many by the table between",
    query: (q) => q.users.findMany({ with: { memberships: { with: { group: true } } } }),
  },
  {
    name: "columns of relations",
    query: (q) =>
      q.users.findMany({
        columns: { name: true },
        with: { posts: { columns: { title: true } }, memberships: { columns: { seat: true } } },
      }),
  },
  {
    name: "conditions, order and limit of relations",
    query: (q) => q.users.findMany({ with: { posts: { where: gt(posts.views, 10), orderBy: desc(posts.id), limit: 1 } } }),
  },
  { name: "extras", query: (q) => q.users.findMany({ extras: { upper: sql<string>`upper(${users.name})`.as("upper") } }) },
  {
    name: "extras by callback, and of relations",
    query: (q) =>
      q.users.findMany({
        columns: { name: true },
        extras: (t, { sql }) => ({ length: sql<number>`length(${t.name})`.as("length") }),
        with: { posts: { columns: {}, extras: { shout: sql<string>`upper(${posts.title})`.as("shout") } } },
      }),
  },
  {
    name: "a row inside of itself",
    query: (q) => q.users.findMany({ columns: { name: true }, with: { posts: { with: { author: { columns: { name: true } } } } } }),
    circular: true,
  },
  {
    name: "a prepared query with placeholders",
    query: (q) =>
      q.users
        .findMany({
          where: eq(users.id, sql.placeholder("id")),
          limit: sql.placeholder("limit"),
          with: { posts: { limit: sql.placeholder("posts") } },
        })
        .prepare("both_ways_many")
        .execute({ id: 1, limit: 1, posts: 1 }),
  },
  {
    name: "a prepared first row without its key",
    query: (q) =>
      q.users
        .findFirst({ columns: { name: true } })
        .prepare("both_ways_first")
        .execute(),
  },
];

describe("queries of Drizzle 0.45, on PGlite", () => {
  bothWays(queries, () => db.query, tracked);

  test("every row of a table with a key is tracked, relations' rows included", async () => {
    const result = await tracked().users.findMany({
      columns: { name: true },
      with: { posts: { with: { comments: true } }, memberships: true },
    });
    expect(countTracked(result)).toBe(3 + 3 + 3 + 3);
    expect(countTracked(await tracked().visits.findMany())).toBe(0);
  });

  test("the SQL of a query stays what it was, but for the key", () => {
    const plain = db.query.users.findMany({ with: { posts: true } });
    expect(
      tracked()
        .users.findMany({ with: { posts: true } })
        .toSQL(),
    ).toEqual(plain.toSQL());
    expect(
      tracked()
        .users.findMany({ columns: { name: true } })
        .toSQL().sql,
    ).toContain('"id"');
  });

  test("what Drizzle refuses is refused with Drizzle's own error", async () => {
    const error = await selectNothing(db.query).catch((error: unknown) => error);
    await expect(selectNothing(tracked())).rejects.toThrow((error as Error).message);
    await expect((async () => tracked().users.findMany({ where: sql`nonsense` }))()).rejects.toThrow(/Failed query/);
  });

  test("what isn't the unit of work's own is the handle's", async () => {
    const uow = begin(db).uow as unknown as Db;
    expect(await uow.select({ name: users.name }).from(users).where(eq(users.id, 1))).toEqual([{ name: "ann" }]);
    expect(await uow.$count(users)).toBe(3);
    expect(uow.$client).toBe(client);
    expect(await uow.transaction(async (tx) => tx.query.users.findFirst({ columns: { name: true } }))).toEqual({ name: "ann" });
    const cte = uow.$with("cte").as(uow.select({ id: users.id }).from(users));
    expect(await uow.with(cte).select().from(cte)).toHaveLength(3);
  });
});
