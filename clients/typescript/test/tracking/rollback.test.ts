import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { uowError } from "../../src/errors.js";
import { EventKind } from "../../src/gen/uow/v1/event_pb.js";
import { begin, join, openDatabase, where, type World } from "../support/world.js";

let client: PGlite;
let db: object;
let world: World;

beforeAll(async () => {
  ({ client, db } = await openDatabase());
});
afterAll(async () => client.close());
beforeEach(() => {
  world = begin(db);
});

async function user(id: number) {
  const found = await world.uow.users.findFirst(where.users(id));
  if (found === undefined) throw new Error(`user ${id} is missing`);
  return found;
}

function kinds() {
  return world.journal.events.map(({ event }) => EventKind[event.kind]);
}

test("checkpoints nest: a rollback restores values, created and deleted rows", async () => {
  const { uow } = world;
  const ann = await user(1);
  const post = await uow.posts.findFirst(where.posts(3));
  if (post === undefined) throw new Error("the post is missing");
  ann.name = "one";
  const outer = uow.setCheckpoint();
  ann.name = "two";
  const created = uow.users.create({ name: "new" });
  const inner = uow.setCheckpoint("inner");
  uow.posts.delete(post);
  ann.name = "three";
  expect(uow.rollback(inner).error).toBeUndefined();
  expect([ann.name, uow.isDeleted(post), created.name]).toEqual(["two", false, "new"]);
  expect(uow.rollback(inner).error).toBeUndefined();
  expect(uow.rollback(outer).error).toBeUndefined();
  expect(ann.name).toBe("one");
  expect(() => (created.name = "x")).toThrow(/rolled back/);
  expect(created.name).toBe("new");
  expect(uow.rollback(inner).error?.reason).toBe("CHECKPOINT_DROPPED");
  await uow.flush();
  expect(kinds()).toEqual(["UPDATED"]);
});

test("a rollback says why it can't be done, and changes nothing then", async () => {
  const { uow } = world;
  const ann = await user(1);
  ann.name = "one";
  expect(uow.rollback("nothing of that name").error?.reason).toBe("CHECKPOINT_NOT_FOUND");
  expect(uow.rollback(begin(db).uow.setCheckpoint()).error?.reason).toBe("CHECKPOINT_FOREIGN");
  const checkpoint = uow.setCheckpoint();
  ann.name = "two";
  await uow.save();
  expect(uow.rollback(checkpoint).error?.reason).toBe("ROLLBACK_BELOW_SAVED");
  expect(ann.name).toBe("two");
});

test("what a running save covers can't be rolled back, what came after it can", async () => {
  const { uow, executor } = world;
  const release = executor.pause();
  const ann = await user(1);
  const before = uow.setCheckpoint();
  ann.name = "one";
  const after = uow.setCheckpoint();
  const saving = uow.save(after);
  ann.name = "two";
  expect(uow.rollback(before).error?.reason).toBe("SAVE_IN_PROGRESS");
  expect(ann.name).toBe("two");
  expect(uow.rollback(after).error).toBeUndefined();
  expect(ann.name).toBe("one");
  release();
  await saving;
  expect(uow.rollback().error).toBeUndefined();
  expect(ann.name).toBe("one");
});

test("a save up to a checkpoint leaves what came after it", async () => {
  const { uow } = world;
  const ann = await user(1);
  ann.name = "one";
  const checkpoint = uow.setCheckpoint();
  ann.email = "two";
  expect(await uow.save(checkpoint)).toMatchObject({ updated: 1 });
  expect(uow.pending()).toMatchObject([{ values: { email: "two" } }]);
  uow.rollback(checkpoint);
  expect([ann.name, ann.email]).toEqual(["one", "ann@x"]);
});

test("a failed save leaves everything as it was", async () => {
  const { uow, executor } = world;
  const ann = await user(1);
  const created = uow.users.create({ name: "new" });
  ann.name = "one";
  executor.fail = uowError("CONSTRAINT_UNIQUE", "taken");
  await expect(uow.save()).rejects.toMatchObject({ name: "ConstraintError", reason: "CONSTRAINT_UNIQUE" });
  expect(uow.pending()).toHaveLength(2);
  expect(uow.rollback().error).toBeUndefined();
  expect(ann.name).toBe("ann");
  executor.fail = undefined;
  ann.name = "two";
  expect(await uow.save()).toMatchObject({ updated: 1, inserted: 0 });
  expect(() => (created.name = "x")).toThrow(/rolled back/);
});

