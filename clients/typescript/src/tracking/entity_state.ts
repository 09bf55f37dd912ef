import type { ColumnModel, TableModel } from "../model/model.js";
import { UowError } from "../errors.js";
import type { ForeignKey } from "../gen/uow/v1/schema_pb.js";
import type { Change } from "./change_log.js";
import type { IdentityKey } from "./identity.js";
import { isPlain, NestedDocument } from "./nested.js";
import { PendingKey, type Referrer } from "./pending_key.js";
import { toPlainTree } from "./plain.js";
import { stateSymbol } from "./state_of.js";
import type { Tracker } from "./tracker.js";

/** A row as Drizzle returns it: columns, relations and extras by property. */
export type Row = Record<PropertyKey, unknown>;

/**
 * live: a row. deleted: its deletion waits for the save. gone: its deletion is saved. detached: its creation was rolled back.
 */
export type Life = "live" | "deleted" | "gone" | "detached";

/** One table of one unit of work. */
export interface TrackedTable {
  readonly model: TableModel;
  readonly tracker: Tracker;
  /** Live and deleted entities by key: one object a row. */
  readonly rows: Map<IdentityKey, EntityState>;
  /** Entities whose key has changed, by the key that the database has until the save. */
  readonly stored: Map<IdentityKey, EntityState>;
  readonly columns: ReadonlyMap<PropertyKey, ColumnModel>;
  /** Columns whose value the client computes whenever a row changes. */
  readonly onUpdate: readonly ColumnModel[];
  readonly version: ColumnModel | undefined;
  readonly computed: readonly ColumnModel[];
  /** The columns whose values the journal is told when a row is deleted: those by which a save orders rows, or compares them. */
  readonly told: readonly ColumnModel[];
  /** The schema's foreign keys of the table. */
  readonly foreignKeys: readonly ForeignKey[];
  /** The columns of each constraint over several columns. */
  readonly constraints: readonly (readonly ColumnModel[])[];
}

/** What only changed or partly loaded entities need. */
export class EntityDetail {
  /** The number of changes in the log, by column. */
  readonly pending: number[] = [];
  /** The newest assignment of each column. */
  readonly latest: (Change | undefined)[] = [];
  /** Created and not saved yet. */
  created = false;
  /** Whether the journal has been told of the row as it was loaded. */
  observed = false;
  /** The key by which the database knows it, where its own has changed since. */
  stored: IdentityKey | undefined = undefined;
  /** The number of the last save that wrote it. Results of queries that began before are older than what we have. */
  savedBy = 0;
  /** The segment of the log in which `$onUpdateFn` was evaluated. */
  touched = -1;
  /** Values of the key and the version that the query didn't select. */
  hidden: Row | undefined = undefined;
  /** Values that can change in place without a trap, as they were when last recorded. */
  watches: Map<ColumnModel, unknown> | undefined = undefined;
  documents: Map<ColumnModel, NestedDocument> | undefined = undefined;
  /** Runs of changes in place to which further ones are added. */
  openDocuments: Map<ColumnModel, Change> | undefined = undefined;

  constructor(columns: number) {
    for (let i = 0; i < columns; i++) this.pending.push(0);
  }
}

/**
 * One entity: the handler of its proxy, whose target is the row that Drizzle returned. So a loaded row costs one object and one proxy, and
 * what looks at the target behind the proxy, such as `util.inspect`, sees a plain row.
 */
export class EntityState implements ProxyHandler<Row>, Referrer {
  readonly proxy: Row;
  life: Life = "live";
  detail: EntityDetail | undefined = undefined;

  constructor(
    readonly table: TrackedTable,
    readonly row: Row,
    /** Its key in the identity map. */
    public identity: IdentityKey,
  ) {
    this.proxy = new Proxy(row, this);
  }

  needDetail(): EntityDetail {
    return (this.detail ??= new EntityDetail(this.table.model.columns.length));
  }

  /** Whether a column has changes that aren't saved. */
  isPending(column: ColumnModel): boolean {
    return this.detail !== undefined && (this.detail.created || (this.detail.pending[column.index] as number) > 0);
  }

