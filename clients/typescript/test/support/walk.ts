import fc from "fast-check";
import { expect } from "vitest";
import type { UowApi } from "../../src/types/uow.js";
import type { Doc } from "./family_tables.js";

/** A row as the unit of work has it. */
interface Row {
  id: number;
  tag: string;
  n: number | null;
  doc: Doc;
  parentId: number;
}

interface Table {
  findMany(): Promise<Row[]>;
  create(values: Partial<Row>): Row;
  delete(row: Row): void;
}

export type FamilyUow = UowApi<object, object> & { readonly parents: Table; readonly children: Table };

/** What a walk runs on. */
export interface Ground {
  /** A unit of work of its own session, or of one that is there. */
  begin(session?: string): FamilyUow;
  /** The rows in the database by tag, a child's parent by its tag; undefined where there is no database. */
  read?(): Promise<readonly Stored[]>;
}

/** A row of the database or of the model: the same where they agree. */
export interface Stored {
  readonly tag: string;
  readonly n: number | null;
  readonly doc: Doc | null;
  readonly parent: string | null;
}

type Kind = "parents" | "children";

/** A row as it should be. Plain objects: no proxies, no journal. */
interface Expected {
  readonly kind: Kind;
  readonly tag: string;
  n: number | null;
  doc: Doc | null;
  parent: Expected | null;
  alive: boolean;
}

interface Mark {
  readonly name: string;
  readonly state: readonly Expected[];
  readonly changes: number;
}

export type Step =
  | { readonly do: "parent" | "take over" | "checkpoint" | "save" | "rollback all" }
  | { readonly do: "child" | "delete" | "push" | "shorten" | "rollback" | "save to"; readonly at: number }
  | { readonly do: "number" | "note" | "replace" | "move"; readonly at: number; readonly to: number };

const at = fc.nat(30);
const plain = (name: "parent" | "take over" | "checkpoint" | "save" | "rollback all") => fc.record({ do: fc.constant(name) });
const one = (name: "child" | "delete" | "push" | "shorten" | "rollback" | "save to") => fc.record({ do: fc.constant(name), at });
const two = (name: "number" | "note" | "replace" | "move") => fc.record({ do: fc.constant(name), at, to: fc.nat(3) });

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: plain("parent") },
    { weight: 3, arbitrary: one("child") },
    { weight: 3, arbitrary: one("delete") },
    { weight: 3, arbitrary: two("number") },
    { weight: 2, arbitrary: two("note") },
    { weight: 2, arbitrary: one("push") },
    { weight: 1, arbitrary: one("shorten") },
    { weight: 2, arbitrary: two("replace") },
    { weight: 3, arbitrary: two("move") },
    { weight: 2, arbitrary: plain("checkpoint") },
    { weight: 2, arbitrary: one("rollback") },
    { weight: 1, arbitrary: plain("rollback all") },
    { weight: 2, arbitrary: plain("save") },
    { weight: 1, arbitrary: one("save to") },
    { weight: 1, arbitrary: plain("take over") },
  ),
  { maxLength: 40, size: "max" },
);

/** Walks through random steps on a unit of work and on plain objects, and compares memory, journal and database after every one. */
export class Walk {
  #uow: FamilyUow;
  #expected: Expected[] = [];
  #entities = new Map<string, Row>();
  #gone: Row[] = [];
  #marks: Mark[] = [];
  #saved: readonly Expected[] = [];
  #savedChanges = 0;
  #changes = 0;
  #tags = 0;

  constructor(private readonly ground: Ground) {
    this.#uow = ground.begin();
  }

