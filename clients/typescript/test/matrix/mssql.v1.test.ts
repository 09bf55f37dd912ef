import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createUow } from "../../src/index.js";
import { Generation, Type_Kind } from "../../src/gen/uow/v1/schema_pb.js";
import { buildModel } from "../../src/model/build.js";
import type { UowApi } from "../../src/types/uow.js";
import { TestUowd } from "../support/uowd.js";
import { MssqlStandIn, serverError } from "./mssql_stand_in.v1.js";
import { relations, tables } from "./mssql_tables.v1.js";

// No server to be had: the statements that reach the client are compared with files. vitest's -u writes them.

let uowd: TestUowd;
let client: MssqlStandIn;
beforeAll(async () => {
  uowd = await TestUowd.start();
});
afterAll(async () => uowd.remove());
beforeEach(() => {
  client = new MssqlStandIn();
});

interface Finder {
  findFirst(config?: object): Promise<Record<string, unknown>>;
  findMany(config?: object): Promise<Record<string, unknown>[]>;
  create(values: object): Record<string, unknown>;
  delete(entity: object): void;
}
type Shop = UowApi<object, object> & Readonly<Record<keyof typeof tables, Finder>>;

const open = (options: object = {}) =>
  createUow(client.connect({ relations }), { endpoint: uowd.endpoint, ...options }) as unknown as Shop;

const expectTranscript = async (name: string) => expect(client.transcript()).toMatchFileSnapshot(`mssql/${name}.sql`);

const author = (id: number, name: string) => [id, name, "a", Buffer.from("00000000000007d1", "hex")];

test("New rows of three levels get the keys that the database gave", async () => {
  const uow = open();
  const ada = uow.authors.create({ name: "Ada" });
  const ben = uow.authors.create({ name: "Ben", code: "b" });
  const one = uow.books.create({ authorId: ada["id"], title: "One" });
  const two = uow.books.create({ authorId: ben["id"], title: "Two" });
  const chapter = uow.chapters.create({ bookId: two["id"], title: "First" });
  uow.settings.create({ owner: "ada", name: "theme", value: { dark: true } });
  expect(await uow.save()).toMatchObject({ inserted: 6 });
  expect([ada["id"], ben["id"], one["id"], two["id"]]).toEqual([100, 101, 102n, 103n]);
  expect(chapter["bookId"]).toBe(103n);
  expect(String(chapter["id"])).toMatch(/^[0-9a-f-]{36}$/i);
  await expectTranscript("create");
  await uow.close();
});

test("Loaded rows are updated and deleted by their versions, and have their new ones", async () => {
  client.next.push({
    pattern: /^select .*\[?authors\]?/,
    answer: { recordsets: [[author(1, "Ada"), author(2, "Ben"), author(3, "Eve")]] },
  });
  const uow = open({ versions: { authors: "version" } });
  const [ada, ben, eve] = await uow.authors.findMany();
  if (ada === undefined || ben === undefined || eve === undefined) throw new Error("three authors were answered");
  ada["name"] = "Ada L.";
  ben["code"] = null;
  uow.authors.delete(eve);
  client.clear();
  expect(await uow.save()).toMatchObject({ updated: 2, deleted: 1 });
  expect(Buffer.from(ada["version"] as Uint8Array).toString("hex")).toBe("00000000000007d2");
  await expectTranscript("versions");
  await uow.close();
});

