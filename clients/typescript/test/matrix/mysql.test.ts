import { sql } from "drizzle-orm";
import { drizzle as drizzleProxy } from "drizzle-orm/mysql-proxy";
import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { createPool, type Pool, type PoolOptions } from "mysql2/promise";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { createUow } from "../../src/index.js";
import { TestUowd } from "../support/uowd.js";
import { line } from "./driver.js";
import { mysqlServer, stopMysql } from "./mysql_drivers.js";
import type { ShopUow } from "./shop.js";
import { ddl, tables } from "./shop_mysql.js";

// What only MySQL and its drivers can do wrong.

afterAll(stopMysql);

const { authors, books } = tables;

/** A pool whose first COMMIT gets no answer. */
function cutAtCommit(pool: Pool, when: "before" | "after"): { client: Pool; wasCut: () => boolean } {
  let cut = false;
  const getConnection = async () => {
    const connection = await pool.getConnection();
    const query = connection.query.bind(connection) as (...args: unknown[]) => Promise<unknown>;
    connection.query = (async (...args: unknown[]) => {
      if (cut || (args[0] as { readonly sql: string }).sql !== "commit") return query(...args);
      cut = true;
      if (when === "after") await query(...args);
      connection.destroy();
      throw Object.assign(new Error("Connection lost"), { code: "PROTOCOL_CONNECTION_LOST" });
    }) as never;
    return connection;
  };
  const client = new Proxy(pool, {
    get: (target, name) => (name === "getConnection" ? getConnection : (Reflect.get(target, name, target) as unknown)),
  });
  return { client, wasCut: () => cut };
}

