import { deepStrictEqual } from "node:assert";
import { inspect } from "node:util";
import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { EventKind } from "../../src/gen/uow/v1/event_pb.js";
import type { Value } from "../../src/gen/uow/v1/value_pb.js";
import { begin, openDatabase, where, type World } from "../support/world.js";

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

function json(value: Value | undefined): unknown {
  return JSON.parse(value?.kind.case === "jsonValue" ? value.kind.value : "");
}

async function ann() {
  const user = await world.uow.users.findFirst(where.users(1));
  if (user === undefined) throw new Error("ann is missing");
  return user;
}

test("an assignment is in memory at once and in the journal behind it", async () => {
  const user = await ann();
  user.name = "Anna";
  expect(user.name).toBe("Anna");
  await world.uow.flush();
  const [stored] = world.journal.events;
  expect(stored?.event).toMatchObject({ kind: EventKind.UPDATED, key: [{ kind: { value: 1n } }] });
  expect(stored?.event.fields).toMatchObject([
    { column: 1, old: { kind: { case: "textValue", value: "ann" } }, value: { kind: { case: "textValue", value: "Anna" } } },
  ]);
});

test("an entity looks like the row that it is", async () => {
  const plain = (await client.query<{ name: string }>("select name from users where id = 2")).rows[0];
  const user = await world.uow.users.findFirst({ ...where.users(2), columns: { name: true } });
  deepStrictEqual(user, plain);
  expect(user).toEqual(plain);
  expect(user).toStrictEqual(plain);
  expect(JSON.stringify(user)).toBe(JSON.stringify(plain));
  expect({ ...user }).toStrictEqual(plain);
  expect(inspect(user)).toBe(inspect(plain));
  expect(Object.keys(user ?? {})).toEqual(["name"]);
  expect("name" in (user ?? {})).toBe(true);
  expect("id" in (user ?? {})).toBe(false);
});

test("a row is one object, however it was read", async () => {
  const user = await ann();
  const [post] = await world.uow.posts.findMany({ ...where.posts(1), with: { author: true } });
  expect(post?.author).toBe(user);
  expect(await ann()).toBe(user);
});

test("a second reading refreshes what isn't changed and keeps what is", async () => {
  const user = await ann();
  user.name = "Anna";
  await client.exec("update users set name = 'other', email = 'new@x' where id = 1");
  try {
    const again = await ann();
    expect(again).toBe(user);
    expect(again.name).toBe("Anna");
    expect(again.email).toBe("new@x");
  } finally {
    await client.exec("update users set name = 'ann', email = 'ann@x' where id = 1");
  }
});

test("what is assigned but equal is no change", async () => {
  const user = await ann();
  user.name = "ann";
  user.bornAt = new Date("2000-01-02T03:04:05Z");
  user.settings = { panels: [{ name: "a" }, { name: "b" }], sizes: [1, 2], theme: "dark" };
  user.avatar = Buffer.from([1, 2]);
  await world.uow.flush();
  expect(world.journal.events).toEqual([]);
  expect(world.uow.isChanged(user)).toBe(false);
});

test("JSON is changed in place, at any depth", async () => {
  const user = await ann();
  const { settings } = user;
  expect(user.settings).toBe(settings);
  expect(settings?.panels?.[0]).toBe(settings?.panels?.[0]);
  const keys = Object.keys(settings ?? {});
  if (settings?.panels?.[1] === undefined || settings.sizes === undefined) throw new Error("not loaded");
  settings.panels[1].open = true;
  settings.sizes.push(3);
  settings.sizes.sort((a, b) => b - a);
  delete settings.theme;
  await world.uow.flush();
  expect(world.journal.events).toHaveLength(1);
  const field = world.journal.events[0]?.event.fields[0];
  expect(json(field?.old)).toEqual({
    theme: "dark",
    sizes: [1, 2],
    panels: [{ name: "a" }, { name: "b" }],
  });
  expect(json(field?.value)).toEqual({
    sizes: [3, 2, 1],
    panels: [{ name: "a" }, { name: "b", open: true }],
  });
  world.uow.rollback();
  expect(user.settings).toEqual({ theme: "dark", sizes: [1, 2], panels: [{ name: "a" }, { name: "b" }] });
  expect(Object.keys(user.settings ?? {})).toEqual(keys);
  expect(user.settings).toBe(settings);
});

