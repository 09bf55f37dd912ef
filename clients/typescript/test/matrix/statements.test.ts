import { afterAll, expect, onTestFinished, test } from "vitest";
import { type DriverUnderTest, everyDriver, type Handle, stopServers } from "./drivers.js";
import { Shop } from "./shop.js";

// What a save sends, in files: one for the drivers of a dialect, and one for those that need it in another form.

afterAll(stopServers);

function fileOf({ name, dialect, batches }: DriverUnderTest): string {
  if (batches === true) return `${dialect}_batch`;
  if (name === "planetscale-serverless" || name === "tidb-serverless") return "mysql_changed_rows";
  return withoutBigints.has(name) ? "sqlite_text_integers" : dialect;
}

const withoutBigints = new Set(["sqlite-proxy", "expo-sqlite", "op-sqlite", "durable-sqlite"]);

/** Drizzle's own statements, what asks SQLite for a count, and the search for old markers, which runs beside what comes next. */
const other = /^(begin|start transaction|set session|commit|rollback|savepoint|release|select|SELECT changes|SELECT session)\b/;

/** Records what is sent through a handle that is being made. Drizzle logs what it runs, and doesn't know of batches. */
async function record(shop: Shop, { batches }: DriverUnderTest): Promise<{ handle: Handle; sent: string[] }> {
  const sent: string[] = [];
  const note = (query: string) => {
    if (!other.test(query)) sent.push(query.replace(/(?<!:):(?=\d)/g, "$"));
  };
  if (batches !== true) return { handle: await shop.connect({ logger: { logQuery: note } }), sent };
  const handle = await shop.connect();
  const { dialect } = handle.db as { readonly dialect: { sqlToQuery(...query: unknown[]): { readonly sql: string } } };
  const toQuery = dialect.sqlToQuery.bind(dialect);
  dialect.sqlToQuery = (...query) => {
    const built = toQuery(...query);
    note(built.sql);
    return built;
  };
  return { handle, sent };
}

/** By file. */
const statements = new Map<string, string>();

test.each(everyDriver)("$name", async (driver) => {
  const shop = await Shop.open({ driver, by: "client" });
  onTestFinished(async () => shop.close());
  const { handle, sent } = await record(shop, driver);
  const uow = shop.uow({ db: handle.db });
  const [ada, ben, cleo] = ["Ada", "Ben", "Cleo"].map((name) => uow.authors.create({ name }));
  const theme = uow.settings.create({ owner: "ada", name: "theme", value: "dark" });
  await uow.save();
  if (ada === undefined || ben === undefined || cleo === undefined) throw new Error("three authors were created");
  ada.country = "UK";
  ben.country = "DK";
  uow.authors.delete(cleo);
  theme.value = "light";
  for (const author of [ada, uow.authors.create({ name: "Dan", country: "SE" })]) {
    for (const n of [1, 2])
      uow.chapters.create({ bookId: uow.books.create({ authorId: author.id, title: `${n}` }).id, title: "One" });
  }
  await uow.save();
  const text = `${sent.join(";\n")};\n`;
  const file = fileOf(driver);
  statements.set(file, statements.get(file) ?? text);
  expect(text).toBe(statements.get(file));
});

test.each([...new Set(everyDriver.map(fileOf))])("%s.sql", async (file) => {
  await expect(statements.get(file) ?? "").toMatchFileSnapshot(`statements/${file}.sql`);
});