describe("MariaDB", () => {
  let url: string;
  let uowd: TestUowd;
  let pool: Pool;
  const pools: Pool[] = [];
  const units: { close(): Promise<void> }[] = [];

  const open = (options: PoolOptions = {}): Pool => {
    const opened = createPool({ uri: url, connectionLimit: 4, supportBigNumbers: true, multipleStatements: true, ...options });
    pools.push(opened);
    return opened;
  };
  const over = (client: Pool) => {
    const uow = createUow(drizzleMysql({ client }), { schema: { authors, books }, endpoint: uowd.endpoint });
    units.push(uow);
    return uow;
  };
  const rows = async (text: string) => (await pool.query(text))[0] as Record<string, unknown>[];

  beforeEach(async () => {
    url = await (await mysqlServer()).createDatabase();
    uowd = await TestUowd.start("--target", `shop=${url}`);
    pool = open();
    await pool.query(ddl);
  });
  afterEach(async () => {
    for (const uow of units.splice(0)) await uow.close().catch(() => undefined);
    for (const opened of pools.splice(0)) await opened.end();
    await uowd.remove();
  });

  test.each([
    ["found rows", []],
    ["changed rows", ["-FOUND_ROWS"]],
  ])("Where the driver counts %s, an update to what is there already succeeds, and a stale row is named", async (_name, flags) => {
    const uow = over(open({ flags }));
    const created = ["Ada", "Ben"].map((name) => uow.authors.create({ name }));
    await uow.save();
    await pool.query("UPDATE authors SET country = 'UK'");
    for (const author of created) author.country = "UK";
    expect(await uow.save()).toMatchObject({ updated: 2 });
    await pool.query("DELETE FROM authors WHERE name = 'Ada'");
    for (const author of created) author.country = "FR";
    await expect(uow.save()).rejects.toMatchObject({ reason: "STALE_ENTITY", entities: [{ key: [created[0]?.id] }] });
    expect(await rows("SELECT country FROM authors")).toEqual([{ country: "UK" }]);
  });

  test("Keys that a trigger chooses are those of their rows", async () => {
    await pool.query("CREATE TRIGGER choose BEFORE INSERT ON authors FOR EACH ROW SET NEW.id = 1000 - 7 * ASCII(NEW.name)");
    const uow = over(pool);
    const created = ["A", "B", "Z"].map((name) => uow.authors.create({ name }));
    await uow.save();
    expect(created.map(({ id }) => id)).toEqual([1000 - 7 * 65, 1000 - 7 * 66, 1000 - 7 * 90]);
  });

  test("Keys with gaps between them, as a cluster gives them, are those of their rows", async () => {
    await pool.query("SET GLOBAL auto_increment_increment = 3");
    try {
      const uow = over(open());
      const created = ["A", "B", "C"].map((name) => uow.authors.create({ name }));
      for (const { id } of created) uow.books.create({ authorId: id, title: "by" });
      await uow.save();
      const saved = await rows("SELECT id, name FROM authors ORDER BY name");
      expect(saved).toEqual(created.map(({ id, name }) => ({ id, name })));
    } finally {
      await pool.query("SET GLOBAL auto_increment_increment = 1");
    }
  });

  test("A table that can't be rolled back is refused before anything is written", async () => {
    await pool.query("DROP TABLE chapters, books; ALTER TABLE authors ENGINE=MyISAM");
    const uow = over(pool);
    uow.authors.create({ name: "Ada" });
    await expect(uow.save()).rejects.toMatchObject({
      reason: "TARGET_REJECTED",
      message: expect.stringMatching(/authors \(MyISAM\)/) as unknown,
    });
    expect(await rows("SELECT * FROM authors")).toEqual([]);
  });

  test("Within a transaction the missing marker table is an error, for creating it would commit the transaction", async () => {
    const db = drizzleMysql({ client: pool });
    const work = db.transaction(async (tx) => {
      const uow = createUow(tx, { schema: { authors }, endpoint: uowd.endpoint });
      units.push(uow);
      uow.authors.create({ name: "Ada" });
      await uow.save();
    });
    await expect(work).rejects.toMatchObject({ message: expect.stringMatching(/uow_saves is missing/) as unknown });
    expect(await rows("SHOW TABLES LIKE 'uow_saves'")).toEqual([]);
  });

  test("Where Drizzle would read related rows by LATERAL, which MariaDB lacks, the error says what to do", async () => {
    const { configs } = (await import(`./shop.${line === "1.0" ? "v1" : "v0"}.ts`)) as { configs: { mysql: object } };
    const db = drizzleMysql({ client: pool, mode: "default", ...configs.mysql } as never) as object;
    const uow = createUow(db, { endpoint: uowd.endpoint }) as unknown as ShopUow;
    units.push(uow);
    const found = uow.authors.findFirst({ with: { books: true } });
    const message = expect.stringMatching(/LATERAL.*mode: "planetscale".*query of their own/) as unknown;
    await expect(found).rejects.toMatchObject({ reason: "NOT_SUPPORTED", message });
    expect(await uow.authors.findMany()).toEqual([]);
    await expect(uow.authors.findMany({ where: sql`nonsense` })).rejects.not.toMatchObject({ reason: "NOT_SUPPORTED" });
  });

  test("A driver without transactions names the server as the way out, which saves", async () => {
    const db = drizzleProxy(async (text, parameters) => {
      const [result] = await pool.query({ sql: text, rowsAsArray: true }, parameters);
      return { rows: result as unknown[] };
    });
    expect(() => createUow(db, { schema: { authors }, endpoint: uowd.endpoint })).toThrow(/createUow\(db, \{ target \}\)/);
    const uow = createUow(db, { schema: { authors }, endpoint: uowd.endpoint, target: "shop" });
    units.push(uow);
    const ada = uow.authors.create({ name: "Ada" });
    expect(await uow.save()).toMatchObject({ inserted: 1 });
    expect(ada.id).toBe(1);
    const [found] = await uow.authors.findMany();
    expect(found).toBe(ada);
  });

  test.each(["before", "after"] as const)("A COMMIT whose connection is lost %s it is done is saved once", async (when) => {
    const { client, wasCut } = cutAtCommit(pool, when);
    const uow = over(client);
    const ada = uow.authors.create({ name: "Ada" });
    expect(await uow.save()).toMatchObject({ inserted: 1 });
    expect(wasCut()).toBe(true);
    expect(await rows("SELECT id, name FROM authors")).toEqual([{ id: ada.id, name: "Ada" }]);
    ada.country = "UK";
    expect(await uow.save()).toMatchObject({ updated: 1 });
  });

  test("A connection that is lost in mid-save leaves nothing, and the next save goes on", async () => {
    const uow = over(pool);
    uow.authors.create({ name: "Ada" });
    await uow.save();
    await pool.query("CREATE TRIGGER cut BEFORE INSERT ON books FOR EACH ROW KILL CONNECTION_ID()");
    const author = uow.authors.create({ name: "Ben" });
    uow.books.create({ authorId: author.id, title: "by Ben" });
    await expect(uow.save()).rejects.toMatchObject({ reason: "TARGET_UNAVAILABLE" });
    expect(await rows("SELECT name FROM authors")).toEqual([{ name: "Ada" }]);
    await pool.query("DROP TRIGGER cut");
    expect(await uow.save()).toMatchObject({ inserted: 2 });
  });
});
