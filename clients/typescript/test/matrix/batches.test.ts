import { sql } from "drizzle-orm";
import { type AnyPgColumn, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createUow, StaleEntityError } from "../../src/index.js";
import { type DriverUnderTest, everyDriver, type Handle, stopServers } from "./drivers.js";
import { Shop } from "./shop.js";

// Databases without transactions: a save is one atomic batch.

afterAll(stopServers);

type Batch = (statements: readonly object[], ...rest: unknown[]) => Promise<unknown>;

/** Lets a test run around the batches of a handle, as if somebody else did. */
function intercept(db: object, around: (batch: () => Promise<unknown>, statements: readonly object[]) => Promise<unknown>): void {
  const { session } = db as { readonly session: { client: Record<string, unknown> } };
  const client = session.client;
  const name = typeof client === "function" ? "transaction" : "batch";
  const batch = Reflect.get(client, name) as Batch;
  const wrapped: Batch = async (statements, ...rest) =>
    around(
      async () => Reflect.apply<unknown, unknown[], Promise<unknown>>(batch as never, client, [statements, ...rest]),
      statements,
    );
  session.client = new Proxy(client, { get: (target, key) => (key === name ? wrapped : (Reflect.get(target, key) as unknown)) });
}

describe.each(everyDriver.filter(({ batches }) => batches === true))("$name", (driver) => {
  let shop: Shop;
  let handle: Handle;
  beforeAll(async () => {
    shop = await Shop.open({ driver, by: "client" });
  });
  beforeEach(async () => {
    handle = await shop.connect();
  });
  afterEach(async () => shop.clear());
  afterAll(async () => shop.close());

  const load = async (...names: string[]) => {
    const uow = shop.uow({ db: handle.db });
    for (const name of names) uow.authors.create({ name });
    await uow.save();
    return { uow, authors: await uow.authors.findMany(shop.orderById("authors")) };
  };

  test("A row that somebody else deletes at the last moment leaves the whole batch unapplied", async () => {
    const { uow, authors } = await load("Ada", "Ben");
    for (const author of authors) author.country = "UK";
    uow.authors.create({ name: "Cleo" });
    intercept(handle.db, async (batch) => {
      await shop.handle.execute("DELETE FROM authors WHERE name = 'Ben'");
      return batch();
    });
    const error: unknown = await uow.save().catch((failed: unknown) => failed);
    expect(error).toBeInstanceOf(StaleEntityError);
    expect((error as StaleEntityError).entities).toMatchObject([{ table: "authors", key: [authors[1]?.id] }]);
    expect(await shop.rows("authors", "name, country")).toEqual([{ name: "Ada", country: "nowhere" }]);
  });

  test("A fence that was lost leaves the whole batch unapplied", async () => {
    const { uow, authors } = await load("Ada");
    uow.authors.create({ name: "Ben" });
    for (const author of authors) author.country = "UK";
    intercept(handle.db, async (batch) => {
      await shop.handle.execute("UPDATE uow_saves SET fence = fence + 100");
      return batch();
    });
    await expect(uow.save()).rejects.toMatchObject({ reason: "FENCED" });
    expect(await shop.rows("authors", "name, country")).toEqual([{ name: "Ada", country: "nowhere" }]);
  });

  test("A batch whose answer is lost is saved once", async () => {
    const { uow } = await load("Ada");
    const ben = uow.authors.create({ name: "Ben" });
    const book = uow.books.create({ authorId: ben.id, title: "Lost" });
    let lost = false;
    intercept(handle.db, async (batch) => {
      const result = await batch();
      if (lost) return result;
      lost = true;
      throw new TypeError("fetch failed");
    });
    expect(await uow.save()).toMatchObject({ inserted: 2 });
    expect(await shop.names()).toEqual(["Ada", "Ben"]);
    expect(await shop.handle.rows(`SELECT title FROM books WHERE id = ${book.id} AND author_id = ${ben.id}`)).toEqual([
      { title: "Lost" },
    ]);
  });

  test("Keys that somebody else has taken since they were drawn are drawn again", async () => {
    const { uow } = await load("Ada");
    const authors = ["Ben", "Cleo"].map((name) => uow.authors.create({ name }));
    let tries = 0;
    intercept(handle.db, async (batch) => {
      if (++tries === 1) await shop.handle.execute("INSERT INTO authors (name) VALUES ('Dan')");
      return batch();
    });
    expect(await uow.save()).toMatchObject({ inserted: 2 });
    expect(await shop.names()).toEqual(["Ada", "Ben", "Cleo", "Dan"]);
    for (const { id, name } of authors)
      expect(await shop.handle.rows(`SELECT name FROM authors WHERE id = ${id}`)).toEqual([{ name }]);
  });

  test("A row that breaks a constraint among many is named, and nothing is applied to find it", async () => {
    const { uow } = await load("Ada");
    const authors = Array.from({ length: 70 }, (_, i) => uow.authors.create({ name: i === 41 ? "Ada" : `Author ${i}` }));
    uow.books.create({ authorId: authors[0]?.id ?? 0, title: "First" });
    const error: unknown = await uow.save().catch((failed: unknown) => failed);
    expect(error).toMatchObject({ reason: "CONSTRAINT_UNIQUE", constraint: "authors_name", columns: ["name"] });
    expect((error as StaleEntityError).entities).toHaveLength(1);
    expect(await shop.names()).toEqual(["Ada"]);
  });
});

