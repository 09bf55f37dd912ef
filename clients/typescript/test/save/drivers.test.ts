import { type SQL, sql } from "drizzle-orm";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { drizzle as drizzleProxy } from "drizzle-orm/pg-proxy";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { BoundQuery } from "../../src/drivers/bound_query.js";
import { Driver, TransactionError } from "../../src/drivers/driver.js";
import { readFailure } from "../../src/drivers/failure.js";
import type { Program, Reply } from "../../src/drivers/program.js";
import { ErrorReason } from "../../src/gen/uow/v1/errors_pb.js";
import { everyDriver, type Handle, stopServers, type TestDatabase } from "../matrix/drivers.js";

function* statement(query: SQL, returnsRows = false): Program<Reply> {
  return yield { query, returnsRows };
}

function* statements(...queries: SQL[]): Program<number[]> {
  const affected: number[] = [];
  for (const query of queries) affected.push((yield { query, returnsRows: false }).affected);
  return affected;
}

afterAll(stopServers);

describe.each(everyDriver.filter(({ batches, dialect }) => batches !== true && dialect !== "mysql"))(
  "$name",
  ({ create, dialect, synchronous = false }) => {
    let database: TestDatabase;
    let handle: Handle;
    let driver: Driver;

    beforeEach(async () => {
      database = await create();
      handle = await database.connect();
      driver = new Driver(handle.db);
      await handle.execute(`
      CREATE TABLE parents (id bigint PRIMARY KEY, name text UNIQUE NOT NULL CHECK (name <> 'bad'));
      CREATE TABLE children (id bigint PRIMARY KEY, parent bigint REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO parents VALUES (1, 'a'), (2, 'b'), (3, 'c')`);
    });
    afterEach(async () => {
      await handle.close();
      await database.drop();
    });

    const names = async () => (await handle.rows("SELECT name FROM parents ORDER BY id")).map((row) => row["name"]);
    const failureOf = async (program: Program<unknown>) => {
      const error: unknown = await driver.transaction(program).catch((failed: unknown) => failed);
      if (!(error instanceof TransactionError)) throw new Error("the transaction didn't fail", { cause: error });
      return { ...readFailure(error.cause, dialect), inDoubt: error.inDoubt };
    };

    test("A statement tells how many rows it affected, and parameters are numbered by the dialect", async () => {
      const cast = dialect === "postgresql" ? "::text::int8" : "";
      const query = new BoundQuery();
      query.text("UPDATE parents SET name = name || 'x' WHERE id = ");
      query.parameter(dialect === "postgresql" ? "2" : 2n);
      query.text(`${cast} OR id = `);
      query.parameter(dialect === "postgresql" ? "3" : 3n);
      query.text(cast);
      expect((await driver.run(statement(query))).affected).toBe(2);
      expect(await names()).toEqual(["a", "bx", "cx"]);
    });

    test("A statement returns its rows by the names of their columns", async () => {
      const query = sql.raw("UPDATE parents SET name = 'z' WHERE id = 1 RETURNING CAST(id AS text) AS c1, name AS c2");
      expect((await driver.run(statement(query, true))).rows).toEqual([{ c1: "1", c2: "z" }]);
    });

    test("A transaction is committed as a whole, and rolled back as a whole", async () => {
      const insert = sql.raw("INSERT INTO parents VALUES (4, 'd')");
      expect(await driver.transaction(statements(insert, sql.raw("DELETE FROM parents WHERE id < 3")))).toEqual([1, 2]);
      expect(await names()).toEqual(["c", "d"]);
      const failure = await failureOf(statements(sql.raw("DELETE FROM parents"), insert, insert));
      expect(failure).toMatchObject({ reason: ErrorReason.CONSTRAINT_UNIQUE, inDoubt: false });
      expect(await names()).toEqual(["c", "d"]);
    });

    test("A program that throws rolls its transaction back", async () => {
      const program = (function* (): Program<void> {
        yield { query: sql.raw("DELETE FROM parents"), returnsRows: false };
        throw new Error("no");
      })();
      await expect(driver.transaction(program)).rejects.toMatchObject({ cause: new Error("no"), inDoubt: false });
      expect(await names()).toEqual(["a", "b", "c"]);
    });

    test("Constraints are told apart, with their names and columns", async () => {
      expect(await failureOf(statements(sql.raw("INSERT INTO parents VALUES (9, 'a')")))).toMatchObject({
        reason: ErrorReason.CONSTRAINT_UNIQUE,
        ...(dialect === "postgresql" ? { constraint: "parents_name_key", sqlstate: "23505" } : { columns: ["name"] }),
      });
      expect(await failureOf(statements(sql.raw("INSERT INTO parents VALUES (9, NULL)")))).toMatchObject({
        reason: ErrorReason.CONSTRAINT_NOT_NULL,
        columns: ["name"],
      });
      expect((await failureOf(statements(sql.raw("INSERT INTO parents VALUES (9, 'bad')")))).reason).toBe(
        ErrorReason.CONSTRAINT_CHECK,
      );
      expect((await failureOf(statements(sql.raw("INSERT INTO nowhere VALUES (1)")))).reason).toBe(
        ErrorReason.TARGET_SCHEMA_CHANGED,
      );
      expect((await failureOf(statements(sql.raw("nonsense")))).reason).toBe(ErrorReason.TARGET_REJECTED);
    });

    test("A constraint that fails at COMMIT leaves no doubt", async () => {
      const failure = await failureOf(statements(sql.raw("INSERT INTO children VALUES (1, 77)")));
      expect(failure).toMatchObject({ reason: ErrorReason.CONSTRAINT_FOREIGN_KEY, inDoubt: false });
      expect(await handle.rows("SELECT * FROM children")).toEqual([]);
    });

    test("Within a transaction of the user's, a failure takes back only its own part", async () => {
      expect(driver.nested).toBe(false);
      expect(driver.synchronous).toBe(synchronous);
      // Its callback has to be done before anything is awaited.
      if (driver.synchronous) return;
      await handle.transaction(async (tx) => {
        const inner = new Driver(tx);
        expect(inner.nested).toBe(true);
        await inner.transaction(statements(sql.raw("DELETE FROM parents WHERE id = 1")));
        await inner.transaction(statements(sql.raw("DELETE FROM parents"), sql.raw("nonsense"))).catch(() => undefined);
      });
      expect(await names()).toEqual(["b", "c"]);
    });
  },
);

test("A handle without transactions is good enough to read what the server has saved", async () => {
  const db = drizzleProxy(async () => Promise.resolve({ rows: [[7]] }));
  const things = pgTable("things", { id: integer("id").primaryKey() });
  expect(() => new Driver(db)).toThrow(/createUow\(db, \{ target \}\)/);
  const read = (function* (): Program<Reply> {
    return yield { columns: { id: things.id }, table: things, where: sql`true` };
  })();
  expect((await new Driver(db, "reading").run(read)).rows).toEqual([{ id: 7 }]);
});

test("A handle without transactions is refused, with what to do", () => {
  expect(() => new Driver({ session: {}, transaction: () => undefined, select: () => undefined })).toThrow(
    /createUow\(db, \{ target \}\)/,
  );
});
