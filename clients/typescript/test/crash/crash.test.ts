import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { drivers, stopServers } from "../matrix/drivers.js";
import { Shop } from "../matrix/shop.js";
import { CuttingProxy } from "../support/cutting_proxy.js";
import { startProgram } from "../support/program.js";

// Processes killed while they save. Whoever takes their session up finds out what became of the save: nothing is lost, nothing done twice.

const program = new URL("./saver_program.ts", import.meta.url);

afterAll(stopServers);

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await condition()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error("waited for 20 seconds in vain");
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.kill("SIGKILL");
  await ended;
}

async function openShop(name: string): Promise<Shop> {
  const driver = drivers.find((candidate) => candidate.name === name);
  if (driver === undefined) throw new Error(`no driver ${name}`);
  return Shop.open({ driver, by: "client" });
}

/** Takes the session up, saves, and goes on with what was saved. Returns what is in the database then. */
async function resume(shop: Shop, session: string): Promise<object> {
  const uow = shop.uow({ session });
  await uow.ready;
  await uow.save();
  const [ada] = await uow.authors.findMany();
  if (ada === undefined) throw new Error("Ada was saved");
  ada.country = "UK";
  const { inserted, updated } = await uow.save();
  return {
    authors: await shop.rows("authors", "name, country"),
    books: await shop.rows("books", "title", "title"),
    inserted,
    updated,
  };
}

/** Every row is there once, and could be changed without a conflict. */
const savedOnce = {
  authors: [{ name: "Ada", country: "UK" }],
  books: [{ title: "One" }, { title: "Two" }],
  inserted: 0,
  updated: 1,
};

describe("PostgreSQL", () => {
  let shop: Shop;
  let locker: Client;
  beforeEach(async () => {
    shop = await openShop("node-postgres");
    locker = new Client(shop.database.dsn);
    await locker.connect();
  });
  afterEach(async () => {
    await locker.end();
    await shop.close();
  });

  /** A save that stands in the middle of its transaction, at a lock that the test holds. */
  const startBlockedSave = async (endpoint = shop.uowd.endpoint) => {
    const [child, { session }] = await startProgram<{ session: string }>(program, [endpoint, shop.database.dsn ?? ""]);
    await locker.query("BEGIN");
    await locker.query("LOCK TABLE books IN ACCESS EXCLUSIVE MODE");
    child.send("save");
    await until(async () => {
      const { rows } = await locker.query("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'books'::regclass");
      return rows.length > 0;
    });
    return { child, session };
  };
  const isCommitted = async () => (await shop.rows("books", "title")).length === 2;

  test("A process killed in the middle of its transaction has saved nothing; resumed, everything is saved once", async () => {
    const { child, session } = await startBlockedSave();
    await kill(child);
    await locker.query("ROLLBACK");
    expect(await resume(shop, session)).toEqual(savedOnce);
  });

  test("A process killed between COMMIT and telling uowd has saved; resumed, nothing is saved again", async () => {
    const proxy = await CuttingProxy.start(join(shop.uowd.directory, "proxy.sock"), shop.uowd.socket);
    const { child, session } = await startBlockedSave(`unix:${proxy.path}`);
    proxy.refusing = true;
    proxy.cut();
    await locker.query("ROLLBACK");
    await until(isCommitted);
    await kill(child);
    expect(await resume(shop, session)).toEqual(savedOnce);
    await proxy.stop();
  });

  test("With uowd killed under a save and the process killed after COMMIT, nothing is lost or done twice", async () => {
    const { child, session } = await startBlockedSave();
    await shop.uowd.stop("SIGKILL");
    await locker.query("ROLLBACK");
    await until(isCommitted);
    await kill(child);
    await shop.uowd.start();
    expect(await resume(shop, session)).toEqual(savedOnce);
  });

  test("With uowd killed under a save and started again, the save goes on and is done once", async () => {
    const { child, session } = await startBlockedSave();
    await shop.uowd.stop("SIGKILL");
    await shop.uowd.start();
    const answer = new Promise((resolve) => {
      child.once("message", resolve);
    });
    await locker.query("ROLLBACK");
    expect(await answer).toEqual({ saved: 3 });
    await kill(child);
    expect(await resume(shop, session)).toEqual(savedOnce);
  });

  test("With PostgreSQL killed under a save, the process goes on and learns that nothing was saved; resumed, everything is saved once", async () => {
    const { child, session } = await startBlockedSave();
    const answer = new Promise((resolve) => {
      child.once("message", resolve);
    });
    const lost = new Promise((resolve) => {
      locker.on("error", resolve);
    });
    await shop.restartPostgres();
    await lost;
    expect(await answer).toHaveProperty("error");
    await kill(child);
    expect(await resume(shop, session)).toEqual(savedOnce);
    locker = new Client(shop.database.dsn);
    await locker.connect();
  });
});

describe("SQLite", () => {
  test("A process killed in the middle of its transaction has saved nothing; resumed, everything is saved once", async () => {
    const shop = await openShop("better-sqlite3");
    const pauseFile = join(shop.uowd.directory, "paused");
    const args = [shop.uowd.endpoint, shop.database.dsn ?? "", pauseFile];
    const [child, { session }] = await startProgram<{ session: string }>(program, args);
    await shop.handle.execute("CREATE TRIGGER stop AFTER INSERT ON books WHEN new.title = 'Two' BEGIN SELECT pause(); END");
    child.send("save");
    await until(() => existsSync(pauseFile));
    await kill(child);
    await shop.handle.execute("DROP TRIGGER stop");
    expect(await resume(shop, session)).toEqual(savedOnce);
    await shop.close();
  });
});
