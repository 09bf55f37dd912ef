import { createUow } from "../dist/index.js";
import { peopleDb } from "./people.ts";
import { atMost, median, type Row } from "./table.ts";

const entities = 1_000;
const rounds = 20;
const repeats = 15;
/** The compiler's work isn't what is measured. */
const warmUps = 10;

interface Person {
  views: number;
  name: string;
}

// What a tracking proxy can't do without: a trap each.
const bare: ProxyHandler<Person> = {
  get: (target, property) => target[property as keyof Person],
  set(target, property, value) {
    (target as unknown as Record<PropertyKey, unknown>)[property] = value;
    return true;
  },
};

function nanosecondsPerSet(people: readonly Person[], seed: number): number {
  const begun = performance.now();
  for (let round = 1; round <= rounds; round++) for (const person of people) person.views = seed + round;
  return ((performance.now() - begun) * 1e6) / (rounds * people.length);
}

function nanosecondsPerRead(people: readonly Person[]): number {
  let sum = 0;
  const begun = performance.now();
  for (let round = 0; round < rounds; round++) for (const person of people) sum += person.name.length;
  const elapsed = performance.now() - begun;
  if (sum === 0) throw new Error("nothing was read");
  return (elapsed * 1e6) / (rounds * people.length);
}

/** What reading and setting a property of an entity costs beside a bare Proxy, 1,000 entities in turn. */
export async function measureAccess(): Promise<Row[]> {
  const db = peopleDb(entities);
  const uow = createUow(db);
  const tracked: Person[] = await uow.people.findMany();
  const proxies = (await db.query.people.findMany()).map((row): Person => new Proxy<Person>(row, bare));
  const sets: { tracked: number; bare: number }[] = [];
  const reads: { tracked: number; bare: number }[] = [];
  for (let repeat = 0; repeat < warmUps + repeats; repeat++) {
    const seed = 1_000 + repeat * rounds;
    const set = { tracked: nanosecondsPerSet(tracked, seed), bare: nanosecondsPerSet(proxies, seed) };
    const read = { tracked: nanosecondsPerRead(tracked), bare: nanosecondsPerRead(proxies) };
    if (repeat >= warmUps) {
      sets.push(set);
      reads.push(read);
    }
    // The journal's work runs behind the changes, and not within the next measurement.
    await uow.flush();
  }
  uow.rollback();
  await uow.close();
  const set = (of: "tracked" | "bare") => median(sets.map((one) => one[of]));
  const read = (of: "tracked" | "bare") => median(reads.map((one) => one[of]));
  return [
    atMost("set of a tracked property, beside a bare Proxy", "ns", set("tracked"), set("bare"), 5),
    atMost("read of a tracked property, beside a bare Proxy", "ns", read("tracked"), read("bare"), 1.5),
  ];
}
