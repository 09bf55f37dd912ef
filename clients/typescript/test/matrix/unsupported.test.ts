import { sql } from "@vercel/postgres";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { drizzle as drizzleProxy } from "drizzle-orm/pg-proxy";
import { drizzle as drizzleVercel } from "drizzle-orm/vercel-postgres";
import { withReplicas } from "drizzle-orm/sqlite-core";
import { afterAll, describe, expect, test } from "vitest";
import { createUow } from "../../src/index.js";
import { everyDriver, line, stopServers } from "./drivers.js";
import { Shop } from "./shop.js";

afterAll(stopServers);

describe("Where nothing can be saved through the handle, createUow says so before anything is changed", () => {
  const things = pgTable("things", { id: integer("id").primaryKey(), name: text("name") });
  const schema = { things };

  test("A driver without transactions names the server's target as the way out, and takes it", () => {
    const db = drizzleProxy(async () => Promise.resolve({ rows: [] }));
    expect(() => createUow(db, { schema })).toThrow(
      expect.objectContaining({
        reason: "TRANSACTION_UNAVAILABLE",
        message: expect.stringContaining("createUow(db, { target })") as unknown,
      }),
    );
    expect(() => createUow(db, { schema, target: "main" })).not.toThrow();
  });

  const overSql = () => createUow(drizzleVercel({ client: sql }), { schema });

  test.runIf(line === "0.45")("Drizzle 0.45 scatters a transaction over the connections of Vercel's own `sql`", () => {
    const message = expect.stringContaining("createPool()") as unknown;
    expect(overSql).toThrow(expect.objectContaining({ reason: "TRANSACTION_UNAVAILABLE", message }));
  });

  test.runIf(line === "1.0")("Drizzle 1.0 gives a transaction over Vercel's own `sql` a connection", () => {
    expect(overSql).not.toThrow();
  });

  test.each(["GelDatabase"])("%s is of a dialect without SQL of its own", (kind) => {
    const constructor = Object.assign(() => undefined, { [Symbol.for("drizzle:entityKind")]: kind });
    expect(() => createUow({ constructor }, { schema })).toThrow(
      expect.objectContaining({ reason: "NOT_SUPPORTED", message: expect.stringContaining(kind) as unknown }),
    );
  });
});

test("Of replicas, queries read one, and saves go to the primary", async () => {
  const driver = everyDriver.find(({ name }) => name === "better-sqlite3");
  if (driver === undefined) throw new Error("better-sqlite3 runs here");
  const [primary, replica] = [await Shop.open({ driver, by: "client" }), await Shop.open({ driver, by: "client" })];
  await replica.handle.execute("INSERT INTO authors (id, name) VALUES (1, 'Ada')");
  await primary.handle.execute("INSERT INTO authors (id, name) VALUES (1, 'Ada')");
  const db: object = withReplicas(primary.handle.db as never, [replica.handle.db as never]);
  const uow = primary.uow({ db });
  const ada = await uow.authors.findFirst();
  ada.name = "Ada L.";
  uow.authors.create({ name: "Ben" });
  expect(await uow.save()).toMatchObject({ inserted: 1, updated: 1 });
  expect(await primary.names()).toEqual(["Ada L.", "Ben"]);
  expect(await replica.names()).toEqual(["Ada"]);
  await primary.close();
  await replica.close();
});