test("a document holds no proxies, and shares nothing with what it was made of", async () => {
  const user = await ann();
  const given = { panels: [{ name: "z" }] };
  user.settings = given;
  const panel = given.panels[0];
  if (panel !== undefined) panel.name = "changed outside";
  expect(user.settings?.panels?.[0]?.name).toBe("z");
  const bob = await world.uow.users.findFirst(where.users(2));
  if (bob === undefined || user.settings === null) throw new Error("bob is missing");
  bob.settings = user.settings;
  bob.settings.theme = "light";
  expect(user.settings.theme).toBeUndefined();
});

test("arrays, dates and buffers are changed in place", async () => {
  const user = await ann();
  user.tags?.push("z");
  user.bornAt?.setUTCFullYear(1999);
  user.avatar?.writeUInt8(9, 0);
  const checkpoint = world.uow.setCheckpoint();
  user.bornAt?.setUTCFullYear(1998);
  expect(world.uow.pending()).toMatchObject([
    { kind: "update", old: { tags: ["x", "y"], bornAt: new Date("2000-01-02T03:04:05Z") } },
  ]);
  expect(world.uow.rollback(checkpoint).error).toBeUndefined();
  expect(user.bornAt?.toISOString()).toBe("1999-01-02T03:04:05.000Z");
  world.uow.rollback();
  expect(user.tags).toEqual(["x", "y"]);
  expect(user.bornAt?.toISOString()).toBe("2000-01-02T03:04:05.000Z");
  expect(user.avatar).toEqual(Buffer.from([1, 2]));
});

test("bigints and decimals keep all their digits", async () => {
  const user = await ann();
  expect(user.score).toBe(9007199254740993n);
  user.score = 9223372036854775807n;
  user.balance = "1234567890.12";
  await world.uow.flush();
  expect(world.journal.events[0]?.event.fields.map((field) => field.value?.kind.value)).toEqual([
    9223372036854775807n,
    "1234567890.12",
  ]);
});