test("a save in doubt is asked for again under its id before anything else is saved", async () => {
  const { uow, executor } = world;
  const asked: string[] = [];
  const save = executor.save.bind(executor);
  executor.save = async (saveId, ...rest) => {
    asked.push(saveId);
    return save(saveId, ...rest);
  };
  const ann = await user(1);
  const checkpoint = uow.setCheckpoint();
  ann.name = "one";
  executor.fail = uowError("SAVE_IN_DOUBT", "no answer");
  await expect(uow.save()).rejects.toMatchObject({ reason: "SAVE_IN_DOUBT" });
  expect(uow.rollback(checkpoint).error?.reason).toBe("SAVE_IN_DOUBT");
  executor.fail = undefined;
  ann.email = "two";
  expect(await uow.save()).toMatchObject({ updated: 2 });
  expect(asked).toHaveLength(3);
  expect(asked[1]).toBe(asked[0]);
});

test("a refused change makes saves reject until it is rolled back past", async () => {
  const { uow, journal } = world;
  const ann = await user(1);
  ann.name = "one";
  const good = uow.setCheckpoint();
  ann.name = "two";
  journal.refuse = (event) =>
    event?.kind === EventKind.UPDATED && journal.events.length === 1 ? uowError("DISK_FULL", "full") : undefined;
  await expect(uow.save()).rejects.toMatchObject({ reason: "DISK_FULL" });
  const bad = uow.setCheckpoint();
  ann.name = "three";
  expect(uow.rollback(bad).error).toBeUndefined();
  expect(ann.name).toBe("two");
  await expect(uow.save()).rejects.toMatchObject({ reason: "DISK_FULL" });
  expect(uow.rollback(good).error).toBeUndefined();
  journal.refuse = () => undefined;
  ann.email = "four";
  expect(await uow.save()).toMatchObject({ updated: 2 });
  expect(ann.name).toBe("one");
});

test("a refused rollback leaves the unit of work diverged until it is reloaded", async () => {
  const { uow, journal } = world;
  const ann = await user(1);
  const checkpoint = uow.setCheckpoint();
  ann.name = "one";
  const created = uow.users.create({ name: "new" });
  await uow.flush();
  uow.rollback(checkpoint);
  journal.refuse = (event) => (event === undefined ? uowError("ROLLBACK_BELOW_SAVED", "saved elsewhere") : undefined);
  await expect(uow.flush()).rejects.toMatchObject({ reason: "ROLLBACK_BELOW_SAVED" });
  journal.refuse = () => undefined;
  expect(() => (ann.name = "two")).toThrow(/reload\(\) or close\(\)/);
  await expect(uow.save()).rejects.toMatchObject({ name: "DivergedError" });
  expect(uow.rollback().error?.reason).toBe("DIVERGED");
  await uow.reload();
  expect([ann.name, created.name]).toEqual(["one", "new"]);
  created.name = "works again";
  expect(await uow.save()).toMatchObject({ inserted: 1, updated: 2 });
  expect(created.id).toBe(101);
});

test("a rollback elsewhere undoes here what it undid, and the next save says so once", async () => {
  const { uow, session } = world;
  const ann = await user(1);
  ann.name = "one";
  const kept = uow.setCheckpoint();
  await uow.flush();
  ann.name = "two";
  const dropped = uow.setCheckpoint();
  await uow.flush();
  session.rollBackElsewhere(1);
  expect(ann.name).toBe("one");
  await expect(uow.save()).rejects.toMatchObject({ name: "RolledBackElsewhereError" });
  expect(uow.rollback(dropped).error?.reason).toBe("CHECKPOINT_DROPPED");
  expect(uow.rollback(kept).error).toBeUndefined();
  expect(await uow.save()).toMatchObject({ updated: 1 });
});

test("another process takes a session up: changes, new rows, deletions and checkpoints", async () => {
  const { uow, journal } = world;
  const ann = await user(1);
  const post = await uow.posts.findFirst(where.posts(3));
  ann.name = "one";
  const created = uow.users.create({ name: "new" });
  const written = uow.posts.create({ authorId: created.id, title: "by the new one" });
  uow.setCheckpoint("handed over");
  ann.name = "two";
  uow.posts.delete(post ?? {});
  written.title = "changed";
  await uow.close({ keepSession: true });

  const other = join(db, journal);
  expect(() => other.uow.users.create({ name: "too early" })).toThrow(/await uow\.ready/);
  const again = await other.uow.users.findFirst(where.users(1));
  expect(again).toMatchObject({ name: "two", email: "ann@x" });
  expect(other.uow.pending().map(({ kind, table }) => `${kind} ${table}`)).toEqual([
    "update users",
    "insert users",
    "insert posts",
    "delete posts",
  ]);
  const gone = await other.uow.posts.findFirst(where.posts(3));
  expect(other.uow.isDeleted(gone ?? {})).toBe(true);
  expect(other.uow.checkpoints.map(({ name }) => name)).toEqual(["handed over"]);
  expect(other.uow.rollback("handed over").error).toBeUndefined();
  expect(again?.name).toBe("one");
  expect(other.uow.isDeleted(gone ?? {})).toBe(false);
  const post2 = other.uow.pending()[2]?.entity as { authorId: number; title: string };
  expect(post2.title).toBe("by the new one");
  await other.uow.save();
  expect(post2.authorId).toBe(101);
  other.uow.rollback();
  expect(again?.name).toBe("one");
});

