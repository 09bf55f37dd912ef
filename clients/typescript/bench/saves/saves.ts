import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PostgresServer } from "../../test/matrix/postgres_server.ts";
import { TestUowd } from "../../test/support/uowd.ts";
import { median, note, type Row, timesBetter } from "../table.ts";
import type { ContenderName, Scenario } from "./contender.ts";
import { type Phase, phases } from "./phases.ts";
import { execute } from "./scripts.ts";
import { type Dialect, ddl, emptying, filling } from "./shop.ts";

/** Processes of each contender, in turns, so that what else the machine does meets all of them. */
const passes = 3;
/** Saves of a process; the first ones are for the compiler, which has seen enough of a large one sooner than of a small one. */
function roundsOf(contender: ContenderName, scenario: Scenario): { readonly all: number; readonly warmUps: number } {
  if (contender === "Drizzle, a row at a time") return { all: 2, warmUps: 1 };
  return scenario === "update few" ? { all: 40, warmUps: 30 } : { all: 6, warmUps: 2 };
}

const labels: Readonly<Record<Dialect, string>> = { postgresql: "PostgreSQL", sqlite: "SQLite" };

/** A database that all contenders reach, and a uowd that has it as a target. */
interface Place {
  readonly dialect: Dialect;
  readonly dsn: string;
  readonly uowd: TestUowd;
}

async function inProcess(place: Place, contender: ContenderName, scenario: Scenario): Promise<number[]> {
  const program = fileURLToPath(new URL("run.ts", import.meta.url));
  const { all, warmUps } = roundsOf(contender, scenario);
  const args = ["--expose-gc", program, contender, scenario, place.dialect, place.dsn, String(all)];
  const env = { ...process.env, UOW_ENDPOINT: place.uowd.endpoint };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const times = JSON.parse(stdout) as number[];
  return scenario === "memory" ? times : times.slice(warmUps);
}

type Times = ReadonlyMap<ContenderName, number>;

/** Medians of the milliseconds of a save, or of the bytes of a row. */
async function measure(place: Place, scenario: Scenario, names: readonly ContenderName[]): Promise<Times> {
  const times = new Map<ContenderName, number[]>(names.map((name) => [name, []]));
  for (let pass = 0; pass < passes; pass++) {
    for (const name of names) {
      await execute(place.dialect, place.dsn, emptying[place.dialect]);
      if (scenario !== "create") await execute(place.dialect, place.dsn, filling[place.dialect]);
      times.get(name)?.push(...(await inProcess(place, name, scenario)));
    }
  }
  return new Map(Array.from(times, ([name, all]) => [name, median(all)]));
}

interface Comparison {
  readonly ours: ContenderName;
  readonly theirs: ContenderName;
  /** How many times as fast, or as small, ours has to be. */
  readonly factor: number;
}

const db = "through db";
const server = "by the server";
const mikro = "MikroORM";
const byRow = "Drizzle, a row at a time";

const plans: readonly { readonly scenario: Scenario; readonly what: string; readonly comparisons: readonly Comparison[] }[] = [
  {
    scenario: "update",
    what: "20,000 updated",
    comparisons: [
      { ours: db, theirs: mikro, factor: 1 },
      { ours: server, theirs: mikro, factor: 1.5 },
      { ours: db, theirs: byRow, factor: 5 },
      { ours: server, theirs: byRow, factor: 5 },
    ],
  },
  {
    scenario: "create",
    what: "26,000 created in 3 levels",
    comparisons: [
      { ours: db, theirs: mikro, factor: 1 },
      { ours: server, theirs: mikro, factor: 1 },
    ],
  },
  {
    scenario: "update few",
    what: "200 of 20,000 updated",
    comparisons: [
      { ours: db, theirs: mikro, factor: 5 },
      { ours: server, theirs: mikro, factor: 5 },
    ],
  },
];

async function measureIn(place: Place): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { scenario, what, comparisons } of plans) {
    const names = [...new Set(comparisons.flatMap(({ ours, theirs }) => [ours, theirs]))];
    const times = await measure(place, scenario, names);
    for (const { ours, theirs, factor } of comparisons) {
      const name = `${labels[place.dialect]}: ${what}, ${ours} / ${theirs}`;
      rows.push(timesBetter(name, "ms", times.get(ours) ?? 0, times.get(theirs) ?? 0, factor));
    }
  }
  return rows;
}

async function measureMemory(place: Place): Promise<Row> {
  const bytes = await measure(place, "memory", [db, mikro]);
  return timesBetter(`memory of a tracked row / ${mikro}`, "bytes", bytes.get(db) ?? 0, bytes.get(mikro) ?? 0, 1);
}

/** Where the time of a save through the handle goes, from the first change on, beside the whole of it. */
async function measureProfile(place: Place, scenario: "update" | "create", what: string): Promise<Row[]> {
  await execute(place.dialect, place.dsn, emptying[place.dialect]);
  if (scenario === "update") await execute(place.dialect, place.dsn, filling[place.dialect]);
  const program = fileURLToPath(new URL("profile.ts", import.meta.url));
  const env = { ...process.env, UOW_ENDPOINT: place.uowd.endpoint };
  const { stdout } = await promisify(execFile)(process.execPath, [program, scenario, place.dialect, place.dsn], { env });
  const times = JSON.parse(stdout) as Partial<Record<Phase, number>>;
  const all = Object.values(times).reduce((sum, ms) => sum + ms, 0);
  return phases.map(({ name, meaning }) =>
    note(`${labels[place.dialect]}: ${what}: ${name} (${meaning})`, "ms", times[name] ?? 0, all),
  );
}

/** Runs something in a PostgreSQL and in a SQLite database with the shop's empty tables. */
async function inBoth<T>(work: (place: Place) => Promise<T>): Promise<T[]> {
  const directory = mkdtempSync(join(tmpdir(), "uow-bench-"));
  const postgres = await PostgresServer.start();
  const places = { postgresql: await postgres.createDatabase(), sqlite: join(directory, "shop.db") };
  await execute("sqlite", places.sqlite, "PRAGMA journal_mode = WAL");
  for (const dialect of ["postgresql", "sqlite"] as const) await execute(dialect, places[dialect], ddl[dialect]);
  const targets = ["--target", `postgresql=${places.postgresql}`, "--target", `sqlite=sqlite:${places.sqlite}`];
  const uowd = await TestUowd.start(...targets);
  try {
    return [
      await work({ dialect: "postgresql", dsn: places.postgresql, uowd }),
      await work({ dialect: "sqlite", dsn: places.sqlite, uowd }),
    ];
  } finally {
    await uowd.remove();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Saves from their call to the hydrated answer, beside MikroORM's and those written by hand. */
export async function measureSaves(): Promise<Row[]> {
  const rows = await inBoth(async (place) => [
    ...(await measureIn(place)),
    ...(place.dialect === "postgresql" ? [await measureMemory(place)] : []),
    ...(await measureProfile(place, "update", "20,000 updated")),
    ...(await measureProfile(place, "create", "26,000 created")),
  ]);
  return rows.flat();
}
