// Loads rows in a process of its own: `load_once.ts plain|tracked <rows>`. Prints milliseconds and bytes kept, as JSON.
import { createUow } from "../dist/index.js";
import { peopleDb } from "./people.ts";

const [how, count] = process.argv.slice(2);
const db = peopleDb(Number(count));
const uow = how === "tracked" ? createUow(db) : undefined;
const load = async () => (uow === undefined ? db.query.people.findMany() : uow.people.findMany());

const collect = () => {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

// The compiler's work isn't what is measured. A second unit of work, so that nothing is in the identity map.
const warm = peopleDb(5_000);
const warmUow = uow === undefined ? undefined : createUow(warm);
for (let i = 0; i < 5; i++) await (warmUow === undefined ? warm.query.people.findMany() : warmUow.people.findMany());

const before = collect();
const begun = performance.now();
const rows = await load();
const ms = performance.now() - begun;
const bytes = collect() - before;
if (rows.length !== Number(count)) throw new Error(`${rows.length} rows`);
console.log(JSON.stringify({ ms, bytes, last: rows.at(-1)?.name }));
process.exit(0);
