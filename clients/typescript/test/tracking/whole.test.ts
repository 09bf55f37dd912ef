import type { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createUow } from "../../src/index.js";
import { TestUowd } from "../support/uowd.js";
import { openDatabase, where, type WorldUow } from "../support/world.js";

// The unit of work as a whole: a real uowd, a real database, no doubles.

let uowd: TestUowd;
let client: PGlite;
let db: object;

beforeAll(async () => {
  uowd = await TestUowd.start();
  ({ client, db } = await openDatabase());
});
afterAll(async () => {
  await uowd.remove();
  await client.close();
});

function begin(session?: string, handle = db): WorldUow {
  return createUow(handle, { endpoint: uowd.endpoint, session }) as unknown as WorldUow;
}

async function select<T>(query: string): Promise<T[]> {
  return (await client.query<T>(query)).rows;
}

test("what the issue's example does happens in the database", async () => {
  const uow = begin();
  const user = await uow.users.findFirst(where.users(1));
  const users = await uow.users.findMany();
  expect(users).toContain(user);
  if (user === undefined) throw new Error("ann is missing");
  const newUser = uow.users.create({ name: "new_user" });
  const doomed = uow.users.create({ name: "doomed" });
  uow.users.delete(doomed);
  user.name = "updated";
  const checkpoint = uow.setCheckpoint();
  user.name = "not to be";
  const post = uow.posts.create({ authorId: newUser.id, title: "later" });
  expect(await uow.save(checkpoint)).toMatchObject({ inserted: 1, updated: 1, deleted: 0 });
  expect(newUser).toMatchObject({ id: 4, role: "member" });
  expect(await select("select name from users where id in (1, 4) order by id")).toEqual([
    { name: "updated" },
    { name: "new_user" },
  ]);
  expect(uow.rollback(checkpoint).error).toBeUndefined();
  expect(user.name).toBe("updated");
  expect(() => (post.title = "x")).toThrow(/rolled back/);
  uow.posts.create({ authorId: newUser.id, title: "kept" });
  expect(await uow.save()).toMatchObject({ inserted: 1 });
  expect(await select("select author_id, title from posts where author_id = 4")).toEqual([{ author_id: 4, title: "kept" }]);
  expect(uow.pending()).toEqual([]);
  await uow.close();
});

test("every kind of change reaches the database as it was made", async () => {
  const uow = begin();
  const user = await uow.users.findFirst(where.users(2));
  if (user === undefined) throw new Error("bob is missing");
  user.settings = { theme: "light", sizes: [] };
  user.settings.sizes?.push(1, 2);
  user.tags = ["a"];
  user.tags.push('b,"c"');
  user.bornAt = new Date("2001-01-01T00:00:00Z");
  user.bornAt.setUTCFullYear(2002);
  user.avatar = Buffer.from([1, 2, 3]);
  user.avatar[0] = 255;
  user.score = 9007199254740995n;
  user.balance = "12.34";
  await uow.save();
  const [row] = await select<Record<string, unknown>>("select *, score::text as s from users where id = 2");
  expect(row).toMatchObject({
    settings: { theme: "light", sizes: [1, 2] },
    tags: ["a", 'b,"c"'],
    born_at: new Date("2002-01-01T00:00:00Z"),
    avatar: Uint8Array.from([255, 2, 3]),
    s: "9007199254740995",
    balance: "12.34",
  });
  await uow.close();
});

test("a failed save says why, leaves everything, and can be corrected", async () => {
  const uow = begin();
  const user = uow.users.create({ name: "twin", email: "cy@x" });
  await client.exec("update users set email = 'cy@x' where id = 3");
  await expect(uow.save()).rejects.toMatchObject({ name: "ConstraintError", reason: "CONSTRAINT_UNIQUE", columns: ["email"] });
  user.email = "twin@x";
  expect(await uow.save()).toMatchObject({ inserted: 1 });
  expect(await select("select email from users where name = 'twin'")).toEqual([{ email: "twin@x" }]);
  await uow.close();
});

test("another process goes on with a session that was left", async () => {
  const uow = begin();
  const created = uow.users.create({ name: "left behind" });
  uow.posts.create({ authorId: created.id, title: "of the one left behind" });
  uow.setCheckpoint("before");
  const group = await uow.groups.findFirst(where.groups("G2"));
  if (group === undefined) throw new Error("the group is missing");
  group.title = "Changed";
  await uow.close({ keepSession: true });

  const other = begin(uow.session);
  await other.ready;
  expect(other.pending().map(({ kind, table }) => `${kind} ${table}`)).toEqual(["insert users", "insert posts", "update groups"]);
  const again = await other.groups.findFirst(where.groups("G2"));
  expect(again?.title).toBe("Changed");
  expect(other.rollback("before").error).toBeUndefined();
  expect(again?.title).toBe("Group Two");
  expect(await other.save()).toMatchObject({ inserted: 2, updated: 0 });
  expect(
    await select("select users.name from posts inner join users on users.id = author_id where title = 'of the one left behind'"),
  ).toEqual([{ name: "left behind" }]);
  await other.close();
});

