import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SessionEndedError } from "../../src/errors.js";
import { changeOf, sessionAt, type TestSession, type TestSessionOptions, textsOf } from "../support/journal.js";
import { TestUowd } from "../support/uowd.js";

let uowd: TestUowd;
let open: TestSession[] = [];

beforeAll(async () => {
  uowd = await TestUowd.start("--purge-interval", "1s");
});

afterEach(async () => {
  for (const { session } of open) await session.detach();
  open = [];
});

afterAll(async () => uowd.remove());

function begin(options?: TestSessionOptions): TestSession {
  const begun = sessionAt(uowd.endpoint, options);
  open.push(begun);
  return begun;
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `text ${from + i}`);
}

/** Two writers of one session, with two events and the checkpoint "shared". */
async function two(): Promise<[TestSession, TestSession]> {
  const first = begin();
  first.session.append([changeOf(1, "one"), changeOf(2, "two")]);
  first.session.setCheckpoint("shared");
  await first.session.flush();
  const second = begin({ sessionId: first.session.id });
  await second.session.open();
  return [first, second];
}

describe("commands", () => {
  test("are journaled in order and acknowledged", async () => {
    const { session, events } = begin();
    for (const [id, text] of numbered(0, 500).entries()) session.append([changeOf(id, text)]);
    expect(session.lastSequence).toBe(500n);
    expect(session.unacknowledgedBytes).toBeGreaterThan(0);
    await session.flush();
    expect(events.acknowledgedSequence).toBe(500n);
    expect(session.unacknowledgedBytes).toBe(0);
    expect(await textsOf(session)).toEqual(numbered(0, 500));
  });

  test("go on after the stream was left because it was idle", async () => {
    const { session } = begin();
    session.append([changeOf(1, "before")]);
    await session.flush();
    await new Promise((resolve) => setTimeout(resolve, 400));
    session.append([changeOf(1, "after")]);
    await session.flush();
    expect(await textsOf(session)).toEqual(["before", "after"]);
  });

  test("are made in the epoch after the rollbacks that were pipelined before them", async () => {
    const { session } = begin();
    session.append([changeOf(1, "kept")]);
    session.setCheckpoint("a");
    session.append([changeOf(1, "undone")]);
    session.rollbackToCheckpoint("a");
    session.append([changeOf(1, "next")]);
    session.rollbackToOffset(1n);
    session.append([changeOf(1, "last")]);
    expect(session.epoch).toBe(2n);
    await session.flush();
    expect(await textsOf(session)).toEqual(["kept", "last"]);
    expect(await session.listCheckpoints()).toMatchObject([{ name: "a", offset: 1n, writer: session.writer }]);
    expect(await session.status()).toMatchObject({ head: 2n, saved: 0n, epoch: 2n });
  });

  test("fold to net changes", async () => {
    const { session } = begin();
    session.append([changeOf(1, "first"), changeOf(2, "other"), changeOf(1, "second")]);
    await session.flush();
    const changes = [];
    for await (const change of session.getChanges()) changes.push(change);
    expect(changes.map(({ fields }) => fields[0]?.value?.kind.value)).toEqual(["second", "other"]);
  });

  test("wait in memory up to a cap", async () => {
    const { session } = begin({ maxUnacknowledgedBytes: 10_000 });
    expect(session.full).toBe(false);
    session.append([changeOf(1, "x".repeat(10_000))]);
    expect(session.full).toBe(true);
    await session.flush();
    expect(session.full).toBe(false);
  });

  test("of an unused unit of work open nothing", async () => {
    const { session } = begin();
    await session.flush();
    await session.detach();
    const { session: other } = begin({ sessionId: session.id });
    await expect(other.open()).rejects.toMatchObject({ reason: "SESSION_NOT_FOUND" });
  });
});

describe("a refused command", () => {
  test("stops what follows until it is dropped", async () => {
    const { session, events } = begin();
    session.append([changeOf(1, "good")]);
    session.setCheckpoint("a");
    session.setCheckpoint("a");
    session.append([changeOf(1, "behind")]);
    await expect(session.flush()).rejects.toMatchObject({ reason: "CHECKPOINT_EXISTS" });
    expect(events.refusals).toMatchObject([{ sequence: 3n, error: { reason: "CHECKPOINT_EXISTS" } }]);
    expect(events.acknowledgedSequence).toBeLessThanOrEqual(2n);
    await expect(session.flush()).rejects.toMatchObject({ reason: "CHECKPOINT_EXISTS" });
    expect(await textsOf(session)).toEqual(["good"]);

    session.resumeAfter(3n);
    expect(session.lastSequence).toBe(2n);
    session.append([changeOf(1, "instead")]);
    await session.flush();
    expect(await textsOf(session)).toEqual(["good", "instead"]);
  });

  test("that is a rollback takes its epoch with it", async () => {
    const { session, events } = begin();
    session.append([changeOf(1, "good")]);
    session.rollbackToCheckpoint("nowhere");
    session.append([changeOf(1, "behind")]);
    await expect(session.flush()).rejects.toMatchObject({ reason: "CHECKPOINT_NOT_FOUND" });
    expect(events.refusals).toMatchObject([{ sequence: 2n }]);
    expect(session.epoch).toBe(1n);
    session.resumeAfter(2n);
    expect(session.epoch).toBe(0n);
    session.append([changeOf(1, "on")]);
    await session.flush();
    expect(await textsOf(session)).toEqual(["good", "on"]);
  });
});

