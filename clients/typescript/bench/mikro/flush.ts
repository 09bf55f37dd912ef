// MikroORM's unit of work on the rows of uow-bench-save: flush.ts DSN WORK ROUNDS.
//
// Prints the median of seconds from the call of flush() to its end. WORK is insert (26,000 rows in three levels), update (20,000
// rows), versioned (the same with versions), delete (as many), or mix (12,000 changes of all kinds). The tables are there; they are
// emptied before each round. The driver is that of the DSN's scheme; batches are those that MikroORM makes by itself, for larger ones
// are slower, or refused.
import { EntitySchema, MikroORM } from "@mikro-orm/core";
import { MariaDbDriver } from "@mikro-orm/mariadb";
import { PostgreSqlDriver } from "@mikro-orm/postgresql";
import { SqliteDriver } from "@mikro-orm/sqlite";
import { shopEntities } from "./entities.ts";

const changed = 20_000;
const mixed = 4_000; // of each kind
const warmUps = 2;

interface Stock {
  id: number;
  quantity: number;
  version: number;
}

const { customer, order, item } = shopEntities(
  { customer: "customer", order: "orders", item: "item" },
  { order: { status: { type: "text" } }, item: { price: { type: "decimal" } } },
);
const stock: EntitySchema<Stock> = new EntitySchema<Stock>({
  name: "Stock",
  tableName: "stock",
  properties: {
    id: { type: "integer", primary: true },
    quantity: { type: "integer" },
    version: { type: "integer", version: true },
  },
});

const [dsn = "", name = "", rounds = ""] = process.argv.slice(2);
const sqlite = dsn.startsWith("sqlite:");
const mariadb = dsn.startsWith("mysql:");

// One connection, for what is set on it to hold.
const options = { entities: [customer, order, item, stock], pool: { min: 1, max: 1 } };
const orm = sqlite
  ? await MikroORM.init({ ...options, driver: SqliteDriver, dbName: dsn.slice("sqlite:".length) })
  : await MikroORM.init({ ...options, driver: mariadb ? MariaDbDriver : PostgreSqlDriver, clientUrl: dsn });
type EntityManager = ReturnType<typeof orm.em.fork>;

async function empty(): Promise<void> {
  const tables = ["item", "orders", "customer", "stock"];
  let statements = tables.map((table) => `DELETE FROM ${table}`);
  if (mariadb) {
    const truncate = tables.map((table) => `TRUNCATE ${table}`);
    statements = ["SET foreign_key_checks = 0", ...truncate, "SET foreign_key_checks = 1"];
  } else if (!sqlite) {
    statements = [`TRUNCATE ${tables.join(", ")}`];
  }
  for (const statement of statements) await orm.em.execute(statement);
}

async function fill(): Promise<void> {
  await empty();
  const digits = Array.from({ length: 10 }, (_, i) => `SELECT ${i} AS n`).join(" UNION ALL ");
  const keys = `SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS k
    FROM (${digits}) a, (${digits}) b, (${digits}) c, (${digits}) d, (SELECT 0 AS n UNION ALL SELECT 1) e`;
  await orm.em.execute("INSERT INTO customer (id, name, email) VALUES (1, 'a', 'b')");
  await orm.em.execute("INSERT INTO orders (id, customer_id, status, note) VALUES (1, 1, 'paid', 'a')");
  await orm.em.execute(
    `INSERT INTO item (id, order_id, sku, quantity, price) SELECT k, 1, 'SKU-1', 1, '9.99' FROM (${keys}) AS numbers`,
  );
  await orm.em.execute(`INSERT INTO stock (id, quantity, version) SELECT k, 1, 1 FROM (${keys}) AS numbers`);
  if (sqlite || mariadb) return;
  await orm.em.execute(`SELECT setval(pg_get_serial_sequence('item', 'id'), ${changed})`);
  await orm.em.execute("ANALYZE item");
  await orm.em.execute("ANALYZE stock");
}

function addShop(em: EntityManager): void {
  for (let c = 0; c < 1_000; c++) {
    const buyer = em.create(customer, { name: `Customer number ${c}`, email: `customer.${c}@example.com` });
    for (let o = 0; o < 5; o++) {
      const status = o % 2 === 0 ? "paid" : "shipped";
      const bought = em.create(order, { customer: buyer, status, note: `order ${o} of customer ${c}` });
      for (let i = 0; i < 4; i++) {
        em.create(item, { order: bought, sku: `SKU-${c % 97}-${i}`, quantity: 1 + i, price: `${10 + (c % 90)}.${10 + i}` });
      }
    }
  }
}

function addItems(em: EntityManager, count: number): void {
  const bought = em.getReference(order, 1);
  for (let i = 0; i < count; i++) {
    em.create(item, { order: bought, sku: `SKU-${i % 97}`, quantity: 1 + (i % 9), price: `${10 + (i % 90)}.50` });
  }
}

/** What changes in memory before the flush. */
const works: Readonly<Record<string, (em: EntityManager) => Promise<void>>> = {
  insert: async (em) => {
    await empty();
    addShop(em);
  },
  update: async (em) => {
    await fill();
    for (const row of await em.find(item, {})) row.quantity = 2;
  },
  versioned: async (em) => {
    await fill();
    for (const row of await em.find(stock, {})) row.quantity = 2;
  },
  delete: async (em) => {
    await fill();
    for (const row of await em.find(item, {})) em.remove(row);
  },
  mix: async (em) => {
    await fill();
    const rows = await em.find(item, { id: { $lte: 2 * mixed } });
    addItems(em, mixed);
    for (const row of rows) {
      if (row.id <= mixed) row.quantity = 2;
      else em.remove(row);
    }
  },
};

async function timeOfFlush(work: (em: EntityManager) => Promise<void>): Promise<number> {
  const em = orm.em.fork();
  await work(em);
  globalThis.gc?.();
  const begun = performance.now();
  await em.flush();
  return (performance.now() - begun) / 1_000;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const work = works[name];
if (work === undefined) throw new Error(`no work '${name}'`);
const times: number[] = [];
for (let round = 0; round < warmUps + Number(rounds); round++) times.push(await timeOfFlush(work));
console.log(median(times.slice(warmUps)));
await orm.close();