test("a save behind a command that the journal refuses rejects at once, and writes nothing", async () => {
  const one = begin();
  one.users.create({ name: "ahead" });
  await one.flush();
  const two = begin(one.session);
  await two.ready;
  one.setCheckpoint("taken");
  await one.flush();
  const mine = two.setCheckpoint("mine");
  two.setCheckpoint("taken");
  two.users.create({ name: "behind" });
  const begun = performance.now();
  await expect(two.save()).rejects.toMatchObject({ reason: "CHECKPOINT_EXISTS" });
  expect(performance.now() - begun).toBeLessThan(5000);
  expect(two.rollback(mine).error).toBeUndefined();
  expect(await two.save()).toMatchObject({ inserted: 1 });
  expect(await select("select name from users where name in ('ahead', 'behind')")).toEqual([{ name: "ahead" }]);
  await two.close({ keepSession: true });
  await one.close();
});

test("two processes of one session: a rollback of one undoes what the other has done", async () => {
  const one = begin();
  const mine = one.users.create({ name: "mine" });
  one.setCheckpoint("mine");
  await one.flush();
  const two = begin(one.session);
  await two.ready;
  const cy = await two.users.findFirst(where.users(3));
  if (cy === undefined) throw new Error("cy is missing");
  const { name, email } = cy;
  cy.name = "theirs";
  await two.flush();
  expect(one.rollback("mine").error).toBeUndefined();
  await one.flush();
  cy.email = "late@x";
  await expect(two.save()).rejects.toMatchObject({ name: "RolledBackElsewhereError" });
  expect([cy.name, cy.email]).toEqual([name, email]);
  expect(await two.save()).toMatchObject({ inserted: 1, updated: 0 });
  mine.name = "changed after theirs";
  expect(await one.save()).toMatchObject({ updated: 1 });
  expect(typeof mine.id).toBe("number");
  expect(await select("select name from users where name like '%theirs'")).toEqual([{ name: "changed after theirs" }]);
  await two.close({ keepSession: true });
  await one.close();
});

test("history tells all of it", async () => {
  const uow = begin();
  const user = await uow.users.findFirst(where.users(3));
  if (user === undefined) throw new Error("cy is missing");
  user.name = "changed";
  await uow.save();
  user.name = "again";
  const changes = [];
  for await (const change of uow.changes()) changes.push([change.kind, change.table, change.key["id"], change.values, change.old]);
  expect(changes).toEqual([
    ["updated", "users", 3, { name: "changed" }, { name: "cy" }],
    ["updated", "users", 3, { name: "again" }, { name: "changed" }],
  ]);
  await uow.close();
});

test("a row that somebody else has changed is stale where its table has a version", async () => {
  const options: object = { endpoint: uowd.endpoint, versions: { groups: "version" } };
  const uow = createUow(db, options) as unknown as WorldUow;
  const group = await uow.groups.findFirst({ ...where.groups("G1"), columns: { title: true } });
  if (group === undefined) throw new Error("the group is missing");
  group.title = "Mine";
  await client.exec("update groups set title = 'Theirs', version = version + 1 where code = 'G1'");
  await expect(uow.save()).rejects.toMatchObject({ name: "StaleEntityError", entities: [{ table: "groups", key: ["G1"] }] });
  uow.rollback();
  expect((await uow.groups.findFirst(where.groups("G1")))?.title).toBe("Theirs");
  group.title = "Mine after all";
  expect(await uow.save()).toMatchObject({ updated: 1 });
  group.title = "Mine again";
  expect(await uow.save()).toMatchObject({ updated: 1 });
  expect(await select("select title, version from groups where code = 'G1'")).toEqual([{ title: "Mine again", version: 4 }]);
  await uow.close();
});

interface Transactional {
  transaction<T>(run: (tx: object) => Promise<T>): Promise<T>;
}

test("what is saved within a transaction of the user's counts once that is committed", async () => {
  const session = await (db as Transactional).transaction(async (tx) => {
    const uow = begin(undefined, tx);
    uow.users.create({ name: "of a transaction" });
    expect(await uow.save()).toMatchObject({ inserted: 1 });
    await uow.close();
    return uow.session;
  });
  const after = begin(session);
  await after.ready;
  expect(await after.save()).toMatchObject({ inserted: 0 });
  expect(await select("select count(*)::int as n from users where name = 'of a transaction'")).toEqual([{ n: 1 }]);
  await after.close();
});

test("what is saved within a transaction that is rolled back is pending again", async () => {
  const sessions: string[] = [];
  const failing = (db as Transactional).transaction(async (tx) => {
    const uow = begin(undefined, tx);
    sessions.push(uow.session);
    uow.users.create({ name: "of a lost transaction" });
    await uow.save();
    await uow.close();
    throw new Error("changed my mind");
  });
  await expect(failing).rejects.toThrow("changed my mind");
  expect(await select("select * from users where name = 'of a lost transaction'")).toEqual([]);
  const after = begin(sessions[0]);
  await after.ready;
  expect(after.pending()).toMatchObject([{ kind: "insert", values: { name: "of a lost transaction" } }]);
  expect(await after.save()).toMatchObject({ inserted: 1 });
  expect(await select("select count(*)::int as n from users where name = 'of a lost transaction'")).toEqual([{ n: 1 }]);
  await after.close();
});
