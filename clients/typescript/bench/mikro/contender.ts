import { MikroORM as Core } from "@mikro-orm/core";
import { PostgreSqlDriver } from "@mikro-orm/postgresql";
import { SqliteDriver } from "@mikro-orm/sqlite";
import type { Contender } from "../saves/contender.ts";
import { orders } from "../saves/db.ts";
import type { Dialect } from "../saves/shop.ts";
import { type Item, shopEntities } from "./entities.ts";

const {
  customer: customers,
  order: orderTable,
  item: items,
} = shopEntities({ customer: "customers", order: "orders", item: "items" });

/** MikroORM's unit of work, as it comes. */
export async function mikroContender(dialect: Dialect, dsn: string): Promise<Contender> {
  const entities = [customers, orderTable, items];
  const orm =
    dialect === "postgresql"
      ? await Core.init({ driver: PostgreSqlDriver, clientUrl: dsn, entities })
      : await Core.init({ driver: SqliteDriver, dbName: dsn, entities });
  return new MikroContender(orm);
}

class MikroContender implements Contender {
  readonly #orm: Core;
  #em: ReturnType<Core["em"]["fork"]>;
  #items: Item[] = [];
  #created: Item[] = [];

  constructor(orm: Core) {
    this.#orm = orm;
    this.#em = orm.em.fork();
  }

  async load(): Promise<number> {
    this.#items = await this.#em.find(items, {});
    return this.#items.length;
  }

  async loadCustomers(): Promise<readonly object[]> {
    return this.#em.find(customers, {});
  }

  change(count: number): void {
    for (let i = 0; i < count; i++) (this.#items[i] as Item).quantity++;
  }

  create(): void {
    for (const { customer: values, notes, lines } of orders()) {
      const customer = this.#em.create(customers, values);
      for (const note of notes) {
        const order = this.#em.create(orderTable, { customer, note });
        for (const line of lines) this.#created.push(this.#em.create(items, { ...line, order }));
      }
    }
  }

  async save(): Promise<void> {
    await this.#em.flush();
    for (const item of this.#created) if (typeof item.id !== "number") throw new Error("an item has no key");
  }

  async forget(): Promise<void> {
    this.#items = [];
    this.#created = [];
    this.#em = this.#orm.em.fork();
    await Promise.resolve();
  }
}
