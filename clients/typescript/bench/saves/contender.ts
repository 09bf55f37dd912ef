/** A way to load, change and write rows of the shop. One after the other, in this order: load or create, change, save. */
export interface Contender {
  /** All items, tracked where the contender tracks. Returns how many. */
  load(): Promise<number>;
  /** All customers: rows without references. */
  loadCustomers(): Promise<readonly object[]>;
  /** Changes one field of each of the first items. */
  change(count: number): void;
  /** New customers with orders and items. */
  create(): void;
  /** Writes what was changed or created in one transaction, until objects have what the database has generated. */
  save(): Promise<void>;
  /** Forgets everything, for the next round. */
  forget(): Promise<void>;
}

export type Scenario = "update" | "update few" | "create" | "memory";

export const contenders = ["through db", "by the server", "MikroORM", "Drizzle, a row at a time"] as const;
export type ContenderName = (typeof contenders)[number];
