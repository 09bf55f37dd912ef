import { PGlite } from "@electric-sql/pglite";
import Database from "better-sqlite3";
import { drizzle as overBetterSqlite } from "drizzle-orm/better-sqlite3";
import { drizzle as overPglite } from "drizzle-orm/pglite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, test } from "vitest";
import { createUow } from "../../src/index.js";
import { clear, type Doc, pgDdl, pgTables, sqliteDdl, sqliteTables } from "../support/family_tables.js";
import { TestUowd } from "../support/uowd.js";
import { type FamilyUow, steps, type Stored, Walk } from "../support/walk.js";
import { begin } from "../support/world.js";

const seed = process.env["UOW_WALK_SEED"];
const parameters = { ...(seed === undefined ? {} : { seed: Number(seed) }), endOnFailure: false };

/** The handle's schema as the line takes it. */
async function schemaOf(tables: Record<string, unknown>): Promise<object> {
  if (process.env["DRIZZLE_LINE"] !== "1.0") return { schema: tables };
  const line = (await import("drizzle-orm")) as unknown as { defineRelations(tables: object): object };
  return { relations: line.defineRelations(tables) };
}

const query = `select c.tag, null as n, null as doc, p.tag as parent from children c inner join parents p on p.id = c.parent_id
  union all select tag, n, cast(doc as text), null from parents`;

interface RawRow {
  tag: string;
  n: number | null;
  doc: string | null;
  parent: string | null;
}

const stored = (row: RawRow): Stored => ({ ...row, doc: row.doc === null ? null : (JSON.parse(row.doc) as Doc) });

describe("random walks: memory, journal and database agree with plain objects after every step", () => {
  let uowd: TestUowd;

  beforeAll(async () => {
    uowd = await TestUowd.start();
  });
  afterAll(async () => uowd.remove());

  test("in SQLite, on a synchronous driver", async () => {
    const client = new Database(":memory:");
    client.exec(sqliteDdl);
    const db = overBetterSqlite({ client, ...(await schemaOf(sqliteTables)) });
    const ground = {
      begin: (session?: string) => createUow(db, { endpoint: uowd.endpoint, session }) as unknown as FamilyUow,
      read: async () => (client.prepare(query).all() as RawRow[]).map(stored),
    };
    await fc.assert(
      fc.asyncProperty(steps, async (walk) => {
        client.exec(clear);
        await new Walk(ground).run(walk);
      }),
      { numRuns: 60, ...parameters },
    );
    client.close();
  }, 600_000);

  test("in PostgreSQL", async () => {
    const client = await PGlite.create();
    await client.exec(pgDdl);
    const db = overPglite({ client, ...(await schemaOf(pgTables)) });
    const ground = {
      begin: (session?: string) => createUow(db, { endpoint: uowd.endpoint, session }) as unknown as FamilyUow,
      read: async () => (await client.query<RawRow>(query)).rows.map(stored),
    };
    await fc.assert(
      fc.asyncProperty(steps, async (walk) => {
        await client.exec(clear);
        await new Walk(ground).run(walk);
      }),
      { numRuns: 40, ...parameters },
    );
    await client.close();
  }, 600_000);
});

test("random walks in memory alone agree with plain objects", async () => {
  const client = new Database(":memory:");
  client.exec(sqliteDdl);
  const db = overBetterSqlite({ client, ...(await schemaOf(sqliteTables)) });
  await fc.assert(
    fc.asyncProperty(steps, async (walk) => {
      await new Walk({ begin: () => begin(db).uow as unknown as FamilyUow }).run(walk);
    }),
    { numRuns: 300, ...parameters },
  );
  client.close();
}, 120_000);