test("What others have changed is named", async () => {
  client.next.push({ pattern: /^select .*authors/, answer: { recordsets: [[author(1, "Ada"), author(2, "Ben")]] } });
  const uow = open();
  const [ada, ben] = await uow.authors.findMany();
  if (ada === undefined || ben === undefined) throw new Error("two authors were answered");
  ada["code"] = "x";
  ben["code"] = "y";
  client.next.push(
    { pattern: /^UPDATE t SET/, answer: { rowsAffected: [7, 1] } },
    { pattern: /^SELECT CAST\(v.place/, answer: { recordsets: [[{ c1: "1" }]] } },
  );
  await expect(uow.save()).rejects.toMatchObject({ reason: "STALE_ENTITY", entities: [{ table: "authors", key: [2] }] });
  expect(client.ends).toEqual(["rollback"]);
  await uow.close();
});

test("A constraint's failure names its row", async () => {
  const uow = open();
  uow.authors.create({ name: "Ada" });
  uow.authors.create({ name: "Ada" });
  const taken = serverError(
    2627,
    "Violation of UNIQUE KEY constraint 'authors_name'. Cannot insert duplicate key in object 'dbo.authors'. The duplicate key value is (Ada).",
  );
  client.next.push({ pattern: /INSERT INTO \[authors\]/, answer: taken });
  // The second attempt runs row by row.
  client.next.push({ pattern: /INSERT INTO \[authors\]/, answer: { recordsets: [[{ c1: "5" }]] } });
  client.next.push({ pattern: /INSERT INTO \[authors\]/, answer: taken });
  await expect(uow.save()).rejects.toMatchObject({
    reason: "CONSTRAINT_UNIQUE",
    constraint: "authors_name",
    columns: ["name"],
    sqlstate: "2627",
    entities: [{ table: "authors" }],
  });
  expect(client.ends).toEqual(["rollback", "rollback"]);
  expect(await uow.save()).toMatchObject({ inserted: 2 });
  await uow.close();
});

test("A deadlock is replayed", async () => {
  const uow = open();
  uow.authors.create({ name: "Ada" });
  client.next.push({ pattern: /INSERT INTO \[authors\]/, answer: serverError(1205, "was deadlocked on lock resources", 13) });
  expect(await uow.save()).toMatchObject({ inserted: 1 });
  expect(client.ends).toEqual(["rollback", "commit"]);
  await uow.close();
});

test("Keys that aren't an identity's are taken row by row, from the next attempt on", async () => {
  const uow = open();
  const [ada, ben] = [uow.authors.create({ name: "Ada" }), uow.authors.create({ name: "Ben" })];
  client.next.push({ pattern: /INSERT INTO \[authors\].*IsIdentity/s, answer: { recordsets: [[]], rowsAffected: [2, 0] } });
  expect(await uow.save()).toMatchObject({ inserted: 2 });
  expect([ada["id"], ben["id"]]).toEqual([100, 101]);
  expect(client.sent.filter(({ sql: text }) => /INSERT INTO \[authors\]/.test(text))).toHaveLength(3);
  await uow.close();
});

test("A save whose COMMIT got no answer is settled, and not done twice", async () => {
  const uow = open();
  const ada = uow.authors.create({ name: "Ada" });
  client.lostCommit = Object.assign(new Error("Connection lost"), { code: "ECONNCLOSED" });
  expect(await uow.save()).toMatchObject({ inserted: 1 });
  expect(ada["id"]).toBe(100);
  expect(client.sent.filter(({ sql: text }) => text.includes("INSERT INTO [authors]"))).toHaveLength(1);
  // What settles it commits a fence of its own.
  expect(client.ends).toEqual(["commit", "rollback", "commit"]);
  await uow.close();
});

test("A transaction of the application's has the save in it, and decides it", async () => {
  const db = client.connect({ relations }) as {
    transaction(work: (tx: object) => Promise<void>): Promise<void>;
  };
  let session = "";
  await db.transaction(async (tx) => {
    const uow = createUow(tx, { endpoint: uowd.endpoint }) as unknown as Shop;
    session = uow.session;
    const ada = uow.authors.create({ name: "Ada" });
    expect(await uow.save()).toMatchObject({ inserted: 1 });
    expect(ada["id"]).toBe(100);
    await uow.close({ keepSession: true });
  });
  expect(client.ends).toEqual(["commit"]);
  expect(client.sent.filter(({ within }) => !within)).toEqual([]);
  expect(client.sent.some(({ sql: text }) => text === "save transaction sp1")).toBe(true);
  const uow = open({ session });
  await uow.ready;
  // Settled from outside of that transaction; nothing is left to be saved.
  expect(await uow.save()).toMatchObject({ inserted: 0 });
  expect(uow.pending()).toEqual([]);
  expect(client.sent.filter(({ sql: text }) => text.includes("INSERT INTO [authors]"))).toHaveLength(1);
  await uow.close();
});

test("A COMMIT that the server refused is no save", async () => {
  const uow = open();
  uow.authors.create({ name: "Ada" });
  client.lostCommit = serverError(3960, "Snapshot isolation transaction aborted due to update conflict.", 16);
  expect(await uow.save()).toMatchObject({ inserted: 1 });
  expect(client.sent.filter(({ sql: text }) => text.includes("INSERT INTO [authors]"))).toHaveLength(2);
  await uow.close();
});

test("More rows than a request takes parameters go in several", async () => {
  const uow = open();
  for (let i = 0; i < 1500; i++) uow.settings.create({ owner: "ada", name: `n${i}`, value: i });
  expect(await uow.save()).toMatchObject({ inserted: 1500 });
  const inserts = client.sent.filter(({ sql: text }) => text.startsWith("INSERT INTO [settings]"));
  expect(inserts.map(({ parameters }) => parameters.length)).toEqual([1998, 1998, 504]);
  await uow.close();
});

test("Values of every type are sent as text, and bytes as they are", async () => {
  const uow = open();
  uow.types.create({
    id: 1,
    flag: true,
    tiny: 255,
    small: -32768,
    big: 9007199254740993n,
    bigText: "-9223372036854775808",
    price: "12.5",
    ratio: 1e300,
    single: 0.5,
    fixed: "ab  ",
    bytes: Buffer.from([0, 255]),
    day: new Date("2026-11-22T23:00:00Z"),
    dayText: "2026-11-22",
    clock: "13:45:00.500",
    clockDate: new Date("1970-01-01T13:45:00.500Z"),
    old: new Date("2026-11-22T13:45:00.123Z"),
    at: new Date("2026-11-22T13:45:00.123Z"),
    atText: "2026-11-22T13:45:00.123Z",
    zoned: new Date("2026-11-22T13:45:00.123Z"),
    token: "6F9619FF-8B86-D011-B42D-00C04FC964FF",
  });
  expect(await uow.save()).toMatchObject({ inserted: 1 });
  await expectTranscript("types");
  await uow.close();
});

test("Values of every type are taken as they are read, and compared where others may have changed them", async () => {
  const at = new Date("2026-11-22T13:45:00.123Z");
  const clock = new Date("1970-01-01T13:45:00.500Z");
  const day = new Date("2026-11-22T00:00:00Z");
  const numbers = [1, true, 255, -32768, "9007199254740993", "-9223372036854775808", "12.50", 1e300, 0.5];
  const others = ["ab  ", Buffer.from([0, 255]), day, day, clock, clock, at, at, at, at, "6F9619FF-8B86-D011-B42D-00C04FC964FF"];
  client.next.push({ pattern: /^select/, answer: { recordsets: [[[...numbers, ...others]]] } });
  const uow = open({ changedColumns: ["types"] });
  const [row] = await uow.types.findMany();
  if (row === undefined) throw new Error("a row was answered");
  expect(row).toMatchObject({ big: 9007199254740993n, price: "12.50", clock: "13:45:00.500", atText: "2026-11-22T13:45:00.123Z" });
  // The same once more is no change.
  Object.assign(row, { ...row });
  expect(uow.isChanged(row)).toBe(false);
  uow.types.delete(row);
  expect(await uow.save()).toMatchObject({ deleted: 1 });
  await expectTranscript("types_compared");
  await uow.close();
});

test("Rows that come as part of others are entities too", async () => {
  // Drizzle has the server make JSON of them.
  const nested = [
    { id: "9007199254740993", authorId: 1, title: "One" },
    { id: "2", authorId: 1, title: "Two" },
  ];
  client.next.push({ pattern: /^select/, answer: { recordsets: [[[1, "Ada", JSON.stringify(nested)]]] } });
  const uow = open();
  const ada = await uow.authors.findFirst({ columns: { name: true }, with: { books: true } });
  const [one] = ada["books"] as Record<string, unknown>[];
  if (one === undefined) throw new Error("two books were answered");
  expect(one["id"]).toBe(9007199254740993n);
  one["title"] = "First";
  client.clear();
  expect(await uow.save()).toMatchObject({ updated: 1 });
  expect(client.sent.find(({ sql: text }) => text.startsWith("UPDATE t SET [title]"))?.parameters).toEqual([
    "First",
    "9007199254740993",
  ]);
  await uow.close();
});

test("Tables of the application's own schema are found without relations, in parts too", async () => {
  const db = client.connect({});
  const uow = createUow(db, { endpoint: uowd.endpoint, schema: { authors: tables.authors } }) as unknown as Shop;
  client.next.push({ pattern: /^select/, answer: { recordsets: [[author(1, "Ada")]] } });
  const ada = await uow.authors.findFirst();
  expect(ada["name"]).toBe("Ada");
  expect(client.sent[0]?.sql).toMatch(/order by \(?select null\)? offset @par0 rows fetch next @par1 rows/i);
  await uow.close();
});

test("Drizzle's tables say what the plan has to know", () => {
  const { proto } = buildModel({
    dialect: "mssql",
    tables: new Map(Object.entries(tables)),
    versions: { authors: "version" },
    changedColumns: [],
    columnName: (column) => column.name,
  });
  const [first, second, third, fourth] = proto.tables;
  expect(first?.columns.map(({ generation }) => generation)).toEqual([
    Generation.KEY,
    Generation.UNSPECIFIED,
    Generation.UNSPECIFIED,
    Generation.COMPUTED,
  ]);
  expect(first?.columns.map(({ type }) => [type?.kind, type?.name])).toEqual([
    [Type_Kind.INT32, ""],
    [Type_Kind.TEXT, ""],
    [Type_Kind.TEXT, "varchar"],
    [Type_Kind.BYTES, ""],
  ]);
  expect(first?.columns.map(({ maxLength }) => maxLength)).toEqual([0, 100, 20, 0]);
  expect(first?.uniques).toMatchObject([{ name: "authors_name", columns: [1] }]);
  // One that holds for some rows only isn't one.
  expect(second?.uniques).toEqual([]);
  expect(second?.foreignKeys).toMatchObject([{ columns: [1], referencedTable: 0, referencedColumns: [0] }]);
  expect(third?.columns[0]).toMatchObject({ generation: Generation.KEY, hasDefault: true });
  expect(fourth?.primaryKey).toEqual([0, 1]);
  expect(fourth?.columns[2]?.type?.kind).toBe(Type_Kind.JSON);
});
