// Imports products: sku;name;cents, a line each. Usage: import.ts <SQLite database> <file>
// Nobody sees half of it: all is saved at once. Killed, and run again, it goes on where it was. A batch with a bad line is left out as a whole.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { drizzle } from "drizzle-orm/libsql";
import { createUow } from "drizzle-uow";
import * as schema from "./schema.ts";

const [database, file = ""] = process.argv.slice(2);
const batchSize = 1_000;
const lines = readFileSync(file, "utf8").trimEnd().split("\n");

const db = drizzle(`file:${database}`, { schema });
const note = `${file}.session`; // names the import that is under way
const uow = createUow(db, existsSync(note) ? { session: readFileSync(note, "utf8") } : {});
await uow.ready;

// Checkpoints are named after the number of lines that are done.
let done = uow.checkpoints.at(-1) ?? uow.setCheckpoint("0");
const first = Number(done.name);
uow.rollback(done); // the batch that was cut short
if (first > 0) console.log(`Going on at line ${first + 1}`);

// One object a row, of the database or of the lines before.
const known = new Map((await uow.products.findMany()).map((product) => [product.sku, product]));
for (const { kind, entity } of uow.pending()) {
  const product = entity as schema.Product;
  if (kind === "insert") known.set(product.sku, product);
}

for (let begin = first; begin < lines.length; begin += batchSize) {
  const end = Math.min(begin + batchSize, lines.length);
  const created = new Map<string, schema.Product>();
  try {
    for (const line of lines.slice(begin, end)) take(line, created);
    for (const [sku, product] of created) known.set(sku, product);
  } catch (error) {
    uow.rollback(done);
    console.log(`Lines ${begin + 1} to ${end} are left out: ${String(error)}`);
  }
  done = uow.setCheckpoint(String(end));
  await uow.flush(); // durable: from here on a crash costs nothing of this batch
  if (begin === first) {
    writeFileSync(`${note}.new`, uow.session);
    renameSync(`${note}.new`, note); // never seen half written
  }
}

const { inserted, updated } = await uow.save();
rmSync(note);
await uow.close();
console.log(`${inserted} products are new, ${updated} have changed`);

function take(line: string, created: Map<string, schema.Product>): void {
  const [sku = "", name = "", price = ""] = line.split(";");
  if (sku === "" || !/^\d+$/.test(price)) throw new Error(`"${line}" isn't sku;name;cents`);
  const cents = Number(price);
  const product = known.get(sku) ?? created.get(sku);
  // Equal values are no change.
  if (product) Object.assign(product, { name, cents });
  else created.set(sku, uow.products.create({ sku, name, cents }));
}
