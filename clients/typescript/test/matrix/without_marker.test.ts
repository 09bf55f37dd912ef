import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { createUow, type DecideSave, type UndecidedSave } from "../../src/index.js";
import { drivers, type Handle, stopServers } from "./drivers.js";
import { Shop, type ShopUow } from "./shop.js";

// Saves in databases that can't have the table of markers: of a lost COMMIT nothing tells, so that the application is asked.

afterAll(stopServers);

const under = drivers.filter(({ synchronous, batches }) => synchronous !== true && batches !== true);

type Transaction = (work: (tx: object) => Promise<unknown>, ...rest: object[]) => Promise<unknown>;

/** Loses the connection once: at the end of the next transaction, ahead of its COMMIT or behind it. */
function loseNextCommit({ db }: Handle, done: boolean): void {
  const handle = db as { transaction: Transaction };
  const transaction = handle.transaction.bind(db);
  const lost = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  handle.transaction = async (work, ...rest) => {
    handle.transaction = transaction;
    await transaction(
      async (tx) => {
        await work(tx);
        if (!done) throw lost;
      },
      ...rest,
    );
    throw lost;
  };
}

const never: DecideSave = () => {
  throw new Error("nobody knows");
};

describe.each(under)("$name", (driver) => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open({ driver, by: "client" });
  });
  afterEach(async () => shop.close());

  const open = (withoutMarker: DecideSave, options: object = {}) =>
    createUow(shop.handle.db, { endpoint: shop.uowd.endpoint, withoutMarker, ...options }) as unknown as ShopUow;

  test("A save leaves no mark", async () => {
    const uow = open(never);
    const ada = uow.authors.create({ name: "Ada" });
    expect(await uow.save()).toMatchObject({ inserted: 1 });
    expect(ada.id).toBe((await shop.rows("authors", "id"))[0]?.["id"]);
    await expect(shop.handle.rows("SELECT 1 FROM uow_saves")).rejects.toThrow(/uow_saves/);
    await uow.close();
  });

  test.each([true, false])("Where the answer to COMMIT is lost, the application decides: %s", async (done) => {
    const asked: UndecidedSave[] = [];
    const uow = open(async (save) => {
      asked.push(save);
      return (await shop.names()).includes("Ada");
    });
    const ada = uow.authors.create({ name: "Ada" });
    uow.books.create({ authorId: ada.id, title: "One" });
    loseNextCommit(shop.handle, done);
    expect(await uow.save()).toMatchObject({ inserted: 2 });
    expect(asked).toMatchObject([{ session: uow.session, from: 0n, to: 2n }]);
    expect(await shop.names()).toEqual(["Ada"]);
    // The keys are those that the database gave, whichever attempt it was.
    expect(await shop.rows("authors", "id")).toEqual([{ id: ada.id }]);
    ada.country = "UK";
    expect(await uow.save()).toMatchObject({ updated: 1 });
    await uow.close();
  });

  test("Where nobody can decide, the save stays in doubt, and is asked about again", async () => {
    let decide = never;
    const uow = open(async (save) => decide(save));
    uow.authors.create({ name: "Ada" });
    loseNextCommit(shop.handle, true);
    await expect(uow.save()).rejects.toMatchObject({ reason: "SAVE_UNDECIDED", name: "SaveInDoubtError" });
    expect(uow.rollback().error).toMatchObject({ reason: "SAVE_IN_DOUBT" });
    decide = () => true;
    expect(await uow.save()).toMatchObject({ inserted: 1 });
    expect(await shop.names()).toEqual(["Ada"]);
    await uow.close();
  });

  test("Another process has it decided too", async () => {
    const uow = open(never);
    uow.settings.create({ owner: "ada", name: "theme", value: "dark" });
    loseNextCommit(shop.handle, false);
    await expect(uow.save()).rejects.toMatchObject({ reason: "SAVE_UNDECIDED" });
    const other = open(() => false, { session: uow.session });
    await other.ready;
    expect(await other.save()).toMatchObject({ inserted: 1 });
    expect(await shop.rows("settings", "value")).toEqual([{ value: "dark" }]);
    await uow.close({ keepSession: true });
    await other.close();
  });
});

test("The server's saves have a marker always", async () => {
  const driver = drivers.find(({ name }) => name === "libsql");
  if (driver === undefined) throw new Error("libsql runs here");
  const shop = await Shop.open({ driver, by: "client" });
  const options = { endpoint: shop.uowd.endpoint, withoutMarker: () => true, target: "shop" };
  expect(() => createUow(shop.handle.db, options)).toThrow(expect.objectContaining({ reason: "INVALID_REQUEST" }));
  await shop.close();
});
