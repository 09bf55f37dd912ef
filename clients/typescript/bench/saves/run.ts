// One contender in one scenario, in a process of its own: run.ts <contender> <scenario> <dialect> <dsn> <rounds>. Prints JSON.
import type { Contender, ContenderName, Scenario } from "./contender.ts";
import { openDb } from "./db.ts";
import { RowsContender } from "./rows_contender.ts";
import { execute } from "./scripts.ts";
import { type Dialect, emptying } from "./shop.ts";
import { UowContender } from "./uow_contender.ts";

const [name, scenario, dialect, dsn, rounds] = process.argv.slice(2) as [ContenderName, Scenario, Dialect, string, string];

async function open(): Promise<Contender> {
  switch (name) {
    case "through db":
      return new UowContender(openDb(dialect, dsn), undefined);
    case "by the server":
      return new UowContender(openDb(dialect, dsn), dialect);
    case "MikroORM": {
      // Its packages are there once ./dev bench client has installed them.
      const file = "../mikro/contender.ts";
      const mikro = (await import(file)) as { mikroContender(dialect: Dialect, dsn: string): Promise<Contender> };
      return mikro.mikroContender(dialect, dsn);
    }
    default:
      return new RowsContender(dialect, dsn);
  }
}

function memoryInUse(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function bytesPerRow(contender: Contender): Promise<number> {
  await contender.loadCustomers();
  await contender.forget();
  const before = memoryInUse();
  const rows = await contender.loadCustomers();
  return (memoryInUse() - before) / rows.length;
}

/** The milliseconds of one save, without loading and changing. */
async function timeOfSave(contender: Contender): Promise<number> {
  if (scenario === "create") {
    contender.create();
  } else {
    const loaded = await contender.load();
    contender.change(scenario === "update few" ? loaded / 100 : loaded);
  }
  const begun = performance.now();
  await contender.save();
  const elapsed = performance.now() - begun;
  await contender.forget();
  if (scenario === "create") await execute(dialect, dsn, emptying[dialect]);
  return elapsed;
}

const contender = await open();
if (scenario === "memory") {
  console.log(JSON.stringify([await bytesPerRow(contender)]));
} else {
  const times: number[] = [];
  for (let round = 0; round < Number(rounds); round++) times.push(await timeOfSave(contender));
  console.log(JSON.stringify(times));
}
process.exit(0);
