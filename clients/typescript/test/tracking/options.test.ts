import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { expect, test } from "vitest";
import { createUow } from "../../src/index.js";

test("a unit of work a request reads the tables once for the same options", () => {
  let reads = 0;
  const customers = pgTable("customers", { id: integer("id").primaryKey(), version: integer("version"), name: text("name") });
  const reference = () => {
    reads++;
    return customers.id;
  };
  const orders = pgTable("orders", { id: integer("id").primaryKey(), customerId: integer("customer_id").references(reference) });
  const notes = pgTable("notes", { id: integer("id").primaryKey(), orderId: integer("order_id").references(() => orders.id) });
  const db = drizzle({ client: new Pool() });
  const readsOf = (begin: () => unknown) => {
    const before = reads;
    begin();
    return reads - before;
  };

  const versioned = () => createUow(db, { schema: { customers, orders }, versions: { customers: "version" } });
  expect(readsOf(versioned)).toBeGreaterThan(0);
  expect(readsOf(versioned)).toBe(0);

  const others = [
    () => createUow(db, { schema: { customers, orders } }),
    () => createUow(db, { schema: { customers, orders }, changedColumns: ["customers"] }),
    () => createUow(db, { schema: { customers, orders, notes }, versions: { customers: "version" } }),
    () => createUow(db, { schema: { people: customers, orders } }),
  ];
  for (const other of others) expect(readsOf(other)).toBeGreaterThan(0);
  for (const other of [versioned, ...others]) expect(readsOf(other)).toBe(0);

  expect(() => createUow(db, { schema: { customers, orders }, versions: { customers: "revision" } })).toThrow(/revision/);
  expect(createUow(db, { schema: { customers, orders, notes }, versions: { customers: "version" } }).notes).toBeDefined();
  for (let i = 0; i < 20; i++) createUow(db, { schema: { [`customers${i}`]: customers, orders } });
  expect(readsOf(versioned), "not kept for ever").toBeGreaterThan(0);
});
