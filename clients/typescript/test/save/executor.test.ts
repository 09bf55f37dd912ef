import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { arrayValue, intValue, nullValue, textValue } from "../../src/codec/values.js";
import { Driver, TransactionError } from "../../src/drivers/driver.js";
import type { Program } from "../../src/drivers/program.js";
import { UowError, uowError } from "../../src/errors.js";
import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "../../src/gen/uow/v1/errors_pb.js";
import { PositionSchema } from "../../src/gen/uow/v1/journal_service_pb.js";
import { BegunKind, StepKind, StepPhase } from "../../src/gen/uow/v1/save_service_pb.js";
import { SchemaSchema, Type_Kind } from "../../src/gen/uow/v1/schema_pb.js";
import { Dialect } from "../../src/gen/uow/v1/schema_service_pb.js";
import type { Value } from "../../src/gen/uow/v1/value_pb.js";
import type { SchemaModel } from "../../src/model/model.js";
import { DbSaveExecutor } from "../../src/save/db_executor.js";
import { drivers, type Handle, stopServers, type TestDatabase } from "../matrix/drivers.js";
import { type Answer, ScriptedSession, type StepInit } from "./scripted_session.js";

// What the executor makes of plans, and how it ends attempts: the plans are written by hand here, as save_service.proto describes them.

const handle = (counter: bigint): Value => ({
  $typeName: "uow.v1.Value",
  kind: { case: "handleValue", value: { $typeName: "uow.v1.Handle", writer: "w", counter } },
});
const head = create(PositionSchema);

const execute = (...steps: StepInit[]): Answer => ({ kind: BegunKind.EXECUTE, steps, inserted: 2n });
const failureOf = async (executor: DbSaveExecutor) => {
  const error: unknown = await executor.save("s", head, []).catch((failed: unknown) => failed);
  if (!(error instanceof UowError)) throw new Error("the save didn't fail", { cause: error });
  return error;
};

afterAll(stopServers);

// MySQL's plans have forms of their own, and so have batches: test/matrix. How arrays are read over the Data API, its stand-in doesn't know.
const others = new Set(["postgres-js", "aws-data-api/pg"]);
const under = drivers.filter(({ name, dialect, batches }) => !others.has(name) && dialect !== "mysql" && batches !== true);