test("history tells what was changed, by whom and when", async () => {
  const { uow } = world;
  const ann = await user(1);
  ann.name = "one";
  uow.users.create({ name: "new" });
  const changes = [];
  for await (const change of uow.changes()) changes.push(change);
  expect(changes).toMatchObject([
    { kind: "updated", table: "users", key: { id: 1 }, values: { name: "one" }, old: { name: "ann" }, offset: 0n },
    { kind: "created", table: "users", values: { name: "new", token: "token" } },
  ]);
  expect(changes[0]?.time).toBeInstanceOf(Date);
});

test("a full queue refuses a change before it touches memory", async () => {
  const { uow, session } = world;
  const ann = await user(1);
  session.full = true;
  expect(() => (ann.name = "one")).toThrow(/uow\.flush/);
  expect(() => uow.users.create({ name: "new" })).toThrow(/uow\.flush/);
  expect(ann.name).toBe("ann");
  session.full = false;
  ann.name = "two";
});

test("after close nothing changes any more", async () => {
  const { uow, session } = world;
  const ann = await user(1);
  ann.name = "one";
  await uow.close();
  expect(session.closed).toBe("ended");
  expect(() => (ann.name = "two")).toThrow(/closed/);
  await expect(uow.save()).rejects.toMatchObject({ name: "SessionEndedError" });
  expect(uow.rollback().error?.reason).toBe("SESSION_CLOSED");
  await uow.close();
  expect(ann.name).toBe("one");
});

test("a unit of work that changed nothing needs no journal", async () => {
  const { uow, session } = world;
  await user(1);
  expect(await uow.save()).toMatchObject({ inserted: 0, saveId: undefined });
  await uow.flush();
  await uow.close();
  expect(session.closed).toBe("detached");
});

test("assignments without a pause are one event a row, the last one", async () => {
  const { uow, journal } = world;
  const users = await uow.users.findMany();
  for (let i = 0; i < 2500; i++) for (const one of users) one.name = `name ${i}`;
  await uow.flush();
  expect(journal.events.map(({ event }) => event.fields[0]?.value?.kind.value)).toEqual(["name 2499", "name 2499", "name 2499"]);
  uow.rollback();
  expect(users.map(({ name }) => name)).toEqual(["ann", "bob", "cy"]);
});

test("many changes reach the journal in order, in commands of bounded size", async () => {
  const { uow, journal, session } = world;
  for (let i = 0; i < 2500; i++) uow.users.create({ name: `name ${i}` });
  await uow.flush();
  expect(session.appended.map((events) => events.length)).toEqual([1000, 1000, 500]);
  expect(journal.events.map(({ event }) => event.fields[0]?.value?.kind.value)).toEqual(
    Array.from({ length: 2500 }, (_, i) => `name ${i}`),
  );
  uow.users.create({ name: "x".repeat(3 << 20) });
  uow.users.create({ name: "y".repeat(3 << 20) });
  await uow.flush();
  expect(session.appended).toHaveLength(5);
});

test("a loop without a pause hands changes on all the same, and all of it can be rolled back", () => {
  const { uow, session } = world;
  for (let i = 0; i < 150_001; i++) uow.users.create({ name: "n" });
  expect(session.appended).toHaveLength(150);
  expect(uow.rollback().error).toBeUndefined();
  expect(uow.pending()).toEqual([]);
});

test("a loop without a pause hands changes on while it runs, unless much waits for the journal already", async () => {
  const { uow, session } = world;
  for (let i = 0; i < 4500; i++) uow.users.create({ name: "n" });
  expect(session.appended).toHaveLength(4);
  session.unacknowledgedBytes = 64 << 20;
  for (let i = 0; i < 4500; i++) uow.users.create({ name: "n" });
  expect(session.appended).toHaveLength(4);
  await uow.flush();
  expect(session.appended.flat()).toHaveLength(9000);
});
