// A sign-up in several steps, shared with accounts.ts: the plan here. Usage: billing.ts <SQLite database> [port]
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { companyOf, step } from "./wizard.ts";

const app = new Hono();

app.post("/signup/:id/plan", async (c) => {
  const { plan, seats } = await c.req.json<{ plan: string; seats: number }>();
  return step(c.req.param("id"), (uow) => {
    uow.subscriptions.create({ companyId: companyOf(uow).id, plan, seats });
    return c.body(null, 204);
  });
});

// "Back" to the first step: what came after it is undone, whichever service has done it.
app.delete("/signup/:id/plan", async (c) =>
  step(c.req.param("id"), (uow) => {
    const { error } = uow.rollback("company");
    return error ? c.json({ error: error.message }, 409) : c.body(null, 204);
  }),
);

serve({ fetch: app.fetch, port: Number(process.argv[3] ?? 3002) }, ({ port }) => console.log(`http://localhost:${port}`));
