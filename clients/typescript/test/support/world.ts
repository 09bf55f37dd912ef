import { PGlite } from "@electric-sql/pglite";
import type { InferInsertModel, InferSelectModel, Table } from "drizzle-orm";
import type { Position } from "../../src/gen/uow/v1/journal_service_pb.js";
import { EventKind } from "../../src/gen/uow/v1/event_pb.js";
import type { Value } from "../../src/gen/uow/v1/value_pb.js";
import type { SchemaModel } from "../../src/model/model.js";
import type { SaveExecutor, SaveOutcome, WantedRow } from "../../src/save/executor.js";
import type { UowApi } from "../../src/types/uow.js";
import { assemble, type SchemaOptions } from "../../src/uow/assemble.js";
import { MemoryJournal, MemorySession } from "./memory_session.js";
import { ddl, rows, type tables } from "./world_tables.js";

type Tables = typeof tables;
/** Rows with whatever relations and extras a query asked for. */
export type Loaded<T extends Table> = InferSelectModel<T> & Related;

export interface Related {
  readonly posts: Loaded<Tables["posts"]>[];
  readonly comments: Loaded<Tables["comments"]>[];
  readonly memberships: Loaded<Tables["memberships"]>[];
  readonly groups: Loaded<Tables["groups"]>[];
  readonly author: Loaded<Tables["users"]>;
  readonly post: Loaded<Tables["posts"]>;
  readonly user: Loaded<Tables["users"]>;
  readonly group: Loaded<Tables["groups"]>;
  upper: string;
}

/** A table as both lines of Drizzle have it. */
export interface WorldTable<T extends Table> {
  findFirst(config?: object): Promise<Loaded<T>>;
  findMany(config?: object): Promise<Loaded<T>[]>;
  create(values: InferInsertModel<T>): InferSelectModel<T>;
  delete(entity: object): void;
}

export type WorldUow = UowApi<object, object> & { readonly [K in Exclude<keyof Tables, "save">]: WorldTable<Tables[K]> } & {
  readonly tables: { readonly [K in keyof Tables]: WorldTable<Tables[K]> };
};

interface Line {
  connect(client: PGlite): object;
  readonly where: {
    readonly users: (id: number) => object;
    readonly posts: (id: number) => object;
    readonly groups: (code: string) => object;
    readonly memberships: (userId: number, code: string) => object;
    readonly save: (id: number) => object;
  };
  readonly upperName: object;
}

const name = process.env["DRIZZLE_LINE"] === "1.0" ? "v1" : "v0";
const line = (await import(`./world.${name}.ts`)) as Line;
export const { where, upperName } = line;

/** Resolves keys and reads back columns as a save would, without a database. */
class MemoryExecutor implements SaveExecutor {
  keys = 100;
  fail: Error | undefined;
  wanted: readonly WantedRow[] = [];
  hold: Promise<void> | undefined;
  readonly #resolved = new Map<string, Map<number, Value>>();

  /** Holds saves up until what it returns is called. */
  pause(): () => void {
    const gate = { open: () => {} };
    this.hold = new Promise((resolve) => {
      gate.open = resolve;
    });
    return () => gate.open();
  }

  constructor(
    private readonly journal: MemoryJournal,
    private readonly defaults: Readonly<Record<string, unknown>>,
  ) {}

  async save(saveId: string, to: Position, wanted: readonly WantedRow[], recorded?: Promise<void>): Promise<SaveOutcome> {
    await recorded;
    this.wanted = wanted;
    await this.hold;
    if (this.fail !== undefined) throw this.fail;
    const { journal } = this;
    const from = journal.saved;
    const end = this.#offset(to);
    const counts = { inserted: 0, updated: 0, deleted: 0 };
    for (const { event, writer } of journal.events.slice(from, end)) {
      if (event.kind === EventKind.CREATED) counts.inserted++;
      if (event.kind === EventKind.UPDATED) counts.updated++;
      if (event.kind === EventKind.DELETED) counts.deleted++;
      if (event.kind === EventKind.CREATED) for (const part of event.key) this.#resolve(part, writer);
    }
    journal.saved = end;
    const hydrated = wanted.map((row) => ({
      wanted: row,
      values: Object.fromEntries(row.columns.map((column) => [column.property, this.defaults[column.property]])),
    }));
    return { saveId, from: BigInt(from), to: BigInt(end), ...counts, keys: this.#resolved, hydrated, provisional: false };
  }

  #resolve({ kind }: Value, writer: string): void {
    if (kind.case !== "handleValue") return;
    const owner = kind.value.writer === "" ? writer : kind.value.writer;
    const keys = this.#resolved.get(owner) ?? new Map<number, Value>();
    this.#resolved.set(owner, keys);
    const counter = Number(kind.value.counter);
    if (!keys.has(counter))
      keys.set(counter, { $typeName: "uow.v1.Value", kind: { case: "int64Value", value: BigInt(++this.keys) } });
  }

  #offset({ at }: Position): number {
    const { events, checkpoints } = this.journal;
    if (at.case === "checkpoint") return checkpoints.find((checkpoint) => checkpoint.name === at.value)?.offset ?? -1;
    if (at.case !== "command") return events.length;
    const { writer, sequence } = at.value;
    const later = events.findIndex((stored) => stored.writer === writer && stored.sequence > sequence);
    return later < 0 ? events.length : later;
  }
}

/** One unit of work over a real database, with a journal in memory. */
export interface World {
  readonly db: object;
  readonly uow: WorldUow;
  readonly journal: MemoryJournal;
  readonly session: MemorySession;
  readonly executor: MemoryExecutor;
}

/** Another unit of work on a journal: a process that takes the session up. */
export function join(db: object, journal: MemoryJournal, options: SchemaOptions = {}, resumed = true): World {
  const executor = new MemoryExecutor(journal, { role: "member", views: 0, updates: 0, version: 1, slug: "slug" });
  const sessions: MemorySession[] = [];
  const uow = assemble(db, options, {
    resumed,
    session(_model: SchemaModel, events) {
      const session = new MemorySession(journal, events);
      sessions.push(session);
      return session;
    },
    executor: () => executor,
  }) as WorldUow;
  return { db, uow, journal, session: sessions[0] as MemorySession, executor };
}

/** A database of the world's tables, for one file of tests. */
export async function openDatabase(): Promise<{ readonly client: PGlite; readonly db: object }> {
  const client = await PGlite.create();
  await client.exec(ddl);
  await client.exec(rows);
  return { client, db: line.connect(client) };
}

export function begin(db: object, options: SchemaOptions = {}): World {
  return join(db, new MemoryJournal(), options, false);
}
