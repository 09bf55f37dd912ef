import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import BetterSqlite3 from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { createUow } from "../../src/index.js";
import { TestUowd } from "../support/uowd.js";
import { drivers, stopServers } from "./drivers.js";
import { Shop, type ShopUow } from "./shop.js";
import { tables } from "./shop_sqlite.js";

// createUow(tx): the outcome of such a save is that of the user's own transaction.

afterAll(stopServers);

describe.each(drivers.filter(({ synchronous, batches }) => synchronous !== true && batches !== true))("$name", (driver) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ driver, by: "client" });
    // In MySQL the marker's table has to be there: creating it would commit the user's transaction.
    const uow = shop.uow();
    uow.authors.create({ name: "First" });
    await uow.save();
    await shop.clear();
  });
  afterEach(async () => shop.clear());
  afterAll(async () => shop.close());

  const saveWithin = async (tx: object, name: string): Promise<ShopUow> => {
    const uow = shop.uow({ db: tx });
    const author = uow.authors.create({ name });
    uow.books.create({ authorId: author.id, title: `by ${name}` });
    expect(await uow.save()).toMatchObject({ inserted: 2 });
    expect(author).toMatchObject({ country: "nowhere" });
    return uow;
  };

  test("It is saved once the user's transaction is committed, and whoever takes the session up knows", async () => {
    let session = "";
    await shop.handle.transaction(async (tx) => {
      ({ session } = await saveWithin(tx, "Ada"));
    });
    expect(await shop.names()).toEqual(["Ada"]);
    const uow = shop.uow({ session });
    await uow.ready;
    await uow.save();
    expect(await shop.names()).toEqual(["Ada"]);
    expect(uow.pending()).toEqual([]);
  });

  test("With the user's transaction rolled back it was never saved, and is still pending in the session", async () => {
    let session = "";
    const rollback = shop.handle.transaction(async (tx) => {
      ({ session } = await saveWithin(tx, "Ada"));
      throw new Error("changed my mind");
    });
    await expect(rollback).rejects.toThrow("changed my mind");
    expect(await shop.names()).toEqual([]);
    const uow = shop.uow({ session });
    await uow.ready;
    expect(await uow.save()).toMatchObject({ inserted: 2 });
    expect(await shop.names()).toEqual(["Ada"]);
  });

  test("A second save in the same transaction can't know what becomes of the first", async () => {
    let second: unknown;
    await shop.handle.transaction(async (tx) => {
      const uow = await saveWithin(tx, "Ada");
      uow.authors.create({ name: "Ben" });
      second = await uow.save().catch((error: unknown) => error);
    });
    expect(second).toMatchObject({ reason: "SAVE_IN_DOUBT" });
    expect(await shop.names()).toEqual(["Ada"]);
  });

  test("A save that fails takes back only its own part of the user's transaction", async () => {
    await shop.handle.execute("INSERT INTO authors (name) VALUES ('Ada')");
    await shop.handle.transaction(async (tx) => {
      const uow = shop.uow({ db: tx });
      const begin = uow.setCheckpoint();
      uow.authors.create({ name: "Ada" });
      await expect(uow.save()).rejects.toMatchObject({ reason: "CONSTRAINT_UNIQUE" });
      expect(uow.rollback(begin).error).toBeUndefined();
      uow.authors.create({ name: "Ben" });
      expect(await uow.save()).toMatchObject({ inserted: 1 });
    });
    expect(await shop.names()).toEqual(["Ada", "Ben"]);
  });
});

test("A transaction of a synchronous driver is over before anything can be saved in it: an error says so", async () => {
  const uowd = await TestUowd.start();
  const db = drizzle({ client: new BetterSqlite3(":memory:") });
  const saves: Promise<unknown>[] = [];
  const units: { close(): Promise<void> }[] = [];
  db.transaction((tx) => {
    const uow = createUow(tx, { schema: tables, endpoint: uowd.endpoint });
    uow.authors.create({ name: "Ada" });
    saves.push(uow.save());
    units.push(uow);
  });
  await expect(saves[0]).rejects.toMatchObject({ reason: "TRANSACTION_UNAVAILABLE" });
  await units[0]?.close();
  await uowd.remove();
});

test("A query that can't wait doesn't read rows whose keys a running save is about to tell", async () => {
  const driver = drivers.find(({ name }) => name === "better-sqlite3");
  if (driver === undefined) throw new Error("better-sqlite3 runs here");
  const shop = await Shop.open({ driver, by: "client" });
  const uow = shop.uow();
  const ada = uow.authors.create({ name: "Ada" });
  const query = () => uow.authors.findMany() as unknown as { sync(): object[] };
  const save = uow.save();
  expect(() => query().sync()).toThrow(expect.objectContaining({ name: "SaveInProgressError", reason: "SAVE_IN_PROGRESS" }));
  await save;
  expect(query().sync()[0]).toBe(ada);
  await shop.close();
});
