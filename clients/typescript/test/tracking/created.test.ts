import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { EventKind } from "../../src/gen/uow/v1/event_pb.js";
import { PendingKey } from "../../src/tracking/pending_key.js";
import { inspect } from "node:util";
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

test("a new row's generated key is pending, and may be assigned to what refers to it", async () => {
  const { uow } = world;
  const user = uow.users.create({ name: "new" });
  const post = uow.posts.create({ authorId: user.id, title: "t" });
  expect(user.id).toBeInstanceOf(PendingKey);
  expect(post.authorId).toBe(user.id);
  await uow.flush();
  const [first, second] = world.journal.events;
  expect(first?.event).toMatchObject({ kind: EventKind.CREATED, key: [{ kind: { case: "handleValue", value: { counter: 1n } } }] });
  expect(second?.event.fields[0]?.value?.kind).toMatchObject({ case: "handleValue", value: { counter: 1n } });
});

test("a pending key says what to do when it is used as a value", () => {
  const user = world.uow.users.create({ name: "new" });
  expect(() => `${user.id}`).toThrow(/users\.id isn't known before the save.*save first/);
  expect(() => user.id + 1).toThrow(/save first/);
  expect(() => JSON.stringify(user)).toThrow(/save first/);
  expect(inspect(user.id)).toBe("PendingKey(users.id)");
});

test("a pending key goes only where a foreign key leads to it", () => {
  const { uow } = world;
  const user = uow.users.create({ name: "new" });
  const post = uow.posts.create({ authorId: user.id, title: "t" });
  expect(() => (post.views = user.id)).toThrow(/posts\.views.*no foreign key to users\.id/);
  expect(() => uow.comments.create({ postId: user.id, body: "b" })).toThrow(/comments\.postId/);
  const other = begin(db).uow.users.create({ name: "of another unit of work" });
  expect(() => (post.authorId = other.id)).toThrow(/of another unit of work/);
});

test("a created row has what Drizzle's insert would give it", async () => {
  const { uow } = world;
  const user = uow.users.create({ name: "new" });
  expect(user).toMatchObject({ name: "new", email: null, token: "token", role: undefined });
  const comment = uow.comments.create({ postId: 1, body: "b" });
  expect(comment.id).toMatch(/^[0-9a-f-]{36}$/);
  await uow.flush();
  const fields = world.journal.events[0]?.event.fields.map((field) => field.column);
  expect(fields).toEqual([1, 10]);
});

test("what a new row needs is asked for at once", () => {
  const { uow } = world;
  expect(() => uow.users.create({} as never)).toThrow(/users\.name is required/);
  expect(() => uow.groups.create({ title: "t" } as never)).toThrow(/groups\.code is required/);
  expect(() => uow.users.create({ name: 5 as never })).toThrow(/users\.name/);
  expect(uow.pending()).toEqual([]);
});

test("a key that the unit of work has is refused, and a deleted one may be taken again", async () => {
  const { uow } = world;
  const group = await uow.groups.findFirst(where.groups("G1"));
  if (group === undefined) throw new Error("the group is missing");
  expect(() => uow.groups.create({ code: "G1", title: "t" })).toThrow(/has a row with the key G1/);
  uow.groups.delete(group);
  const again = uow.groups.create({ code: "G1", title: "again" });
  expect(again).not.toBe(group);
  expect(await uow.groups.findFirst(where.groups("G1"))).toBe(again);
  uow.rollback();
  expect(await uow.groups.findFirst(where.groups("G1"))).toBe(group);
  expect(() => (again.title = "x")).toThrow(/rolled back/);
});

test("a save gives objects what the database generated", async () => {
  const { uow } = world;
  const user = uow.users.create({ name: "new" });
  const post = uow.posts.create({ authorId: user.id, title: "t" });
  const group = uow.groups.create({ code: "N", title: "New" });
  const result = await uow.save();
  expect(result).toMatchObject({ inserted: 3, updated: 0, deleted: 0 });
  expect(user).toMatchObject({ id: 101, role: "member" });
  expect(post).toMatchObject({ id: 102, authorId: 101, views: 0, updates: 0 });
  expect(group).toMatchObject({ slug: "slug", version: 1 });
  expect(JSON.stringify(post)).toContain('"authorId":101');
  expect(uow.pending()).toEqual([]);
});

test("what changes during a save stays pending, and isn't overwritten by what the save reads back", async () => {
  const { uow, executor } = world;
  const release = executor.pause();
  const user = uow.users.create({ name: "new" });
  const saving = uow.save();
  user.role = "admin";
  const post = uow.posts.create({ authorId: user.id, title: "later" });
  release();
  await saving;
  expect(user).toMatchObject({ id: 101, role: "admin" });
  expect(post.authorId).toBe(101);
  expect(uow.pending()).toMatchObject([
    { kind: "update", values: { role: "admin" } },
    { kind: "insert", values: { title: "later" } },
  ]);
  uow.rollback();
  expect(user).toMatchObject({ id: 101, name: "new", role: "member" });
});

test("the row of a created entity is that entity when it is read after the save", async () => {
  const { uow, executor } = world;
  executor.keys = 2;
  const user = uow.users.create({ name: "stands for cy" });
  const [, found] = await Promise.all([uow.save(), uow.users.findFirst(where.users(3))]);
  expect(found).toBe(user);
  expect(user.id).toBe(3);
});

test("deleting a created entity leaves nothing to save", () => {
  const { uow } = world;
  const user = uow.users.create({ name: "new" });
  uow.users.delete(user);
  expect(uow.pending()).toEqual([]);
  expect(uow.isDeleted(user)).toBe(true);
});

test("only entities of the table and of the unit of work are deleted", async () => {
  const user = await world.uow.users.findFirst(where.users(1));
  expect(() => world.uow.posts.delete(user ?? {})).toThrow(/takes an entity of posts/);
  expect(() => world.uow.users.delete({ id: 1 })).toThrow(/takes an entity of users/);
  expect(() => begin(db).uow.users.delete(user ?? {})).toThrow(/of this unit of work/);
});

test("a table that is called as one of the unit of work's own is reached by tables", async () => {
  const { uow } = world;
  expect(typeof uow.save).toBe("function");
  const saved = await uow.tables.save.findFirst(where.save(1));
  expect(saved?.note).toBe("kept");
  expect(uow.$table("save" as never)).toBe(uow.tables.save);
  expect((uow as { then?: unknown }).then).toBeUndefined();
  expect(await Promise.resolve(uow)).toBe(uow);
});

test("composite keys refer to new rows, and take their keys after the save", async () => {
  const { uow } = world;
  const user = uow.users.create({ name: "new" });
  const membership = uow.memberships.create({ userId: user.id, groupCode: "G2" });
  const row = uow.tables.save.create({ userId: membership.userId, groupCode: "G2" });
  await uow.save();
  expect(membership.userId).toBe(101);
  expect(row.userId).toBe(101);
  membership.seat = 3;
  await uow.flush();
  expect(world.journal.events.at(-1)?.event.key).toMatchObject([{ kind: { value: 101n } }, { kind: { value: "G2" } }]);
});
