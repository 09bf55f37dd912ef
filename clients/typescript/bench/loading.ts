import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { atMost, median, type Row } from "./table.ts";

const rows = 100_000;
const repeats = 5;

function load(how: "plain" | "tracked"): { ms: number; bytes: number } {
  const program = fileURLToPath(new URL("load_once.ts", import.meta.url));
  const output = execFileSync(process.execPath, ["--expose-gc", program, how, String(rows)], { encoding: "utf8" });
  return JSON.parse(output) as { ms: number; bytes: number };
}

/** What loading tracked rows costs beside plain Drizzle, each load in a process of its own. */
export function measureLoading(): Row[] {
  const pairs = Array.from({ length: repeats }, () => ({ tracked: load("tracked"), plain: load("plain") }));
  const of = (how: "plain" | "tracked", what: "ms" | "bytes") => median(pairs.map((pair) => pair[how][what]));
  const megabytes = (how: "plain" | "tracked") => of(how, "bytes") / 1e6;
  return [
    atMost("load of 100,000 rows, beside plain Drizzle", "ms", of("tracked", "ms"), of("plain", "ms"), 1.5),
    atMost("memory of 100,000 loaded rows, beside plain Drizzle", "MB", megabytes("tracked"), megabytes("plain"), 2),
  ];
}
