import { createUow } from "../../dist/index.js";
import type { Contender } from "./contender.ts";
import { type openDb, orders, type shopOf } from "./db.ts";

type Db = ReturnType<typeof openDb>;

/** This package's unit of work, saving through the handle, or by the server where there is a target. */
export class UowContender implements Contender {
  readonly #db: Db;
  readonly #options: { readonly target?: string };
  #uow: ReturnType<UowContender["begin"]>;
  #items: { quantity: number }[] = [];
  #created: { id: unknown }[] = [];

  constructor(db: Db, target: string | undefined) {
    this.#db = db;
    this.#options = target === undefined ? {} : { target };
    this.#uow = this.begin();
  }

  // The two dialects' tables are alike.
  begin() {
    return createUow(this.#db as ReturnType<typeof shopOf>, this.#options);
  }

  async load(): Promise<number> {
    this.#items = await this.#uow.items.findMany();
    return this.#items.length;
  }

  async loadCustomers(): Promise<readonly object[]> {
    return this.#uow.customers.findMany();
  }

  change(count: number): void {
    for (let i = 0; i < count; i++) (this.#items[i] as { quantity: number }).quantity++;
  }

  create(): void {
    const { customers, orders: orderTable, items } = this.#uow;
    for (const { customer, notes, lines } of orders()) {
      const { id: customerId } = customers.create(customer);
      for (const note of notes) {
        const { id: orderId } = orderTable.create({ customerId, note });
        for (const line of lines) this.#created.push(items.create({ ...line, orderId }));
      }
    }
  }

  async save(): Promise<void> {
    await this.#uow.save();
    for (const { id } of this.#created) if (typeof id !== "number") throw new Error("an item has no key");
  }

  async forget(): Promise<void> {
    await this.#uow.close();
    this.#items = [];
    this.#created = [];
    this.#uow = this.begin();
  }
}
