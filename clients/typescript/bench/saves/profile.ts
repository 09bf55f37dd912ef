// Where the time of a save through the handle goes: profile.ts <update|create> <dialect> <dsn>. Prints JSON: milliseconds by phase.
import { readFileSync } from "node:fs";
import { type Profiler, Session } from "node:inspector/promises";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { openDb } from "./db.ts";
import { phases, type Phase } from "./phases.ts";
import { execute } from "./scripts.ts";
import { type Dialect, emptying } from "./shop.ts";
import { UowContender } from "./uow_contender.ts";

const [scenario, dialect, dsn] = process.argv.slice(2) as ["update" | "create", Dialect, string];
const warmUps = 4;
const rounds = 4;
const samplingInterval = 200;

/** What this process waits for where it has nothing to do, by the microsecond since which it does. */
const waits: { readonly from: number; readonly for: Phase }[] = [];
let waiting: Phase = "journal";

// The profiler's clock: microseconds of the monotonic clock.
const now = () => Number(process.hrtime.bigint() / 1000n);

function waitFor(phase: Phase): void {
  waiting = phase;
  waits.push({ from: now(), for: phase });
}

function phaseOf(path: string): Phase {
  if (path.endsWith("/BeginSave")) return "plan";
  return path.endsWith("/FinishSave") ? "journal" : waiting;
}

// Which call of uowd's is under way. Between them this process waits for the database.
function watchCalls(): void {
  const prototype = grpc.Client.prototype as unknown as Record<
    string,
    (path: string, ...rest: unknown[]) => grpc.ClientDuplexStream<unknown, unknown>
  >;
  for (const name of ["makeServerStreamRequest", "makeClientStreamRequest"]) {
    const original = prototype[name];
    if (original === undefined) throw new Error(`@grpc/grpc-js has no ${name} any more`);
    prototype[name] = function (this: unknown, path: string, ...rest: unknown[]) {
      const phase = phaseOf(path);
      waitFor(phase);
      const call = original.call(this as never, path, ...rest);
      call.once("status", () => phase === "plan" && waitFor("database"));
      return call;
    };
  }
}

const bundles = new Map<string, SourceMap>();

function sourceOf({ url, lineNumber, columnNumber }: Profiler.ProfileNode["callFrame"]): string {
  if (!url.includes("/dist/") || !url.startsWith("file:") || url.includes("node_modules")) return url;
  let map = bundles.get(url);
  if (map === undefined) {
    map = new SourceMap(
      JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, "utf8")) as ConstructorParameters<typeof SourceMap>[0],
    );
    bundles.set(url, map);
  }
  const entry = map.findEntry(lineNumber, columnNumber);
  return "originalSource" in entry ? entry.originalSource : url;
}

function phaseOfCode(frame: Profiler.ProfileNode["callFrame"], parent: Phase | undefined): Phase | undefined {
  if (frame.functionName === "(garbage collector)") return "garbage collection";
  const source = sourceOf(frame);
  const found = phases.find(({ code }) => code?.test(source));
  // The language's own functions, and Node's, belong to who calls them.
  return found?.name ?? parent;
}

function add(times: Map<Phase, number>, phase: Phase, microseconds: number): void {
  times.set(phase, (times.get(phase) ?? 0) + microseconds / 1000);
}

/** Adds up the samples of a profile by phase. */
function attribute(profile: Profiler.Profile, times: Map<Phase, number>): void {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const phaseOfNode = new Map<number, Phase | undefined>();
  const visit = (id: number, parent: Phase | undefined) => {
    const node = nodes.get(id);
    if (node === undefined) return;
    const phase = phaseOfCode(node.callFrame, parent);
    phaseOfNode.set(id, phase);
    for (const child of node.children ?? []) visit(child, phase);
  };
  const root = profile.nodes[0];
  if (root !== undefined) visit(root.id, undefined);
  let at = profile.startTime;
  let wait = 0;
  profile.samples?.forEach((id, i) => {
    const delta = profile.timeDeltas?.[i] ?? 0;
    at += delta;
    while ((waits[wait + 1]?.from ?? Number.POSITIVE_INFINITY) <= at) wait++;
    // The profiler's own start and end.
    if (nodes.get(id)?.callFrame.url === "node:inspector") return;
    add(times, phaseOfNode.get(id) ?? waits[wait]?.for ?? "journal", delta);
  });
}

watchCalls();
const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.setSamplingInterval", { interval: samplingInterval });

const contender = new UowContender(openDb(dialect, dsn), undefined);
const times = new Map<Phase, number>();
for (let round = 0; round < warmUps + rounds; round++) {
  const loaded = scenario === "update" ? await contender.load() : 0;
  waits.length = 0;
  await session.post("Profiler.start");
  waitFor("journal");
  if (scenario === "update") contender.change(loaded);
  else contender.create();
  await contender.save();
  const { profile } = await session.post("Profiler.stop");
  if (round >= warmUps) attribute(profile, times);
  await contender.forget();
  if (scenario === "create") await execute(dialect, dsn, emptying[dialect]);
}
console.log(JSON.stringify(Object.fromEntries(Array.from(times, ([phase, ms]) => [phase, ms / rounds]))));
process.exit(0);