  /** The value of a column of the key, or of the version: known even where the query didn't select it. */
  keyValue(column: ColumnModel): unknown {
    const value = this.row[column.property];
    return value === undefined ? this.detail?.hidden?.[column.property] : value;
  }

  // ---- The proxy's traps ----

  get(row: Row, property: PropertyKey): unknown {
    const value = row[property];
    if (typeof value !== "object") return value === undefined ? this.#special(row, property) : value;
    return value === null ? null : this.#object(property, value);
  }

  set(row: Row, property: PropertyKey, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.proxy) return Reflect.set(row, property, value, receiver);
    const column = this.table.columns.get(property);
    if (column === undefined) return this.#setOther(row, property, value);
    this.table.tracker.change(this, column, value);
    return true;
  }

  deleteProperty(row: Row, property: PropertyKey): boolean {
    const column = this.table.columns.get(property);
    if (column === undefined) return Reflect.deleteProperty(row, property);
    const advice = column.nullable ? "assign null to clear it" : "it can't be null; assign another value";
    throw new UowError("NOT_SUPPORTED", `${this.#label(property)} is a column and can't be deleted; ${advice}`);
  }

  defineProperty(row: Row, property: PropertyKey, descriptor: PropertyDescriptor): boolean {
    const column = this.table.columns.get(property);
    if (column === undefined) return Reflect.defineProperty(row, property, descriptor);
    const plain =
      "value" in descriptor && isSet(descriptor.writable) && isSet(descriptor.enumerable) && isSet(descriptor.configurable);
    if (!plain)
      throw new UowError("NOT_SUPPORTED", `${this.#label(property)} is a column and can only be defined as a plain value`);
    this.table.tracker.change(this, column, descriptor.value);
    return true;
  }

  preventExtensions(): boolean {
    throw new UowError("NOT_SUPPORTED", `an entity of ${this.table.model.property} can't be frozen; freeze uow.unwrap(entity)`);
  }

  replaceKey(column: ColumnModel, key: PendingKey): void {
    if (this.row[column.property] === key) this.row[column.property] = key.value;
    if (column.keyIndex >= 0) this.table.tracker.identify(this);
  }

  #special(row: Row, property: PropertyKey): unknown {
    if (property === stateSymbol) return this;
    // Relations of one object a row can form circles, which plain rows never do.
    if (property === "toJSON" && !this.table.columns.has(property) && hasRelations(row, this.table))
      return () => toPlainTree(this.proxy);
    return undefined;
  }

  #object(property: PropertyKey, value: object): unknown {
    const column = this.table.columns.get(property);
    if (column === undefined || value instanceof PendingKey) return value;
    if (column.codec.mutable) {
      this.table.tracker.inPlace.watch(this, column, value);
      return value;
    }
    return isPlain(value) ? this.document(column).wrap(value) : value;
  }

  document(column: ColumnModel): NestedDocument {
    const documents = (this.needDetail().documents ??= new Map<ColumnModel, NestedDocument>());
    let document = documents.get(column);
    if (document === undefined) documents.set(column, (document = new NestedDocument(this, column)));
    return document;
  }

  #setOther(row: Row, property: PropertyKey, value: unknown): boolean {
    if (typeof property === "symbol") return Reflect.set(row, property, value);
    const what = Object.hasOwn(row, property) ? "a relation or an extra: it shows what was loaded" : "no column of the table";
    throw new UowError(
      "COLUMN_NOT_FOUND",
      `${this.#label(property)} is ${what} and can't be written; change the row that holds the data`,
    );
  }

  #label(property: PropertyKey): string {
    return `${this.table.model.property}.${String(property)}`;
  }
}

function isSet(attribute: boolean | undefined): boolean {
  return attribute !== false;
}

function hasRelations(row: Row, table: TrackedTable): boolean {
  return Object.keys(row).some((property) => !table.columns.has(property) && typeof row[property] === "object");
}
