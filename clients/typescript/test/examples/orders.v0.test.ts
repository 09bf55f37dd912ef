import { afterAll, beforeAll, expect, it } from "vitest";
import { Stage } from "./example.js";

let stage: Stage;
let call: Awaited<ReturnType<ReturnType<Stage["start"]>["client"]>>;

beforeAll(async () => {
  stage = new Stage(`
    CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL, stock integer NOT NULL, version integer NOT NULL DEFAULT 1);
    CREATE TABLE orders (id integer PRIMARY KEY, customer text NOT NULL);
    CREATE TABLE lines (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id),
      product_id integer NOT NULL REFERENCES products (id), quantity integer NOT NULL);
    INSERT INTO products (id, name, stock) VALUES (1, 'lamp', 5), (2, 'chair', 2), (3, 'desk', 30)`);
  call = await stage.start("orders/server.ts", "0").client();
});

afterAll(async () => stage.remove());

it("an order takes its products out of the stock, in one transaction", async () => {
  const items = [
    { product: 1, quantity: 1 },
    { product: 2, quantity: 1 },
    { product: 1, quantity: 2 },
  ];
  expect(await call("POST", "/orders", { customer: "Ann", items })).toEqual({ status: 201, body: { order: 1 } });
  expect(stage.rows("SELECT stock FROM products ORDER BY id")).toEqual([{ stock: 2 }, { stock: 1 }, { stock: 30 }]);
  expect(stage.rows("SELECT order_id, product_id, quantity FROM lines ORDER BY id")).toEqual([
    { order_id: 1, product_id: 1, quantity: 1 },
    { order_id: 1, product_id: 2, quantity: 1 },
    { order_id: 1, product_id: 1, quantity: 2 },
  ]);
});

it("an order that can't be met leaves nothing behind", async () => {
  const items = [
    { product: 1, quantity: 1 },
    { product: 2, quantity: 9 },
  ];
  expect(await call("POST", "/orders", { customer: "Ben", items })).toEqual({
    status: 409,
    body: { error: "only 1 of chair left" },
  });
  expect(stage.rows("SELECT customer FROM orders")).toEqual([{ customer: "Ann" }]);
  expect(stage.rows("SELECT stock FROM products WHERE id = 1")).toEqual([{ stock: 2 }]);
});

it("of orders at the same time none sells what another one has sold", async () => {
  const order = { customer: "many", items: [{ product: 3, quantity: 1 }] };
  const answers = await Promise.all(Array.from({ length: 8 }, async () => call("POST", "/orders", order)));
  const sold = answers.filter(({ status }) => status === 201).length;
  expect(sold).toBeGreaterThan(0);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(8 - sold);
  expect(stage.rows("SELECT stock, version FROM products WHERE id = 3")).toEqual([{ stock: 30 - sold, version: 1 + sold }]);
});
