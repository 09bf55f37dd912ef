import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routeTo } from "../../src/launcher/connect.js";
import { joinUsers, leaveUsers } from "../../src/launcher/user_pipe.js";
import { changeOf, sessionAt, textsOf } from "../support/journal.js";
import { startProgram } from "../support/program.js";
import { TestUowd } from "../support/uowd.js";

const program = new URL("process_user.ts", import.meta.url);

/** Resolves with the session's id and the time that the process took to end by itself, in milliseconds. */
async function run(endpoint: string, mode: string, env: NodeJS.ProcessEnv = process.env): Promise<[string, number]> {
  const [child, id] = await startProgram<string>(program, [endpoint, mode], { env });
  return [id, await ended(child)];
}

async function ended(child: ChildProcess): Promise<number> {
  const begin = performance.now();
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code).toBe(0);
  return performance.now() - begin;
}

describe("a process", () => {
  let uowd: TestUowd;
  beforeAll(async () => {
    uowd = await TestUowd.start();
  });
  afterAll(async () => uowd.remove());

  async function journalOf(id: string): Promise<string[]> {
    const { session } = sessionAt(uowd.endpoint, { sessionId: id });
    const texts = await textsOf(session);
    await session.detach();
    return texts;
  }

  test("isn't kept alive by an idle unit of work", async () => {
    const [id, time] = await run(uowd.endpoint, "idle");
    expect(time).toBeLessThan(3000);
    expect(await journalOf(id)).toEqual(["text 0", "text 1", "text 2"]);
  });

  test("stays until its changes are durable", async () => {
    const [id] = await run(uowd.endpoint, "pending");
    expect(await journalOf(id)).toHaveLength(1000);
  });

  test("stays until they are durable though uowd comes late", async () => {
    await uowd.stop("SIGKILL");
    const running = run(uowd.endpoint, "pending, nobody there");
    await sleep(2500);
    await uowd.start();
    const [id] = await running;
    expect(await journalOf(id)).toEqual(["text 0"]);
  });
});

describe("the local uowd of a project", () => {
  const directory = mkdtempSync(join(tmpdir(), "uow-"));
  const env = { ...process.env, UOW_ENDPOINT: "", UOW_DATA_DIR: join(directory, "data") };

  function isServed(): boolean {
    const pipe = joinUsers(env.UOW_DATA_DIR);
    if (pipe !== undefined) leaveUsers(pipe);
    return pipe !== undefined;
  }

  async function untilUnserved(): Promise<boolean> {
    for (const deadline = Date.now() + 20_000; isServed(); await sleep(50)) {
      if (Date.now() > deadline) return false;
    }
    return true;
  }

  afterAll(async () => {
    await untilUnserved();
    rmSync(directory, { recursive: true, force: true });
  });

  test("is started by the first change, is shared, ends with its last process, and keeps the journal", async () => {
    const [first, second] = await Promise.all([run("", "pending", env), run("", "idle", env)]);
    expect(await untilUnserved()).toBe(true);
    process.env["UOW_ENDPOINT"] = "";
    process.env["UOW_DATA_DIR"] = env.UOW_DATA_DIR;
    try {
      const one = sessionAt(undefined, { sessionId: first[0] });
      expect(await textsOf(one.session)).toHaveLength(1000);
      const two = sessionAt(undefined, { sessionId: second[0] });
      expect(await textsOf(two.session)).toHaveLength(3);
      await one.session.detach();
      await two.session.detach();
    } finally {
      delete process.env["UOW_DATA_DIR"];
    }
    expect(await untilUnserved()).toBe(true);
  });

  test("is started again where it was killed under a unit of work", async () => {
    process.env["UOW_ENDPOINT"] = "";
    process.env["UOW_DATA_DIR"] = env.UOW_DATA_DIR;
    try {
      const { session, events } = sessionAt(undefined);
      session.append([changeOf(1, "before")]);
      await session.flush();
      const route = routeTo({}, env);
      process.kill(processAt(route.endpoint.address), "SIGKILL");
      session.append([changeOf(1, "after")]);
      await session.flush();
      expect(await textsOf(session)).toEqual(["before", "after"]);
      expect(events.refusals).toEqual([]);
      await session.close();
      route.release();
    } finally {
      delete process.env["UOW_DATA_DIR"];
    }
  });
});

/** The process that listens at an address, by what it was started with. */
function processAt(address: string): number {
  for (const entry of readdirSync("/proc")) {
    try {
      const args = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      if (args.includes(address) && args.includes("--exit-when-unused")) return Number(entry);
    } catch {
      // Not a process, or one that has ended.
    }
  }
  throw new Error(`nothing listens at ${address}`);
}
