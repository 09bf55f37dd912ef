import type { InferInsertModel, InferSelectModel, SQL, Table } from "drizzle-orm";

type Finders = "findFirst" | "findMany";

interface Finder {
  findFirst(...args: never[]): unknown;
  findMany(...args: never[]): unknown;
}

type Queries<DB> = DB extends { readonly query: infer Q } ? Q : never;

/** Drizzle's names of the tables and views of a handle's relational schema. */
export type TableName<DB> = Extract<
  { [K in keyof Queries<DB>]: Queries<DB>[K] extends Finder ? K : never }[keyof Queries<DB>],
  string
>;

/** The table of a name: Drizzle 1.0 keeps it in its relations, 0.45 in its full schema. */
export type TableOf<DB, K> = DB extends { readonly _: { readonly relations: infer R } }
  ? K extends keyof R
    ? R[K] extends { readonly table: infer T }
      ? T
      : never
    : never
  : DB extends { readonly _: { readonly fullSchema: infer S } }
    ? K extends keyof S
      ? S[K]
      : never
    : never;

/** What changes the rows of a table. */
export interface Changes<T extends Table> {
  /**
   * A new row: in memory at once, in the database with the next save. A key that the database generates is a pending key until then: assign
   * it to columns that refer to it. Other columns that the database fills in are undefined until then.
   */
  create(values: InferInsertModel<T>): InferSelectModel<T>;
  /** Deletes a row with the next save. Queries still return it until then: see `isDeleted`. */
  delete(entity: Partial<InferSelectModel<T>>): void;
}

/** A table of the relational schema: Drizzle's own finders, whose results are tracked, and what changes rows. */
export type UowTable<DB, K> = K extends keyof Queries<DB>
  ? Pick<Queries<DB>[K], Finders & keyof Queries<DB>[K]> & (TableOf<DB, K> extends Table ? Changes<TableOf<DB, K>> : unknown)
  : never;

/** What rows to read of a table outside of the relational schema. */
export interface FindConfig {
  readonly where?: SQL | undefined;
  readonly orderBy?: SQL | readonly SQL[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** A table that only `createUow`'s own `schema` has. */
export interface PlainTable<T extends Table> extends Changes<T> {
  findFirst(config?: Omit<FindConfig, "limit">): Promise<InferSelectModel<T> | undefined>;
  findMany(config?: FindConfig): Promise<InferSelectModel<T>[]>;
}

/** The names of the tables in `createUow`'s own `schema` that the handle's relational schema doesn't have. */
export type PlainName<DB, S> = Exclude<Extract<{ [K in keyof S]: S[K] extends Table ? K : never }[keyof S], string>, TableName<DB>>;

/** All tables of a unit of work by name. */
export type UowTables<DB, S> = {
  readonly [K in TableName<DB>]: UowTable<DB, K>;
} & {
  readonly [K in PlainName<DB, S>]: S[K] extends Table ? PlainTable<S[K]> : never;
};
