import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { StaleEntityError } from "../../src/index.js";
import { stopServers } from "./drivers.js";
import { combinations, Shop } from "./shop.js";

afterAll(stopServers);

describe.each(combinations)("$name", (combination) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open(combination);
  });
  afterEach(async () => shop.clear());
  afterAll(async () => shop.close());

  const load = async () => {
    const first = shop.uow();
    first.authors.create({ name: "Ada", country: "UK" });
    await first.save();
    const uow = shop.uow({ changedColumns: ["authors"] });
    const ada = await uow.authors.findFirst();
    return { uow, ada };
  };

  test("What somebody else has changed is stale where the same column is written", async () => {
    const { uow, ada } = await load();
    await shop.handle.execute("UPDATE authors SET country = 'FR'");
    ada.name = "Ada L.";
    expect(await uow.save()).toMatchObject({ updated: 1 });
    ada.country = "DE";
    await expect(uow.save()).rejects.toThrow(StaleEntityError);
    expect(await shop.rows("authors", "name, country")).toEqual([{ name: "Ada L.", country: "FR" }]);
  });

  test("A row that somebody else has changed isn't deleted", async () => {
    const { uow, ada } = await load();
    await shop.handle.execute("UPDATE authors SET country = 'FR'");
    uow.authors.delete(ada);
    await expect(uow.save()).rejects.toThrow(StaleEntityError);
    expect(await shop.names()).toEqual(["Ada"]);
  });
});
