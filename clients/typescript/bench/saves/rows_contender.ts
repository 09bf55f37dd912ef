import { eq } from "drizzle-orm";
import type { Contender } from "./contender.ts";
import { shopOf, sqliteShop } from "./db.ts";
import { type Dialect, pg, sqlite } from "./shop.ts";

/** What a Drizzle user writes by hand: a transaction with an UPDATE a row. */
export class RowsContender implements Contender {
  readonly #dialect: Dialect;
  readonly #dsn: string;
  #items: { id: number; quantity: number }[] = [];
  #changed = 0;

  constructor(dialect: Dialect, dsn: string) {
    this.#dialect = dialect;
    this.#dsn = dsn;
  }

  readonly #postgres = () => (this.#pg ??= shopOf(this.#dsn));
  readonly #sqlite = () => (this.#file ??= sqliteShop(this.#dsn));
  #pg: ReturnType<typeof shopOf> | undefined;
  #file: ReturnType<typeof sqliteShop> | undefined;

  async load(): Promise<number> {
    this.#items =
      this.#dialect === "postgresql" ? await this.#postgres().query.items.findMany() : await this.#sqlite().query.items.findMany();
    return this.#items.length;
  }

  async loadCustomers(): Promise<readonly object[]> {
    return this.#dialect === "postgresql" ? this.#postgres().query.customers.findMany() : this.#sqlite().query.customers.findMany();
  }

  change(count: number): void {
    for (const item of this.#items.slice(0, count)) item.quantity++;
    this.#changed = count;
  }

  create(): never {
    throw new Error("not compared");
  }

  async save(): Promise<void> {
    const changed = this.#items.slice(0, this.#changed);
    if (this.#dialect === "postgresql") {
      await this.#postgres().transaction(async (tx) => {
        for (const { id, quantity } of changed) await tx.update(pg.items).set({ quantity }).where(eq(pg.items.id, id));
      });
    } else {
      this.#sqlite().transaction((tx) => {
        for (const { id, quantity } of changed) tx.update(sqlite.items).set({ quantity }).where(eq(sqlite.items.id, id)).run();
      });
    }
  }

  async forget(): Promise<void> {
    this.#items = [];
    await Promise.resolve();
  }
}
