import type { InferInsertModel, InferSelectModel, Table } from "drizzle-orm";
import { createUow } from "../../src/index.js";
import type { UowApi } from "../../src/types/uow.js";
import { TestUowd } from "../support/uowd.js";
import {
  type DriverUnderTest,
  type DrizzleConfig,
  drivers,
  everyDriver,
  type Handle,
  line,
  postgresServer,
  type TestDatabase,
} from "./drivers.js";
import * as mysql from "./shop_mysql.js";
import * as pg from "./shop_pg.js";
import * as sqlite from "./shop_sqlite.js";

type Tables = typeof pg.tables;
export type Author = Loaded<Tables["authors"]>;
export type Book = Loaded<Tables["books"]>;

/** Rows with whatever relations a query asked for. */
type Loaded<T extends Table> = InferSelectModel<T> & Related;

interface Related {
  readonly books: Book[];
  readonly author: Author;
  readonly chapters: Loaded<Tables["chapters"]>[];
}

/** A table as both lines of Drizzle and all drivers have it: the types are tested elsewhere. */
interface ShopTable<T extends Table> {
  findFirst(config?: object): Promise<Loaded<T>>;
  findMany(config?: object): Promise<Loaded<T>[]>;
  create(values: InferInsertModel<T>): InferSelectModel<T>;
  delete(entity: object): void;
}

export type ShopUow = UowApi<object, object> & { readonly [K in keyof Tables]: ShopTable<Tables[K]> };

/** Which of Drizzle's packages of columns the tables are made with. */
export type TableKind = DriverUnderTest["dialect"] | "singlestore" | "cockroach";

interface Line {
  /** 0.45 has no tables of CockroachDB's. */
  readonly configs: Record<Exclude<TableKind, "cockroach">, Record<string, unknown>> & { cockroach?: Record<string, unknown> };
  whereId(table: keyof Tables, kind: TableKind, id: unknown): object;
  orderById(table: keyof Tables, kind: TableKind): object;
}

function kindOf({ dialect, singlestore, cockroach }: DriverUnderTest): TableKind {
  if (cockroach === true) return "cockroach";
  return singlestore === true ? "singlestore" : dialect;
}

const ddl: Readonly<Record<DriverUnderTest["dialect"], string>> = { postgresql: pg.ddl, mysql: mysql.ddl, sqlite: sqlite.ddl };

const drizzle = (await import(`./shop.${line === "1.0" ? "v1" : "v0"}.ts`)) as Line;

export interface Combination {
  readonly name: string;
  readonly driver: DriverUnderTest;
  /** Who runs the saves. */
  readonly by: "client" | "server";
}

/** Every driver, saving through it. */
export const everyCombination: readonly Combination[] = everyDriver.map((driver) => ({
  name: `${driver.name}, saved through the handle`,
  driver,
  by: "client",
}));

/** One driver of each kind, saving through it and, where the server can reach the same database, by the server. */
export const combinations: readonly Combination[] = [
  ...everyCombination.filter(({ driver }) => drivers.includes(driver)),
  ...drivers
    .filter(({ unshared }) => unshared !== true)
    .map((driver) => ({ name: `${driver.name}, saved by the server`, driver, by: "server" as const })),
];

/** A database with the shop's tables, and a uowd. */
export class Shop {
  private readonly units: ShopUow[] = [];
  private readonly handles: Handle[] = [];

  private constructor(
    readonly driver: DriverUnderTest,
    readonly by: "client" | "server",
    readonly database: TestDatabase,
    /** A connection of the tests' own. */
    readonly handle: Handle,
    readonly uowd: TestUowd,
  ) {}

  static async open({ driver, by }: Pick<Combination, "driver" | "by">): Promise<Shop> {
    const database = await driver.create();
    const handle = await database.connect(drizzle.configs[kindOf(driver)]);
    await handle.execute(ddl[driver.dialect]);
    const uowd = await TestUowd.start(...(by === "server" ? ["--target", `shop=${database.dsn}`] : []));
    return new Shop(driver, by, database, handle, uowd);
  }

  /** A unit of work on the shared connection, or on the handle given. */
  uow({ db = this.handle.db, ...given }: { session?: string; db?: object; changedColumns?: (keyof Tables)[] } = {}): ShopUow {
    const target = this.by === "server" ? { target: "shop" } : {};
    const kind = kindOf(this.driver);
    const schema = kind === "singlestore" && line === "0.45" ? drizzle.configs[kind] : {};
    const options: object = { endpoint: this.uowd.endpoint, ...target, ...schema, ...given };
    const uow = createUow(db, options);
    this.units.push(uow as unknown as ShopUow);
    return uow as unknown as ShopUow;
  }

  /** Another connection to the same database, as another process would have. */
  async connect(config: DrizzleConfig = {}): Promise<Handle> {
    const handle = await this.database.connect({ ...drizzle.configs[kindOf(this.driver)], ...config });
    this.handles.push(handle);
    return handle;
  }

  whereId(table: keyof Tables, id: unknown): object {
    return drizzle.whereId(table, kindOf(this.driver), id);
  }

  orderById(table: keyof Tables): object {
    return drizzle.orderById(table, kindOf(this.driver));
  }

  /** All rows of a table, in the order of a column. */
  async rows(table: keyof Tables, columns = "*", order = "1"): Promise<Record<string, unknown>[]> {
    return this.handle.rows(`SELECT ${columns} FROM ${table} ORDER BY ${order}`);
  }

  async names(): Promise<unknown[]> {
    return (await this.rows("authors", "name", "name")).map((row) => row["name"]);
  }

  /** Kills the PostgreSQL of this test file, and starts it again on its data. */
  async restartPostgres(): Promise<void> {
    const server = await postgresServer();
    await server.kill();
    await server.up();
  }

  /** Between tests: empty tables, no units of work. */
  async clear(): Promise<void> {
    for (const uow of this.units.splice(0)) await uow.close().catch(() => undefined);
    for (const handle of this.handles.splice(0)) await handle.close();
    for (const table of ["chapters", "books", "authors", "settings"]) await this.handle.execute(`DELETE FROM ${table}`);
  }

  async close(): Promise<void> {
    await this.clear();
    await this.uowd.remove();
    await this.handle.close();
    await this.database.drop();
  }
}