describe.each(under)("$name", ({ create: createDatabase, dialect }) => {
  const isPg = dialect === "postgresql";
  const schema: SchemaModel = {
    dialect,
    tables: [],
    byProperty: new Map(),
    byTable: new Map(),
    proto: create(SchemaSchema, {
      tables: [
        {
          name: "things",
          columns: [{ name: "id" }, { name: "name" }],
          primaryKey: [0],
          uniques: [{ name: isPg ? "things_name_key" : "things_name", columns: [1] }],
        },
      ],
    }),
  };
  let database: TestDatabase;
  let db: Handle;
  beforeEach(async () => {
    database = await createDatabase();
    db = await database.connect();
    const key = isPg ? "serial" : "integer";
    await db.execute(`CREATE TABLE things (id ${key} PRIMARY KEY, name text NOT NULL UNIQUE); CREATE TABLE marks (result text)`);
  });
  afterEach(async () => {
    await db.close();
    await database.drop();
  });

  const begin = (answers: Answer[], driver = new Driver(db.db)) => {
    const script = new ScriptedSession(isPg ? Dialect.POSTGRESQL : Dialect.SQLITE, answers);
    return { script, executor: new DbSaveExecutor(script.session, driver, schema) };
  };
  const names = async () => (await db.rows("SELECT name FROM things ORDER BY id")).map((row) => row["name"]);

  /** Inserts things of these names; on PostgreSQL as arrays with keys drawn ahead, on SQLite row by row. */
  const inserts = (...values: string[]): StepInit[] => {
    const rows = values.map((name, i) => ({ values: [handle(BigInt(i + 1)), textValue(name)], offset: BigInt(10 + i) }));
    const keys = { handles: [{ writer: "w", counters: values.map((_, i) => BigInt(i + 1)) }], kind: Type_Kind.INT32 };
    const insert = { phase: StepPhase.TRANSACTION, kind: StepKind.INSERT, rows, keyValues: [0] };
    if (!isPg) {
      const segments = [text("INSERT INTO things (name) VALUES ("), rowValue(1), text(") RETURNING CAST(id AS text) AS c1")];
      return [{ ...insert, segments, oncePerRow: true, expectedRows: 1n, returnsRows: true, keys }];
    }
    const draw = `SELECT nextval('things_id_seq')::text AS c1 FROM generate_series(1, ${values.length})`;
    return [
      { phase: StepPhase.TRANSACTION, kind: StepKind.ALLOCATE_KEYS, segments: [text(draw)], returnsRows: true, keys },
      {
        ...insert,
        segments: [
          text("INSERT INTO things (id, name) SELECT v.a, v.b FROM unnest("),
          column(0),
          text("::text::int4[], "),
          column(1),
          text("::text::text[]) AS v(a, b)"),
        ],
        expectedRows: BigInt(values.length),
      },
    ];
  };
  const result: StepInit = {
    phase: StepPhase.TRANSACTION,
    kind: StepKind.MARKER_RESULT,
    segments: isPg
      ? [text("INSERT INTO marks VALUES (encode("), { segment: { case: "result", value: {} } }, text("::text::bytea, 'hex'))")]
      : [text("INSERT INTO marks VALUES (hex("), { segment: { case: "result", value: {} } }, text("))")],
    expectedRows: 1n,
  };
  test("Generated keys reach the caller, the marker and the server", async () => {
    const { script, executor } = begin([execute(...inserts("a", "b"), result)]);
    const outcome = await executor.save("s", head, []);
    expect(outcome).toMatchObject({ saveId: "s", inserted: 2, updated: 0, to: 9n, provisional: false });
    expect(outcome.keys.get("w")).toEqual(
      new Map([
        [1, intValue(1n)],
        [2, intValue(2n)],
      ]),
    );
    expect(await names()).toEqual(["a", "b"]);
    const [finished] = script.finished;
    expect(finished?.outcome.case).toBe("committed");
    expect(finished?.result).toMatchObject({
      inserted: 2n,
      keys: [{ table: 0, writer: "w", counters: [1n, 2n], integerKeys: [1n, 2n] }],
    });
    const [mark] = await db.rows("SELECT result FROM marks");
    expect(String(mark?.["result"]).length).toBeGreaterThan(10);
  });

  test("A constraint that fails in a statement of many rows is asked for again row by row, and then names its row", async () => {
    await db.execute("INSERT INTO things (name) VALUES ('b')");
    // Keys from 2 on: the sequence doesn't know of row 1 on PostgreSQL.
    const single = (name: string, id: bigint) => ({
      phase: StepPhase.TRANSACTION,
      kind: StepKind.INSERT,
      oncePerRow: true,
      keyValues: [0],
      rows: [{ values: [intValue(id), textValue(name)], offset: id }],
      segments: isPg
        ? [text("INSERT INTO things (id, name) VALUES ("), rowValue(0), text("::text::int4, "), rowValue(1), text("::text)")]
        : [text("INSERT INTO things (id, name) VALUES ("), rowValue(0), text(", "), rowValue(1), text(")")],
      expectedRows: 1n,
    });
    const both: StepInit = {
      ...single("a", 7n),
      oncePerRow: false,
      rows: [
        { values: [intValue(7n), textValue("a")], offset: 7n },
        { values: [intValue(8n), textValue("b")], offset: 8n },
      ],
      segments: [
        text("INSERT INTO things (id, name) VALUES "),
        {
          segment: {
            case: "eachRow",
            value: {
              separator: ", ",
              segments: isPg
                ? [text("("), rowValue(0), text("::text::int4, "), rowValue(1), text("::text)")]
                : [text("("), rowValue(0), text(", "), rowValue(1), text(")")],
            },
          },
        },
      ],
      expectedRows: 2n,
    };
    const { script, executor } = begin([execute(both, result), execute(single("a", 7n), single("b", 8n), result)]);
    const error = await failureOf(executor);
    expect(error).toMatchObject({
      reason: "CONSTRAINT_UNIQUE",
      constraint: isPg ? "things_name_key" : "things_name",
      columns: ["name"],
      entities: [{ table: "things", key: [8], offset: 8n }],
      offset: 8n,
    });
    expect(script.begun.map(({ singleRows }) => singleRows)).toEqual([false, true]);
    expect(script.finished.map(({ outcome }) => outcome.case)).toEqual(["failed", "failed"]);
    expect(await names()).toEqual(["b"]);
  });

  test("All rows that are gone are found, once the transaction is rolled back", async () => {
    await db.execute("INSERT INTO things (id, name) VALUES (1, 'a')");
    const rows = [1n, 2n, 3n].map((id) => ({ values: [intValue(id)], offset: id }));
    const keys = isPg ? [text("ANY("), column(0), text("::text::int4[])")] : [text("1 OR id IN (2, 3)")];
    const missing = "SELECT c1 FROM (SELECT '1' AS c1 UNION SELECT '2') x ORDER BY c1";
    const step: StepInit = {
      phase: StepPhase.TRANSACTION,
      kind: StepKind.UPDATE,
      rows,
      keyValues: [0],
      segments: [text("UPDATE things SET name = 'z' WHERE id = "), ...keys],
      expectedRows: 3n,
      findMismatch: [text(missing)],
    };
    const { script, executor } = begin([execute(step, result)]);
    expect(await failureOf(executor)).toMatchObject({
      reason: "STALE_ENTITY",
      entities: [
        { table: "things", key: [2], offset: 2n },
        { table: "things", key: [3], offset: 3n },
      ],
    });
    expect(script.finished[0]?.outcome).toMatchObject({ case: "failed", value: { error: { reason: ErrorReason.STALE_ENTITY } } });
    expect(await names()).toEqual(["a"]);
  });

  test("A fence that another saver holds is reported with the marker that was found", async () => {
    const fence: StepInit = {
      phase: StepPhase.TRANSACTION,
      kind: StepKind.FENCE,
      segments: [text("UPDATE marks SET result = 'x'")],
      expectedRows: 1n,
      findMismatch: [text("SELECT '7' AS c1, 'other' AS c2, NULL AS c3")],
    };
    const { script, executor } = begin([execute(fence, ...inserts("a"))]);
    await failureOf(executor);
    expect(script.finished[0]?.outcome).toMatchObject({
      case: "fenceRefused",
      value: { exists: true, fence: 7n, saveId: "other" },
    });
    expect(await names()).toEqual([]);
  });

  test("A table whose keys can't be drawn ahead is planned again without", async () => {
    const none: StepInit = {
      phase: StepPhase.TRANSACTION,
      kind: StepKind.ALLOCATE_KEYS,
      table: 3,
      segments: [text("SELECT '1' AS c1 WHERE 1 = 0")],
      returnsRows: true,
      keys: { handles: [{ writer: "w", counters: [1n] }], kind: Type_Kind.INT32 },
    };
    const { script, executor } = begin([execute(none), execute(...inserts("a"), result)]);
    await executor.save("s", head, []);
    expect(script.begun.map(({ tablesWithoutSequence }) => tablesWithoutSequence)).toEqual([[], [3]]);
    expect(await names()).toEqual(["a"]);
  });

  test("A transaction that the database gives up is run again", async () => {
    const driver = new FlakyDriver(db.db, 2, isPg ? { code: "40001", severity: "ERROR" } : { code: "SQLITE_BUSY" });
    const { script, executor } = begin([execute(...inserts("a", "b"), result)], driver);
    expect(await executor.save("s", head, [])).toMatchObject({ inserted: 2 });
    expect(script.finished.map(({ outcome }) => outcome.case)).toEqual(["committed"]);
    expect(await names()).toEqual(["a", "b"]);
  });

  test("Where COMMIT's reply is lost, the save is settled before anything else", async () => {
    const settle: Answer = {
      kind: BegunKind.SETTLE,
      steps: [
        { phase: StepPhase.TRANSACTION, kind: StepKind.FENCE, segments: [text("UPDATE marks SET result = result")] },
        {
          phase: StepPhase.TRANSACTION,
          kind: StepKind.READ_MARKER,
          segments: [text("SELECT '5' AS c1, 's' AS c2, result AS c3 FROM marks")],
          returnsRows: true,
        },
      ],
    };
    const driver = new LostReply(db.db);
    const { script, executor } = begin([execute(...inserts("a", "b"), result), settle, { kind: BegunKind.COMMITTED }], driver);
    expect(await executor.save("s", head, [])).toMatchObject({ saveId: "s" });
    expect(script.finished.map(({ outcome }) => outcome.case)).toEqual(["inDoubt", "settled"]);
    expect(script.finished[1]).toMatchObject({
      outcome: { value: { exists: true, fence: 5n, saveId: "s" } },
      result: { inserted: 2n },
    });
    expect(await names()).toEqual(["a", "b"]);
  });

  test("Where the server took this client for dead, the outcome is asked for", async () => {
    const { script, executor } = begin([execute(...inserts("a"), result), { kind: BegunKind.COMMITTED }]);
    script.refusals.push(uowError("FENCED", "settled by another"));
    await executor.save("s", head, []);
    expect(script.begun.length).toBe(2);
    expect(await names()).toEqual(["a"]);
  });

  test("Where the journal hasn't taken the changes, nothing is written, and the attempt is given up", async () => {
    const { script, executor } = begin([execute(...inserts("a"), result), execute(...inserts("b"), result)]);
    const refused = uowError("VALUE_TYPE_MISMATCH", "refused");
    const recorded = new Promise<void>((_, reject) => setTimeout(() => reject(refused), 20));
    await expect(executor.save("s", head, [], recorded)).rejects.toBe(refused);
    expect(script.finished.map(({ outcome }) => outcome.case)).toEqual(["failed"]);
    expect(await names()).toEqual([]);
    await executor.save("t", head, []);
    expect(await names()).toEqual(["b"]);
  });

  test("The table of markers is looked for once, and again after it was dropped", async () => {
    const make: StepInit = { phase: StepPhase.SETUP, kind: StepKind.MARKER_TABLE, segments: [text("CREATE TABLE made (x text)")] };
    const use: StepInit = { phase: StepPhase.TRANSACTION, kind: StepKind.FENCE, segments: [text("INSERT INTO made VALUES ('x')")] };
    const { script, executor } = begin(["a", "b", "c"].map((name) => execute(make, use, ...inserts(name), result)));
    await executor.save("s", head, []);
    // CREATE TABLE would fail.
    await executor.save("t", head, []);
    await db.execute("DROP TABLE made");
    await executor.save("u", head, []);
    expect(script.finished.map(({ outcome }) => outcome.case)).toEqual(["committed", "committed", "committed"]);
    expect(await names()).toEqual(["a", "b", "c"]);
    expect(await db.rows("SELECT x FROM made")).toHaveLength(1);
  });

  test("Another client's save is waited for", async () => {
    const { executor } = begin([
      uowError("SAVE_IN_PROGRESS", "wait"),
      uowError("SAVE_IN_PROGRESS", "wait"),
      execute(...inserts("a"), result),
    ]);
    expect(await executor.save("s", head, [])).toMatchObject({ saveId: "s" });
  });

  test("Array elements keep their NULLs and quotes", async () => {
    if (!isPg) return; // SQLite has no arrays.
    await db.execute("CREATE TABLE lists (id int, list text[])");
    const list = arrayValue([textValue('a"b'), nullValue, textValue("NULL"), textValue("c\\d,{}")]);
    const step: StepInit = {
      phase: StepPhase.TRANSACTION,
      kind: StepKind.INSERT,
      rows: [{ values: [intValue(1n), list] }, { values: [intValue(2n), nullValue] }],
      segments: [
        text("INSERT INTO lists SELECT v.a, v.b::text[] FROM unnest("),
        column(0),
        text("::text::int4[], "),
        column(1),
        text("::text::text[]) AS v(a, b)"),
      ],
    };
    await begin([execute(step)]).executor.save("s", head, []);
    expect(await db.rows("SELECT list FROM lists ORDER BY id")).toEqual([
      { list: ['a"b', null, "NULL", "c\\d,{}"] },
      { list: null },
    ]);
  });
});

type Segments = NonNullable<StepInit["segments"]>[number];

function text(value: string): Segments {
  return { segment: { case: "text", value } };
}

function rowValue(value: number): Segments {
  return { segment: { case: "rowValue", value } };
}

function column(value: number): Segments {
  return { segment: { case: "column", value } };
}

/** Fails the first transactions, whatever is in them. */
class FlakyDriver extends Driver {
  constructor(
    db: object,
    private failures: number,
    private readonly error: object,
  ) {
    super(db);
  }

  override async transaction<T>(program: Program<T>): Promise<T> {
    if (this.failures-- > 0) throw new TransactionError(Object.assign(new Error("try again"), this.error), false);
    return super.transaction(program);
  }
}

/** Commits the first transaction, and says that it doesn't know. */
class LostReply extends Driver {
  private lost = false;

  override async transaction<T>(program: Program<T>): Promise<T> {
    const result = await super.transaction(program);
    if (this.lost) return result;
    this.lost = true;
    throw new TransactionError(new Error("connection terminated"), true);
  }
}
