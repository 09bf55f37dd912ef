import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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

  const seed = async (...names: string[]) => {
    const uow = shop.uow();
    const settings = names.map((name) => uow.settings.create({ owner: "ada", name, value: name }));
    await uow.save();
    return { uow, settings };
  };
  const saved = async () => (await shop.rows("settings", "owner, name, value", "value")).map(Object.values);

  test("A key that was assigned is saved, and so is what changes under the new one", async () => {
    const { uow, settings } = await seed("a", "b");
    const [a, b] = settings;
    if (a === undefined || b === undefined) throw new Error("two settings were created");
    a.name = "z";
    const checkpoint = uow.setCheckpoint();
    Object.assign(b, { owner: "ben", name: "c" });
    expect(await uow.save(checkpoint)).toMatchObject({ updated: 1 });
    expect(await saved()).toEqual([
      ["ada", "z", "a"],
      ["ada", "b", "b"],
    ]);
    b.value = "b2";
    expect(await uow.save()).toMatchObject({ updated: 1 });
    expect(await saved()).toEqual([
      ["ada", "z", "a"],
      ["ben", "c", "b2"],
    ]);
  });

  test("Two rows exchange their keys by way of a third one, and a new row takes one that is given up", async () => {
    const { uow, settings } = await seed("a", "b");
    const [a, b] = settings;
    if (a === undefined || b === undefined) throw new Error("two settings were created");
    a.name = "aside";
    b.name = "a";
    a.name = "b";
    a.value = "now b";
    await uow.save();
    expect(await saved()).toEqual([
      ["ada", "a", "b"],
      ["ada", "b", "now b"],
    ]);
    a.name = "c";
    uow.settings.create({ owner: "ada", name: "b", value: "new" });
    expect(await uow.save()).toMatchObject({ inserted: 1, updated: 1 });
    expect(await saved()).toEqual([
      ["ada", "a", "b"],
      ["ada", "b", "new"],
      ["ada", "c", "now b"],
    ]);
  });
});