  async run(all: readonly Step[]): Promise<void> {
    for (const step of all) {
      await this.#take(step);
      await this.#findMissing();
      this.#compareMemory();
      await this.#compareDatabase();
    }
    await this.#takeOver();
    this.#compareMemory();
    await this.#uow.save();
    this.#noteSave(this.#expected, this.#changes);
    await this.#compareDatabase();
    await this.#uow.close();
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case "parent":
        this.#create({ kind: "parents", parent: null });
        break;
      case "child":
        this.#withLive("parents", step.at, (parent) => this.#create({ kind: "children", parent }));
        break;
      case "delete":
        this.#delete(step.at);
        break;
      case "number":
        this.#withLive("parents", step.at, (parent, row) => this.#setNumber(parent, row, step.to === 0 ? null : step.to));
        break;
      case "note":
      case "push":
      case "shorten":
      case "replace":
        this.#withLive("parents", step.at, (parent, row) => this.#changeDoc(parent, row, step));
        break;
      case "move":
        this.#withLive("children", step.at, (child, row) => {
          this.#withLive("parents", step.to, (parent, target) => {
            if (child.parent !== parent) this.#changes++;
            child.parent = parent;
            row.parentId = target.id;
          });
        });
        break;
      case "checkpoint":
        this.#marks.push({ name: this.#uow.setCheckpoint().name, state: copy(this.#expected), changes: this.#changes });
        break;
      case "rollback":
        this.#rollback(this.#marks[step.at % Math.max(this.#marks.length, 1)]);
        break;
      case "rollback all":
        expect(this.#uow.rollback().error).toBeUndefined();
        this.#restore(this.#saved, this.#savedChanges);
        this.#marks = this.#marks.filter((mark) => mark.changes <= this.#savedChanges);
        break;
      case "save":
        await this.#uow.save();
        this.#noteSave(this.#expected, this.#changes);
        break;
      case "save to":
        await this.#saveTo(this.#marks[step.at % Math.max(this.#marks.length, 1)]);
        break;
      case "take over":
        await this.#takeOver();
        break;
    }
  }

  #create({ kind, parent }: { kind: Kind; parent: Expected | null }): void {
    const tag = `${kind} ${++this.#tags}`;
    const doc = kind === "parents" ? { list: [this.#tags] } : null;
    const values = parent === null ? { tag, doc: { list: [this.#tags] } } : { tag, parentId: this.#entity(parent).id };
    this.#entities.set(tag, this.#uow[kind].create(values));
    this.#expected.push({ kind, tag, n: null, doc, parent, alive: true });
    this.#changes++;
  }

  #entity({ tag }: Expected): Row {
    const known = this.#entities.get(tag) ?? this.#pendingRow(tag);
    if (known === undefined) throw new Error(`${tag} has no entity`);
    this.#entities.set(tag, known);
    return known;
  }

  /** Entities that only a query can give, for an earlier process had made and deleted them. */
  async #findMissing(): Promise<void> {
    const missing = this.#expected.filter(
      ({ alive, tag }) => alive && !this.#entities.has(tag) && this.#pendingRow(tag) === undefined,
    );
    if (missing.length === 0) return;
    for (const row of [...(await this.#uow.parents.findMany()), ...(await this.#uow.children.findMany())]) {
      if (missing.some(({ tag }) => tag === row.tag)) this.#entities.set(row.tag, row);
    }
  }

  /** A new row of an earlier process, which that had deleted when this one took over. */
  #pendingRow(tag: string): Row | undefined {
    const rows = this.#uow.pending().map(({ entity }) => entity as Row);
    return rows.find((row) => row.tag === tag);
  }

  #withLive(kind: Kind, index: number, use: (expected: Expected, row: Row) => void): void {
    const live = this.#expected.filter((one) => one.alive && one.kind === kind);
    const chosen = live[index % Math.max(live.length, 1)];
    if (chosen !== undefined) use(chosen, this.#entity(chosen));
  }

  #delete(index: number): void {
    const free = this.#expected.filter((one) => one.alive && !this.#expected.some((other) => other.alive && other.parent === one));
    const chosen = free[index % Math.max(free.length, 1)];
    if (chosen === undefined) return;
    this.#uow[chosen.kind].delete(this.#entity(chosen));
    chosen.alive = false;
    this.#changes++;
  }

  #setNumber(expected: Expected, row: Row, n: number | null): void {
    if (expected.n !== n) this.#changes++;
    expected.n = n;
    row.n = n;
  }

  #changeDoc(expected: Expected, row: Row, step: Step): void {
    const before = JSON.stringify(expected.doc);
    for (const doc of [expected.doc, row.doc]) {
      if (doc === null) continue;
      if (step.do === "push") doc.list.push(step.at);
      else if (step.do === "shorten") doc.list.shift();
      else if (step.do === "note" && step.to === 0) delete doc.note;
      else if (step.do === "note") doc.note = `note ${step.to}`;
    }
    if (step.do === "replace") {
      expected.doc = { list: [step.to] };
      row.doc = { list: [step.to] };
    }
    // In place also what comes back to the same is a change.
    if (before !== JSON.stringify(expected.doc)) this.#changes++;
  }

  #rollback(mark: Mark | undefined): void {
    if (mark === undefined) return;
    const { error } = this.#uow.rollback(mark.name);
    if (mark.changes < this.#savedChanges) {
      expect(error?.reason).toBe("CHECKPOINT_NOT_FOUND");
      return;
    }
    expect(error).toBeUndefined();
    this.#restore(mark.state, mark.changes);
    this.#marks.length = this.#marks.indexOf(mark) + 1;
  }

  #restore(state: readonly Expected[], changes: number): void {
    const restored = copy(state);
    const tags = new Set(restored.map(({ tag }) => tag));
    for (const { tag } of this.#expected) {
      const row = this.#entities.get(tag);
      if (tags.has(tag) || row === undefined) continue;
      this.#gone.push(row);
      this.#entities.delete(tag);
    }
    this.#expected = restored;
    this.#changes = changes;
  }

  async #saveTo(mark: Mark | undefined): Promise<void> {
    if (mark === undefined || mark.changes < this.#savedChanges) return;
    await this.#uow.save(mark.name);
    this.#noteSave(mark.state, mark.changes);
  }

  #noteSave(state: readonly Expected[], changes: number): void {
    this.#saved = copy(state);
    this.#savedChanges = changes;
  }

  /** Another process goes on: everything but the session's id is lost. */
  async #takeOver(): Promise<void> {
    if (this.ground.read === undefined) return;
    await this.#uow.close({ keepSession: true });
    this.#uow = this.ground.begin(this.#uow.session);
    await this.#uow.ready;
    this.#gone = [];
    const created = this.#uow.pending().flatMap(({ kind, entity }) => (kind === "insert" ? [entity as Row] : []));
    const rows = [...(await this.#uow.parents.findMany()), ...(await this.#uow.children.findMany())];
    this.#entities = new Map([...created, ...rows].map((row) => [row.tag, row]));
  }

  #compareMemory(): void {
    for (const expected of this.#expected) {
      const deleted = expected.alive ? undefined : this.#entities.get(expected.tag);
      if (deleted !== undefined) expect(this.#uow.isDeleted(deleted)).toBe(true);
      if (!expected.alive) continue;
      const row = this.#entity(expected);
      expect(this.#uow.isDeleted(row)).toBe(false);
      if (expected.parent === null) expect({ n: row.n, doc: row.doc }).toEqual({ n: expected.n, doc: expected.doc });
      else expect(row.parentId).toBe(this.#entity(expected.parent).id);
    }
    for (const row of this.#gone) expect(() => (row.tag = "changed")).toThrow(/rolled back/);
  }

  async #compareDatabase(): Promise<void> {
    if (this.ground.read === undefined) return;
    const expected = this.#saved
      .filter(({ alive }) => alive)
      .map(({ tag, n, doc, parent }) => ({ tag, n, doc, parent: parent?.tag ?? null }));
    expect(new Set(await this.ground.read())).toEqual(new Set(expected));
  }
}

/** The same rows, with parents among the copies. */
function copy(rows: readonly Expected[]): Expected[] {
  const copies = new Map(rows.map((row) => [row, { ...row, doc: structuredClone(row.doc) }]));
  for (const row of copies.values()) row.parent = row.parent === null ? null : (copies.get(row.parent) ?? row.parent);
  return [...copies.values()];
}