test("what a column can't hold is refused before anything changes", async () => {
  const user = await ann();
  expect(() => (user.name = 5 as never)).toThrow(/users\.name/);
  expect(() => (user.name = null as never)).toThrow(/users\.name.*no null/);
  expect(() => (user.name = undefined as never)).toThrow(/users\.name/);
  expect(() => (user.id = null as never)).toThrow(/users\.id.*no null/);
  expect(() => ((user as object as Record<string, unknown>)["nmae"] = "x")).toThrow(/users\.nmae/);
  expect(() => delete (user as object as Record<string, unknown>)["name"]).toThrow(/can't be deleted/);
  expect(() => Object.freeze(user)).toThrow(/unwrap/);
  expect(() => Object.defineProperty(user, "name", { get: () => "x" })).toThrow(/plain value/);
  Object.defineProperty(user, "name", { value: "defined", writable: true, enumerable: true, configurable: true });
  expect(user.name).toBe("defined");
  expect(world.uow.pending()).toMatchObject([{ values: { name: "defined" } }]);
});

test("computed columns, extras and relations can't be written", async () => {
  const group = await world.uow.groups.findFirst({ ...where.groups("G1"), with: { memberships: true } });
  expect(() => ((group as object as Record<string, unknown>)["slug"] = "x")).toThrow(/computed/);
  expect(() => ((group as object as Record<string, unknown>)["memberships"] = [])).toThrow(/relation/);
});

test("a column that wasn't loaded can be written, and comes back as not loaded", async () => {
  const user = await world.uow.users.findFirst({ ...where.users(1), columns: { name: true } });
  if (user === undefined) throw new Error("ann is missing");
  user.email = "e";
  expect(Object.keys(user)).toEqual(["name", "email"]);
  await world.uow.flush();
  expect(world.journal.events[0]?.event).toMatchObject({ key: [{ kind: { value: 1n } }], fields: [{ column: 2 }] });
  expect(world.journal.events[0]?.event.fields[0]?.old).toBeUndefined();
  world.uow.rollback();
  expect(Object.keys(user)).toEqual(["name"]);
});

test("$onUpdateFn is evaluated once for the changes between two checkpoints", async () => {
  const post = await world.uow.posts.findFirst(where.posts(1));
  if (post === undefined) throw new Error("the post is missing");
  const before = post.updates;
  post.title = "a";
  const first = post.updates;
  post.views = 5;
  expect(post.updates).toBe(first);
  expect(first).not.toBe(before);
  const checkpoint = world.uow.setCheckpoint();
  post.title = "b";
  expect(post.updates).toBe(first + 1);
  world.uow.rollback(checkpoint);
  expect(post.updates).toBe(first);
  world.uow.rollback();
  expect(post.updates).toBe(before);
});

test("rows pending deletion still come back, marked", async () => {
  const post = await world.uow.posts.findFirst(where.posts(3));
  if (post === undefined) throw new Error("the post is missing");
  world.uow.posts.delete(post);
  expect(world.uow.isDeleted(post)).toBe(true);
  expect(await world.uow.posts.findFirst(where.posts(3))).toBe(post);
  expect(() => (post.title = "x")).toThrow(/deleted/);
  expect(world.uow.pending()).toMatchObject([{ kind: "delete", table: "posts" }]);
  world.uow.rollback();
  expect(world.uow.isDeleted(post)).toBe(false);
  post.title = "works";
});

test("the observed row goes ahead of a change to part of a constraint over several columns", async () => {
  const membership = await world.uow.memberships.findFirst(where.memberships(1, "G1"));
  if (membership === undefined) throw new Error("the membership is missing");
  membership.seat = 7;
  membership.row = 8;
  await world.uow.flush();
  expect(world.journal.events.map(({ event }) => event.kind)).toEqual([EventKind.OBSERVED, EventKind.UPDATED]);
  expect(world.journal.events[0]?.event.fields.map((field) => field.value?.kind.value)).toEqual([1n, 1n]);
});

test("entities of tables without a key are plain rows", async () => {
  const [visit] = await world.uow.visits.findMany();
  if (visit === undefined) throw new Error("no visits");
  visit.path = "/changed";
  expect(world.uow.pending()).toEqual([]);
  expect(() => world.uow.visits.create({ path: "/", at: 1 })).toThrow(/primary key/);
});

test("unwrap gives a copy that is nobody's", async () => {
  const user = await world.uow.users.findFirst({ ...where.users(1), with: { posts: { with: { author: true } } } });
  if (user === undefined) throw new Error("ann is missing");
  const copy = world.uow.unwrap(user);
  expect(structuredClone(copy).posts[0]?.title).toBe("one");
  copy.name = "nobody";
  copy.avatar?.writeUInt8(7, 0);
  expect(user.name).toBe("ann");
  expect(user.avatar?.[0]).toBe(1);
  expect(copy.posts[0]?.author).toBe(copy);
});

test("JSON of entities that refer to one another in a circle is the tree that was read", async () => {
  const user = await world.uow.users.findFirst({
    ...where.users(2),
    columns: { name: true },
    with: { posts: { columns: { title: true }, with: { author: { columns: { name: true } } } } },
  });
  expect(JSON.parse(JSON.stringify(user))).toEqual({ name: "bob", posts: [{ title: "three", author: { name: "bob" } }] });
});

test("a query that began before a save brings nothing older than what was saved", async () => {
  const user = await ann();
  const reading = Promise.resolve(world.uow.users.findFirst(where.users(1)));
  user.name = "saved meanwhile";
  await world.uow.save();
  expect(world.uow.isChanged(user)).toBe(false);
  expect(await reading).toBe(user);
  expect(user.name).toBe("saved meanwhile");
  expect((await ann()).name).toBe("ann");
});

test("what a document holds that isn't plain is watched", async () => {
  const user = await ann();
  const at = new Date("2020-01-01T00:00:00Z");
  user.settings = { at } as object;
  await world.uow.flush();
  (user.settings as { at: Date }).at.setUTCFullYear(2021);
  await world.uow.flush();
  expect(world.journal.events).toHaveLength(2);
  expect(json(world.journal.events[1]?.event.fields[0]?.value)).toEqual({ at: "2021-01-01T00:00:00.000Z" });
});

test("documents take only what their columns can hold", async () => {
  const user = await ann();
  const settings = user.settings as Record<string, unknown>;
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  expect(() => (settings["circle"] = circle)).toThrow(/users\.settings/);
  expect(() => (settings["big"] = 1n)).toThrow(/users\.settings/);
  expect(() => (user.tags as unknown[]).push(5)).toThrow(/users\.tags/);
  expect(user.tags).toEqual(["x", "y"]);
  expect(world.uow.isChanged(user)).toBe(false);
});

test("a document that is put back by a rollback is the one that was there, and works", async () => {
  const user = await ann();
  const { settings } = user;
  user.settings = { theme: "other" };
  world.uow.rollback();
  expect(user.settings).toBe(settings);
  if (user.settings !== null) user.settings.theme = "again";
  expect(world.uow.pending()).toMatchObject([{ values: { settings: { theme: "again" } } }]);
});
