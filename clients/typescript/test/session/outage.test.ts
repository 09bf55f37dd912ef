import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UowdUnavailableError } from "../../src/errors.js";
import { CuttingProxy } from "../support/cutting_proxy.js";
import { changeOf, sessionAt, type TestSession, type TestSessionOptions, textOf, textsOf } from "../support/journal.js";
import { TestUowd } from "../support/uowd.js";

let uowd: TestUowd;
let proxy: CuttingProxy;
let open: TestSession[] = [];

beforeEach(async () => {
  uowd = await TestUowd.start();
  proxy = await CuttingProxy.start(join(uowd.directory, "proxy.sock"), uowd.socket);
});

afterEach(async () => {
  for (const { session } of open) await session.detach();
  open = [];
  await proxy.stop();
  await uowd.remove();
});

function begin(options?: TestSessionOptions): TestSession {
  const begun = sessionAt(`unix:${proxy.path}`, options);
  open.push(begun);
  return begun;
}

/** Appends numbered texts, now and then letting the stream run, while `disturb` happens. */
async function appendWhile({ session }: TestSession, disturb: () => Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  const disturbance = { over: false };
  const disturbing = disturb().then(() => {
    disturbance.over = true;
  });
  while (!disturbance.over || texts.length < 2000) {
    for (let i = 0; i < 20; i++) {
      const text = `text ${texts.length}`;
      session.append([changeOf(texts.length, text)]);
      texts.push(text);
    }
    if (session.full) await session.flush();
    await sleep(1);
  }
  await disturbing;
  await session.flush();
  return texts;
}

describe("every command arrives once, in order", () => {
  test("when uowd is killed in mid-stream and started again", async () => {
    const test = begin();
    const texts = await appendWhile(test, async () => {
      for (let i = 0; i < 4; i++) {
        await sleep(120);
        await uowd.stop("SIGKILL");
        await sleep(50);
        await uowd.start();
      }
    });
    expect(await textsOf(test.session)).toEqual(texts);
    expect(test.events.refusals).toEqual([]);
    expect(test.events.acknowledgedSequence).toBe(test.session.lastSequence);
  });

  test("when uowd is shut down and started again", async () => {
    const test = begin();
    const texts = await appendWhile(test, async () => {
      await sleep(100);
      await uowd.stop("SIGTERM");
      await uowd.start();
    });
    expect(await textsOf(test.session)).toEqual(texts);
  });

  test("when connections are cut at any byte", async () => {
    const test = begin();
    const texts = await appendWhile(test, async () => {
      for (let i = 0; i < 40; i++) {
        await sleep(15);
        if (i % 2 === 0) proxy.cut();
        else proxy.allowance = Math.floor(Math.random() * 3000);
        await sleep(15);
        proxy.allowance = Number.POSITIVE_INFINITY;
      }
    });
    expect(proxy.connections).toBeGreaterThan(10);
    expect(await textsOf(test.session)).toEqual(texts);
    expect(test.events.refusals).toEqual([]);
  });

  test("when acknowledgements are lost, rollbacks included", async () => {
    const { session, events } = begin();
    session.append([changeOf(1, "kept")]);
    session.setCheckpoint("a");
    await session.flush();
    proxy.deaf = true;
    session.append([changeOf(1, "undone")]);
    session.rollbackToCheckpoint("a");
    session.append([changeOf(1, "last")]);
    await sleep(200);
    expect(events.acknowledgedSequence).toBe(2n);
    proxy.deaf = false;
    proxy.cut();
    await session.flush();
    expect(await textsOf(session)).toEqual(["kept", "last"]);
    expect(events.rollbacks).toEqual([]);
    expect(session.epoch).toBe(1n);
  });

  test("of a session whose opening was cut off", async () => {
    proxy.allowance = 400;
    const { session } = begin();
    session.append([changeOf(1, "one")]);
    await sleep(100);
    proxy.allowance = Number.POSITIVE_INFINITY;
    await session.flush();
    expect(await textsOf(session)).toEqual(["one"]);
  });
});

describe("while uowd can't be reached", () => {
  test("changes wait, and flush says so in time", async () => {
    const { session } = begin({ patience: 400 });
    session.append([changeOf(1, "before")]);
    await session.flush();
    proxy.refusing = true;
    proxy.cut();
    session.append([changeOf(1, "meanwhile")]);
    await expect(session.flush()).rejects.toThrow(UowdUnavailableError);
    expect(session.unacknowledgedBytes).toBeGreaterThan(0);
    proxy.refusing = false;
    await session.flush();
    expect(await textsOf(session)).toEqual(["before", "meanwhile"]);
  });

  test("changes wait while it hangs, up to the cap", async () => {
    const { session, events } = begin({ maxUnacknowledgedBytes: 200_000 });
    session.append([changeOf(0, "text 0")]);
    await session.flush();
    uowd.pause();
    let count = 1;
    for (; !session.full; count++) session.append([changeOf(count, `text ${count}`)]);
    const flushed = session.flush();
    await sleep(300);
    expect(session.full).toBe(true);
    expect(events.acknowledgedSequence).toBe(1n);
    uowd.resume();
    await flushed;
    expect(session.full).toBe(false);
    expect(await textsOf(session)).toEqual(Array.from({ length: count }, (_, i) => `text ${i}`));
  });

  test("a reading goes on where it was cut off", async () => {
    const { session } = begin();
    const texts = Array.from({ length: 20_000 }, (_, i) => `text ${i}`);
    for (let i = 0; i < texts.length; i += 1000) {
      session.append(texts.slice(i, i + 1000).map((text, n) => changeOf(i + n, text)));
    }
    await session.flush();
    const read: string[] = [];
    for await (const { event } of session.readJournal(0n)) {
      read.push(textOf(event?.fields[0]));
      if (read.length % 5000 === 0) proxy.cut();
    }
    expect(read).toEqual(texts);
  });
});
