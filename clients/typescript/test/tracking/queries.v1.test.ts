import { PGlite } from "@electric-sql/pglite";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BothWays, bothWays, countTracked } from "../support/both_ways.js";
import { begin } from "../support/world.js";
import { connect } from "../support/world.v1.js";
import { ddl, rows, users } from "../support/world_tables.js";

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
  { name: "no row", query: (q) => q.users.findFirst({ where: { id: 99 } }) },
  { name: "no rows", query: (q) => q.users.findMany({ where: { id: 99 } }) },
  {
    name: "conditions",
    query: (q) => q.users.findMany({ where: { id: { gt: 1 }, OR: [{ name: "bob" }, { email: { isNull: true } }] } }),
  },
  { name: "a condition in SQL", query: (q) => q.posts.findMany({ where: { RAW: (t) => sql`${t.id} in (1, 2)` } }) },
  { name: "a condition on relations", query: (q) => q.users.findMany({ where: { posts: { views: { gt: 20 } } } }) },
  { name: "a condition that there is no relation", query: (q) => q.users.findMany({ where: { NOT: { posts: true } } }) },
  { name: "order", query: (q) => q.posts.findMany({ orderBy: { views: "desc", id: "asc" } }) },
  { name: "order by callback", query: (q) => q.posts.findMany({ orderBy: (t, { desc }) => desc(t.id) }) },
  { name: "limit and offset", query: (q) => q.posts.findMany({ orderBy: { id: "asc" }, limit: 1, offset: 1 }) },
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
  { name: "a view", query: (q) => q.authors.findMany({ orderBy: { id: "asc" } }) },
  {
    name: "a view with a relation",
    query: (q) => q.authors.findMany({ columns: { name: true }, orderBy: { id: "asc" }, with: { posts: true } }),
  },
  { name: "many", query: (q) => q.users.findMany({ with: { posts: true } }) },
  { name: "one", query: (q) => q.posts.findMany({ with: { author: true } }) },
  { name: "one that is missing", query: (q) => q.comments.findMany({ with: { author: true } }) },
  { name: "several relations", query: (q) => q.users.findMany({ with: { posts: true, comments: true, memberships: true } }) },
  { name: "a relation that is false", query: (q) => q.users.findMany({ with: { posts: false, comments: true } }) },
  { name: "relations of relations", query: (q) => q.users.findMany({ with: { posts: { with: { comments: true } } } }) },
  { name: "many to many through a table", query: (q) => q.users.findMany({ with: { groups: true } }) },
  {
    name: "many to many, columns without the key",
    query: (q) =>
      q.users.findMany({ columns: { name: true }, with: { groups: { columns: { title: true }, orderBy: { title: "desc" } } } }),
  },
  { name: "many to many the other way round", query: (q) => q.groups.findMany({ with: { users: { columns: { name: true } } } }) },
  {
    name: "columns of relations",
    query: (q) =>
      q.users.findMany({
        columns: { name: true },
        with: { posts: { columns: { title: true } }, memberships: { columns: { seat: true } } },
      }),
  },
  {
    name: "conditions, order, limit and offset of relations",
    query: (q) =>
      q.users.findMany({ with: { posts: { where: { views: { gt: 5 } }, orderBy: { id: "desc" }, limit: 1, offset: 1 } } }),
  },
  { name: "a condition on a single relation", query: (q) => q.posts.findMany({ with: { author: { where: { name: "ann" } } } }) },
  { name: "extras", query: (q) => q.users.findMany({ extras: { upper: (t) => sql<string>`upper(${t.name})` } }) },
  {
    name: "extras by callback, and of relations",
    query: (q) =>
      q.users.findMany({
        columns: { name: true },
        extras: { length: (t, { sql }) => sql<number>`length(${t.name})` },
        with: { posts: { columns: {}, extras: { shout: (t, { sql }) => sql<string>`upper(${t.title})` } } },
      }),
  },
  {
    name: "extras that count",
    query: (q) =>
      q.users.findMany({ extras: { posts: (t) => sql<number>`(select count(*)::int from posts where author_id = ${t.id})` } }),
  },
  {
    name: "a row inside of itself",
    query: (q) => q.users.findMany({ with: { posts: { with: { author: true } } } }),
    circular: true,
  },
  {
    name: "a prepared query with placeholders",
    query: (q) =>
      q.users
        .findMany({
          where: { id: sql.placeholder("id") },
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

describe("queries of Drizzle 1.0, on PGlite", () => {
  bothWays(queries, () => db.query, tracked);

  test("every row of a table with a key is tracked, relations' rows included, a view's are not", async () => {
    const result = await tracked().users.findMany({
      columns: { name: true },
      with: { posts: { with: { comments: true } }, groups: true },
    });
    expect(countTracked(result)).toBe(3 + 3 + 3 + 3);
    expect(countTracked(await tracked().visits.findMany())).toBe(0);
    expect(countTracked(await tracked().authors.findMany({ with: { posts: true } }))).toBe(3);
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
    await expect((async () => tracked().users.findMany({ where: { RAW: sql`nonsense` } }))()).rejects.toThrow(/Failed query/);
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
