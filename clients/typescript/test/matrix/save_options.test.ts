import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SaveOptions } from "../../src/index.js";
import { combinations, Shop } from "./shop.js";
import { stopServers } from "./drivers.js";

// Options of one save: its isolation level, and how long a statement may take.

afterAll(stopServers);

/** Has the country of a new author tell the isolation level of the transaction that inserts it. */
const seeLevel = {
  postgresql:
    "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.country := current_setting('transaction_isolation'); " +
    "RETURN NEW; END $$; CREATE TRIGGER see BEFORE INSERT ON authors FOR EACH ROW EXECUTE FUNCTION see()",
  mysql: "CREATE TRIGGER see BEFORE INSERT ON authors FOR EACH ROW SET NEW.country = LOWER(REPLACE(@@tx_isolation, '-', ' '))",
  sqlite: "CREATE TRIGGER see AFTER INSERT ON authors BEGIN UPDATE authors SET country = 'serializable' WHERE id = new.id; END",
} as const;

const names = new Set(["node-postgres", "mysql2", "better-sqlite3"]);
const chosen = combinations.filter(({ driver }) => names.has(driver.name));

describe.each(chosen)("$name", ({ driver, by }) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ driver, by });
    await shop.handle.execute(seeLevel[driver.dialect]);
  });
  afterEach(async () => shop.clear());
  afterAll(async () => shop.close());

  const levelOf = async (options?: SaveOptions): Promise<unknown> => {
    const uow = shop.uow();
    const author = uow.authors.create({ name: "Ada" });
    await (options === undefined ? uow.save() : uow.save(options));
    const [row] = await shop.rows("authors", "country");
    uow.authors.delete(author);
    await uow.save();
    return row?.["country"];
  };

  test("The isolation level is that of the save alone", async () => {
    // MySQL tells the level of the connection, not that of the transaction, where Drizzle sets that of the next transaction only.
    const levels = driver.dialect === "mysql" && by === "client" ? [] : (["serializable", "repeatable read"] as const);
    const usual = await levelOf();
    const seen: unknown[] = [];
    for (const isolationLevel of levels) seen.push(await levelOf({ isolationLevel }));
    expect(seen).toEqual(levels.map((level) => (driver.dialect === "sqlite" ? "serializable" : level)));
    expect(await levelOf()).toBe(usual);
  });

  test("Options go with a checkpoint", async () => {
    const uow = shop.uow();
    uow.authors.create({ name: "Ada" });
    const one = uow.setCheckpoint();
    uow.authors.create({ name: "Ben" });
    expect(await uow.save(one, { isolationLevel: "serializable" })).toMatchObject({ inserted: 1 });
    expect(await shop.names()).toEqual(["Ada"]);
  });

  test("What can't be had is refused before anything is written", async () => {
    const uow = shop.uow();
    uow.authors.create({ name: "Ada" });
    await expect(uow.save({ isolationLevel: "chaos" as never })).rejects.toMatchObject({ reason: "INVALID_REQUEST" });
    // Only the server limits the time of a statement.
    const [limit, reason] = by === "client" ? [1000, "NOT_SUPPORTED"] : [0, "INVALID_REQUEST"];
    await expect(uow.save({ statementTimeout: limit })).rejects.toMatchObject({ reason });
    expect(await shop.names()).toEqual([]);
    expect(await uow.save(by === "client" ? {} : { statementTimeout: 60_000 })).toMatchObject({ inserted: 1 });
  });
});
