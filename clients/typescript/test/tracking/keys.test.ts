import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { EventKind } from "../../src/gen/uow/v1/event_pb.js";
import type { Value } from "../../src/gen/uow/v1/value_pb.js";
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

async function group(code: string) {
  const found = await world.uow.groups.findFirst(where.groups(code));
  if (found === undefined) throw new Error(`group ${code} is missing`);
  return found;
}

async function membership(userId: number, code: string) {
  const found = await world.uow.memberships.findFirst(where.memberships(userId, code));
  if (found === undefined) throw new Error(`user ${userId} is no member of ${code}`);
  return found;
}

const plain = (values: readonly Value[]) => values.map(({ kind }) => (kind.case === "handleValue" ? "handle" : kind.value));

/** What the journal was told: kind, key, new key, changed columns. */
async function told() {
  await world.uow.flush();
  return world.journal.events.map(({ event }) => [
    EventKind[event.kind],
    plain(event.key),
    plain(event.newKey),
    event.fields.length,
  ]);
}

test("a key is assigned like any column, and later changes are of the new key", async () => {
  const one = await group("G1");
  one.title = "before";
  one.code = "G9";
  one.title = "after";
  expect(one.code).toBe("G9");
  await world.uow.flush();
  one.title = "later";
  world.uow.groups.delete(one);
  expect(await told()).toEqual([
    ["UPDATED", ["G1"], ["G9"], 1],
    ["UPDATED", ["G9"], [], 1],
    ["DELETED", ["G9"], [], 0],
  ]);
});

test("until the save a query finds the row under the key that the database has, as the same object", async () => {
  const one = await group("G1");
  one.code = "G9";
  expect(await group("G1")).toBe(one);
  expect(one.code).toBe("G9");
  await world.uow.save();
  expect(await group("G1")).not.toBe(one);
});

test("several parts of a key change in one event", async () => {
  const place = await membership(1, "G1");
  Object.assign(place, { userId: 3, groupCode: "G2", seat: 7 });
  const events = await told();
  expect(events.at(-1)).toEqual([
    "UPDATED",
    [1, "G1"].map((part) => (typeof part === "number" ? BigInt(part) : part)),
    [3n, "G2"],
    1,
  ]);
});

test("a key that goes back to what it was is no change", async () => {
  const one = await group("G1");
  one.code = "G9";
  one.code = "G1";
  expect(await told()).toEqual([]);
  expect(await group("G1")).toBe(one);
});

test("a rollback gives the key back, and the deleted row that had it", async () => {
  const [one, two] = [await group("G1"), await group("G2")];
  const start = world.uow.setCheckpoint();
  world.uow.groups.delete(two);
  one.code = "G2";
  expect(await group("G2")).toBe(two);
  expect(world.uow.rollback(start).error).toBeUndefined();
  expect([one.code, two.code, world.uow.isDeleted(two)]).toEqual(["G1", "G2", false]);
  expect([await group("G1"), await group("G2")]).toEqual([one, two]);
  expect(await group("G2")).toBe(two);
});

test("loaded rows follow where the foreign key says ON UPDATE CASCADE, and a rollback takes them back", async () => {
  const one = await group("G1");
  const place = await membership(1, "G1");
  const start = world.uow.setCheckpoint();
  one.code = "G9";
  expect(place.groupCode).toBe("G9");
  expect(world.uow.pending().map(({ entity }) => entity)).toEqual([one]);
  place.seat = 50;
  const events = await told();
  expect(events[0]).toEqual(["UPDATED", ["G1"], ["G9"], 0]);
  expect(events.at(-1)).toEqual(["UPDATED", [1n, "G9"], [], 1]);
  expect(await membership(1, "G1")).toBe(place);
  expect(place.groupCode).toBe("G9");
  world.uow.rollback(start);
  expect([one.code, place.groupCode]).toEqual(["G1", "G1"]);
  expect(await membership(1, "G1")).toBe(place);
});

test("a new row's given key changes before its first save", async () => {
  const fresh = world.uow.groups.create({ code: "N1", title: "New" });
  await world.uow.flush();
  fresh.code = "N2";
  expect(await told()).toEqual([
    ["CREATED", ["N1"], [], 1],
    ["UPDATED", ["N1"], ["N2"], 0],
  ]);
});

test("what can't be a key is refused, and nothing changes", async () => {
  const [one] = [await group("G1"), await group("G2")];
  const user = world.uow.users.create({ name: "Dan" });
  expect(() => (one.code = "G2")).toThrow(expect.objectContaining({ reason: "ENTITY_EXISTS" }));
  expect(() => (one.code = null as never)).toThrow(/no null/);
  expect(() => (user.id = 7)).toThrow(expect.objectContaining({ reason: "KEY_PENDING" }));
  expect(one.code).toBe("G1");
  expect(await told()).toEqual([["CREATED", ["handle"], [], 2]]);
});

test("a save up to a checkpoint reads rows back under the keys that they have there", async () => {
  const one = await group("G1");
  one.title = "changed";
  const checkpoint = world.uow.setCheckpoint();
  one.code = "G9";
  await world.uow.save(checkpoint);
  expect(world.executor.wanted.map(({ key }) => plain(key))).toEqual([["G1"]]);
  expect(await group("G1")).toBe(one);
  await world.uow.save();
  expect(world.executor.wanted.map(({ key }) => plain(key))).toEqual([["G9"]]);
});

test("another process that takes the session up sees the new keys", async () => {
  const one = await group("G1");
  await membership(1, "G1");
  one.code = "G9";
  one.title = "moved";
  await world.uow.flush();
  const other = join(db, world.journal);
  await other.uow.ready;
  const found = await other.uow.groups.findFirst(where.groups("G1"));
  expect([found?.code, found?.title]).toEqual(["G9", "moved"]);
});
