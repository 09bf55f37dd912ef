import { afterAll, describe, expect, test } from "vitest";
import { createUow } from "../../src/index.js";
import type { UowApi } from "../../src/types/uow.js";
import { drivers, type Handle, stopServers } from "../matrix/drivers.js";
import { TestUowd } from "../support/uowd.js";
import type { PlainTable } from "../../src/types/tables.js";
import { Stopwatch } from "./stopwatch.js";
import { readCities, readCountries } from "./real_data.js";
import { ddl, tables } from "./world_pg.js";

// Real data in a real size: three levels of rows with generated keys, imported, edited, rolled back and saved.

type WorldUow = UowApi<object, typeof tables> & { readonly [K in keyof typeof tables]: PlainTable<(typeof tables)[K]> };

const ways = [
  { name: "PGlite, saved through the handle", driver: "pglite", by: "client" },
  { name: "PostgreSQL, saved through the handle", driver: "node-postgres", by: "client" },
  { name: "PostgreSQL, saved by the server", driver: "node-postgres", by: "server" },
] as const;

afterAll(stopServers);

describe.each(ways)("$name", ({ name, driver, by }) => {
  test("The world is imported, edited, rolled back and saved", { timeout: 240_000 }, async () => {
    expect.hasAssertions();
    const database = await drivers.find((candidate) => candidate.name === driver)?.create();
    if (database === undefined) throw new Error(`no driver ${driver}`);
    const handle = await database.connect();
    await handle.execute(ddl);
    const uowd = await TestUowd.start(...(by === "server" ? ["--target", `world=${database.dsn}`] : []));
    const uow = createUow(handle.db, {
      schema: tables,
      endpoint: uowd.endpoint,
      ...(by === "server" ? { target: "world" } : {}),
    }) as unknown as WorldUow;
    try {
      const watch = new Stopwatch(name);
      await importWorld(uow, watch);
      await editAndRollBack(uow, handle, watch);
      await changeMany(uow, handle, watch);
      watch.print();
    } finally {
      await uow.close();
      await uowd.remove();
      await handle.close();
      await database.drop();
    }
  });
});

async function importWorld(uow: WorldUow, watch: Stopwatch): Promise<void> {
  const cities = readCities();
  const countries = new Map(readCountries().map((country) => [country.code, uow.countries.create(country)]));
  const areas = new Map<string, { id: number }>();
  for (const { country, adminCode } of cities) {
    const place = `${country}.${adminCode}`;
    if (areas.has(place)) continue;
    areas.set(place, uow.areas.create({ countryId: countries.get(country)?.id ?? 0, code: adminCode }));
  }
  let made = 0;
  for (const { name, country, adminCode, population, loc } of cities) {
    const [longitude, latitude] = loc.coordinates;
    const areaId = areas.get(`${country}.${adminCode}`)?.id ?? 0;
    uow.cities.create({ areaId, name, population, longitude, latitude });
    // As an application that reads a file does.
    if (++made % 5_000 === 0) await new Promise(setImmediate);
  }
  watch.lap(`${countries.size} countries, ${areas.size} areas and ${cities.length} cities created`);
  await uow.flush();
  watch.lap("durable in the journal");
  uow.setCheckpoint("imported");
}

async function editAndRollBack(uow: WorldUow, handle: Handle, watch: Stopwatch): Promise<void> {
  const pending = uow.pending().length;
  for (let i = 0; i < 20_000; i++) {
    const country = uow.countries.create({ code: `X${i}`, name: "X", native: "X", continent: "X", languages: [] });
    country.name = `Nowhere ${i}`;
  }
  expect(uow.pending().length).toBe(pending + 20_000);
  watch.lap("20,000 more rows created and changed");
  expect(uow.rollback("imported").error).toBeUndefined();
  expect(uow.pending().length).toBe(pending);
  watch.lap("rolled back");
  const { inserted } = await uow.save();
  watch.lap(`${inserted} rows saved`);
  const [counts] = await handle.rows(
    `SELECT (SELECT count(*) FROM countries)::int AS countries, (SELECT count(*) FROM areas)::int AS areas,
       (SELECT count(*) FROM cities)::int AS cities`,
  );
  const cities = readCities();
  const areas = new Set(cities.map(({ country, adminCode }) => `${country}.${adminCode}`)).size;
  expect(counts).toEqual({ countries: readCountries().length, areas, cities: cities.length });
  expect(inserted).toBe(readCountries().length + areas + cities.length);
  // Every city is in its own country: the keys of three levels are the right ones.
  const [sums] = await handle.rows(
    `SELECT c.code, sum(t.population)::text AS people FROM cities t JOIN areas a ON a.id = t.area_id JOIN countries c ON c.id = a.country_id
     WHERE c.code = 'DE' GROUP BY c.code`,
  );
  const germans = cities.filter(({ country }) => country === "DE").reduce((sum, { population }) => sum + population, 0);
  expect(sums).toEqual({ code: "DE", people: String(germans) });
}

async function changeMany(uow: WorldUow, handle: Handle, watch: Stopwatch): Promise<void> {
  const cities = await uow.cities.findMany();
  expect(cities.length).toBe(readCities().length);
  watch.lap(`${cities.length} cities loaded`);
  for (const city of cities.slice(0, 20_000)) city.population += 1;
  for (const city of cities.slice(-1_000)) uow.cities.delete(city);
  watch.lap("20,000 changed, 1,000 deleted");
  const before = await handle.rows("SELECT sum(population)::text AS people FROM cities");
  expect(await uow.save()).toMatchObject({ inserted: 0, updated: 20_000, deleted: 1_000 });
  watch.lap("saved");
  const gone = cities.slice(-1_000).reduce((sum, { population }) => sum + population, 0);
  const expected = Number(before[0]?.["people"]) + 20_000 - gone;
  expect(await handle.rows("SELECT sum(population)::text AS people FROM cities")).toEqual([{ people: String(expected) }]);
}
