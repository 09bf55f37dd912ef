// A sign-up in several steps, shared with billing.ts: company and people here. Usage: accounts.ts <SQLite database> [port]
import { serve } from "@hono/node-server";
import { ConstraintError } from "drizzle-uow";
import { Hono } from "hono";
import { companyOf, step } from "./wizard.ts";

const app = new Hono();

// The first step begins the session; the browser keeps its id for the next ones.
app.post("/signup", async (c) => {
  const { name, country } = await c.req.json<{ name: string; country: string }>();
  return step(undefined, (uow) => {
    uow.companies.create({ name, country });
    uow.setCheckpoint("company"); // where "back" leads
    return c.json({ signup: uow.session }, 201);
  });
});

app.post("/signup/:id/people", async (c) => {
  const { email } = await c.req.json<{ email: string }>();
  return step(c.req.param("id"), (uow) => {
    uow.people.create({ companyId: companyOf(uow).id, email });
    return c.body(null, 204);
  });
});

// What the last page shows before it is confirmed.
app.get("/signup/:id", async (c) =>
  step(c.req.param("id"), (uow) => c.json(uow.pending().map(({ table, entity }) => ({ table, ...summary(entity) })))),
);

app.post("/signup/:id/confirm", async (c) =>
  step(c.req.param("id"), async (uow) => {
    const company = companyOf(uow);
    await uow.save(); // everything that both services have collected, in one transaction
    return c.json({ company: company.id }, 201);
  }),
);

app.onError((error, c) => {
  // Nothing is lost: the step is corrected and confirmed again.
  if (error instanceof ConstraintError) return c.json({ error: `${error.columns.join()} is taken` }, 422);
  console.error(error);
  return c.json({ error: "something went wrong" }, 500);
});

// Keys are pending until the last step.
function summary(entity: object): object {
  return Object.fromEntries(Object.entries(entity).filter(([, value]) => typeof value !== "object"));
}

serve({ fetch: app.fetch, port: Number(process.argv[3] ?? 3001) }, ({ port }) => console.log(`http://localhost:${port}`));