describe("another writer of the session", () => {
  test("appends to the same journal", async () => {
    const [{ session }, other] = await two();
    other.session.append([changeOf(3, "three")]);
    await other.session.flush();
    session.append([changeOf(4, "four")]);
    await session.flush();
    expect(await textsOf(session)).toEqual(["one", "two", "three", "four"]);
  });

  test("rolls back what this one pipelines", async () => {
    const [{ session, events }, other] = await two();
    session.append([changeOf(3, "undone")]);
    await session.flush();
    other.session.rollbackToCheckpoint("shared");
    await other.session.flush();
    for (let i = 0; i < 50; i++) session.append([changeOf(i, "too late")]);
    await session.flush();
    expect(events.rollbacks).toMatchObject([{ epoch: 1n, truncatedTo: 2n, lastSurvivingSequence: 2n }]);
    expect(session.epoch).toBe(1n);
    session.append([changeOf(1, "after")]);
    await session.flush();
    expect(await textsOf(session)).toEqual(["one", "two", "after"]);
    expect(events.refusals).toEqual([]);
  });

  test("rolls back while this one isn't attached", async () => {
    const [{ session, events }, other] = await two();
    await new Promise((resolve) => setTimeout(resolve, 400));
    other.session.rollbackToOffset(1n);
    await other.session.flush();
    session.append([changeOf(1, "too late")]);
    await session.flush();
    expect(events.rollbacks).toMatchObject([{ epoch: 1n, truncatedTo: 1n, lastSurvivingSequence: 0n }]);
    expect(await textsOf(session)).toEqual(["one"]);
  });

  test("rolls back, which a read in the old epoch finds out", async () => {
    const [{ session, events }, other] = await two();
    other.session.rollbackToOffset(0n);
    await other.session.flush();
    const to = { $typeName: "uow.v1.Position" as const, at: { case: "offset" as const, value: 2n }, epoch: 0n };
    await expect(session.getChanges(to)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ reason: "STALE_EPOCH" });
    expect(events.rollbacks).toMatchObject([{ epoch: 1n, truncatedTo: 0n }]);
    expect(session.epoch).toBe(1n);
  });

  test("queues commands ahead of knowing the session's epoch", async () => {
    const [{ session }] = await two();
    session.rollbackToCheckpoint("shared");
    session.rollbackToCheckpoint("shared");
    await session.flush();
    const late = begin({ sessionId: session.id });
    late.session.append([changeOf(9, "early")]);
    late.session.rollbackToOffset(2n);
    late.session.append([changeOf(9, "late")]);
    await late.session.flush();
    expect(late.session.epoch).toBe(3n);
    expect(late.events.rollbacks).toEqual([]);
    expect(await textsOf(session)).toEqual(["one", "two", "late"]);
  });
});

describe("the end of a session", () => {
  test("closes it for everybody", async () => {
    const { session } = begin();
    session.append([changeOf(1, "one")]);
    await session.flush();
    const other = begin({ sessionId: session.id });
    await other.session.open();
    await session.close({ keepHistory: true });
    expect(() => session.append([changeOf(1, "two")])).toThrow(SessionEndedError);
    other.session.append([changeOf(1, "two")]);
    await expect(other.session.flush()).rejects.toThrow(SessionEndedError);
    expect(await textsOf(other.session)).toEqual(["one"]);
  });

  test("detached, leaves it to others", async () => {
    const { session } = begin();
    session.append([changeOf(1, "one")]);
    await session.flush();
    await session.detach();
    const other = begin({ sessionId: session.id });
    other.session.append([changeOf(1, "two")]);
    await other.session.flush();
    expect(await textsOf(other.session)).toEqual(["one", "two"]);
  });

  test("doesn't come while its unit of work lives", async () => {
    const { session } = begin({ idleTtl: 3000 });
    session.append([changeOf(1, "one")]);
    await session.flush();
    await new Promise((resolve) => setTimeout(resolve, 4500));
    session.append([changeOf(1, "two")]);
    await session.flush();
    expect(await textsOf(session)).toEqual(["one", "two"]);
  });
});
