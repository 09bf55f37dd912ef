import { writeFileSync } from "node:fs";
import BetterSqlite3 from "better-sqlite3";
import { drizzle as drizzleBetterSqlite3 } from "drizzle-orm/better-sqlite3";
import { drizzle as drizzleNodePostgres } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { createUow } from "../../src/index.js";
import type { ShopUow } from "../matrix/shop.js";
import * as pg from "../matrix/shop_pg.js";
import * as sqlite from "../matrix/shop_sqlite.js";

// A process that records an author with two books, tells its session, and saves as soon as it is told to. Made to be killed.

const [endpoint = "", dsn = "", pauseFile = ""] = process.argv.slice(2);

function open(): { db: object; tables: typeof pg.tables } {
  if (!dsn.startsWith("sqlite:")) {
    const pool = new Pool({ connectionString: dsn });
    pool.on("error", () => undefined);
    return { db: drizzleNodePostgres({ client: pool }), tables: pg.tables };
  }
  const client = new BetterSqlite3(dsn.slice("sqlite:".length));
  client.pragma("foreign_keys = ON");
  // A trigger of the test calls it: the transaction stands still in the middle.
  client.function("pause", () => {
    writeFileSync(pauseFile, "");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return 0;
  });
  return { db: drizzleBetterSqlite3({ client }), tables: sqlite.tables as unknown as typeof pg.tables };
}

const { db, tables } = open();
const uow = createUow(db, { endpoint, schema: tables }) as unknown as ShopUow;
const author = uow.authors.create({ name: "Ada" });
for (const title of ["One", "Two"]) uow.books.create({ authorId: author.id, title });
await uow.flush();
process.on("message", () => {
  uow.save().then(
    ({ inserted }) => process.send?.({ saved: inserted }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({ session: uow.session });