async function openShop(driver: DriverUnderTest): Promise<Shop> {
  const shop = await Shop.open({ driver, by: "client" });
  onTestFinished(async () => shop.close());
  return shop;
}

test("On D1 no statement has more than 100 parameters", async () => {
  const driver = everyDriver.find(({ name }) => name === "d1");
  if (driver === undefined) throw new Error("D1 runs here");
  const shop = await openShop(driver);
  const queries: unknown[][] = [];
  const handle = await shop.connect();
  const uow = shop.uow({ db: handle.db });
  const { session } = handle.db as unknown as { readonly session: { client: { prepare(text: string): object } } };
  const { client } = session;
  session.client = new Proxy(client, {
    get: (target, key) => {
      if (key !== "prepare") return Reflect.get(target, key) as unknown;
      return (text: string) => {
        const statement = client.prepare(text);
        const bind = (...values: unknown[]): unknown => {
          queries.push(values);
          return Reflect.apply(Reflect.get(statement, "bind") as Batch, statement, values);
        };
        return { bind };
      };
    },
  });
  const authors = Array.from({ length: 150 }, (_, i) => uow.authors.create({ name: `Author ${i}` }));
  await uow.save();
  for (const author of authors) author.country = "UK";
  expect(await uow.save()).toMatchObject({ updated: 150 });
  expect(Math.max(...queries.map(({ length }) => length))).toBeLessThanOrEqual(100);
  expect(await shop.rows("authors", "count(*) AS n, min(country) AS country")).toEqual([{ n: 150, country: "UK" }]);
});

test("Over HTTP, keys that are no numbers are drawn from their default", async () => {
  const driver = everyDriver.find(({ name }) => name === "neon-http");
  if (driver === undefined) throw new Error("Neon's client runs here");
  const shop = await openShop(driver);
  await shop.handle.execute(
    `CREATE TABLE notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), reply_to uuid REFERENCES notes (id), text text)`,
  );
  const notes = pgTable("notes", {
    id: uuid("id").primaryKey().default(sql`gen_random_uuid()`),
    replyTo: uuid("reply_to").references((): AnyPgColumn => notes.id),
    text: text("text"),
  });
  const uow = createUow(shop.handle.db, { schema: { notes }, endpoint: shop.uowd.endpoint });
  const first = uow.notes.create({ text: "Hello" });
  const second = uow.notes.create({ text: "Hi", replyTo: first.id });
  expect(await uow.save()).toMatchObject({ inserted: 2 });
  expect(await shop.handle.rows("SELECT id, reply_to FROM notes ORDER BY reply_to NULLS FIRST")).toEqual([
    { id: first.id, reply_to: null },
    { id: second.id, reply_to: first.id },
  ]);
  await uow.close();
});
