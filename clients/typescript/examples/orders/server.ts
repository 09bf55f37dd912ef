// A unit of work per request, with Hono. Usage: server.ts <SQLite database> [port]
import { serve } from "@hono/node-server";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/libsql";
import { createUow, StaleEntityError } from "drizzle-uow";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as schema from "./schema.ts";

const db = drizzle(`file:${process.argv[2]}`, { schema });
// A save fails where somebody else has changed a product since this request read it.
const begin = () => createUow(db, { versions: { products: "version" } });

const app = new Hono<{ Variables: { uow: ReturnType<typeof begin> } }>();

app.use(async (c, next) => {
  const uow = begin(); // costs nothing until the first change
  c.set("uow", uow);
  try {
    await next();
  } finally {
    await uow.close(); // what a handler hasn't saved is given up
  }
});

app.get("/products", async (c) => c.json(await c.var.uow.products.findMany()));

app.post("/orders", async (c) => {
  const { uow } = c.var;
  const { customer, items } = await c.req.json<{ customer: string; items: { product: number; quantity: number }[] }>();
  const order = uow.orders.create({ customer });
  for (const { product: id, quantity } of items) {
    const product = await uow.products.findFirst({ where: eq(schema.products.id, id) });
    if (product === undefined) throw new HTTPException(404, { message: `no product ${id}` });
    if (product.stock < quantity) throw new HTTPException(409, { message: `only ${product.stock} of ${product.name} left` });
    product.stock -= quantity; // one object a row: also where an order has two lines of a product
    uow.lines.create({ orderId: order.id, productId: product.id, quantity });
  }
  await uow.save(); // order, lines and stock, or nothing
  return c.json({ order: order.id }, 201);
});

app.onError((error, c) => {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  if (error instanceof StaleEntityError) return c.json({ error: "somebody else was faster, try again" }, 409);
  console.error(error);
  return c.json({ error: "something went wrong" }, 500);
});

serve({ fetch: app.fetch, port: Number(process.argv[3] ?? 3000) }, ({ port }) => console.log(`http://localhost:${port}`));
