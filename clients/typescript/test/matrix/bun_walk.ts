import { createUow } from "drizzle-uow";
import type { DrizzleConfig } from "./driver.js";
import * as pg from "./shop_pg.js";
import * as sqlite from "./shop_sqlite.js";
import type { ShopUow } from "./shop.js";

// What an application does with a unit of work, run by Bun over its own drivers.

declare const Bun: unknown;
interface Connected {
  readonly db: object;
  names(): Promise<unknown[]>;
}

async function connect(driver: string, url: string, config: DrizzleConfig): Promise<Connected> {
  if (driver === "bun-sqlite") {
    const module: string = "bun:sqlite";
    const { Database } = (await import(module)) as { Database: new (file: string) => BunSqlite };
    const { drizzle } = await import("drizzle-orm/bun-sqlite");
    const client = new Database(":memory:");
    client.run("PRAGMA foreign_keys = ON");
    for (const statement of sqlite.ddl.split(";")) client.run(statement);
    const db = drizzle({ client: client as never, ...config });
    return { db, names: async () => Promise.resolve(client.query("SELECT name FROM authors ORDER BY id").values().flat()) };
  }
  const { SQL } = Bun as { SQL: new (url: string) => BunSql };
  const { drizzle } = await import("drizzle-orm/bun-sql");
  const client = new SQL(url);
  await client.unsafe(pg.ddl);
  const db = drizzle({ client: client as never, ...config });
  return { db, names: async () => (await client.unsafe("SELECT name FROM authors ORDER BY id")).map(({ name }) => name) };
}

interface BunSqlite {
  run(text: string): void;
  query(text: string): { values(): unknown[][] };
}

interface BunSql {
  unsafe(text: string): Promise<{ readonly name: string }[]>;
}

/** Arguments of the process: the driver, the endpoint of uowd, and for bun-sql the URL of PostgreSQL. Prints what it has found as JSON. */
export async function walk(configs: Readonly<Record<"postgresql" | "sqlite", DrizzleConfig>>): Promise<void> {
  const [driver = "", endpoint = "", url = ""] = process.argv.slice(2);
  const dialect = driver === "bun-sqlite" ? "sqlite" : "postgresql";
  const connected = await connect(driver, url, configs[dialect]);
  const open = () => createUow(connected.db, { endpoint }) as unknown as ShopUow;

  const uow = open();
  const [ada, ben] = ["Ada", "Ben"].map((name) => uow.authors.create({ name }));
  if (ada === undefined || ben === undefined) throw new Error("two authors were created");
  const book = uow.books.create({ authorId: ada.id, title: "One" });
  uow.chapters.create({ bookId: book.id, title: "First" });
  const created = await uow.save();

  ada.name = "Ada L.";
  const checkpoint = uow.setCheckpoint();
  ben.name = "Nobody";
  uow.authors.delete(ben);
  const rolledBack = uow.rollback(checkpoint).error === undefined;
  uow.authors.create({ name: "Cleo" });
  const changed = await uow.save();

  const begin = uow.setCheckpoint();
  const taken = uow.authors.create({ name: "Cleo" });
  const broken = await uow
    .save()
    .catch((error: unknown) => error as { reason: string; constraint: string; entities: { table: string }[] });
  uow.rollback(begin);
  const rows = await open().authors.findMany({ with: { books: true } });
  const read = rows.find(({ id }) => id === ada.id);
  uow.authors.delete(ben);
  const deleted = await uow.save();
  const result = {
    created: created.inserted,
    rolledBack,
    changed: { inserted: changed.inserted, updated: changed.updated },
    broken:
      "reason" in broken ? { reason: broken.reason, constraint: broken.constraint, table: broken.entities[0]?.table } : broken,
    detached: uow.isDeleted(taken) || taken.name === "Cleo",
    read: { name: read?.name, country: read?.country, books: read?.books.map(({ title }) => title) },
    deleted: deleted.deleted,
    names: await connected.names(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}
