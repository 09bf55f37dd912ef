import { afterAll, beforeAll, expect, it } from "vitest";
import { Stage } from "./example.js";

let stage: Stage;

beforeAll(() => {
  stage = new Stage(`
    CREATE TABLE companies (id integer PRIMARY KEY, name text NOT NULL UNIQUE, country text NOT NULL);
    CREATE TABLE people (id integer PRIMARY KEY, company_id integer NOT NULL REFERENCES companies (id), email text NOT NULL UNIQUE);
    CREATE TABLE subscriptions (id integer PRIMARY KEY, company_id integer NOT NULL REFERENCES companies (id), plan text NOT NULL,
      seats integer NOT NULL);
    INSERT INTO companies VALUES (7, 'Taken', 'FR')`);
});

afterAll(async () => stage.remove());

it("a sign-up goes through two services, survives the death of all of them, and is saved at its end", async () => {
  const accounts = stage.start("signup/accounts.ts", "0");
  const billing = stage.start("signup/billing.ts", "0");
  const [toAccounts, toBilling] = await Promise.all([accounts.client(), billing.client()]);
  const begun = await toAccounts("POST", "/signup", { name: "Acme", country: "DE" });
  expect(begun.status).toBe(201);
  const { signup } = begun.body as { signup: string };
  expect((await toBilling("POST", `/signup/${signup}/plan`, { plan: "free", seats: 1 })).status).toBe(204);
  expect((await toBilling("DELETE", `/signup/${signup}/plan`)).status).toBe(204);
  expect((await toBilling("POST", `/signup/${signup}/plan`, { plan: "team", seats: 5 })).status).toBe(204);
  expect((await toAccounts("POST", `/signup/${signup}/people`, { email: "ann@acme.example" })).status).toBe(204);

  await Promise.all([accounts.kill(), billing.kill()]);
  expect(stage.killUowd()).toBe(1);
  expect(stage.rows("SELECT name FROM companies")).toEqual([{ name: "Taken" }]);

  const toNewAccounts = await stage.start("signup/accounts.ts", "0").client();
  expect((await toNewAccounts("GET", `/signup/${signup}`)).body).toEqual([
    { table: "companies", name: "Acme", country: "DE" },
    { table: "subscriptions", plan: "team", seats: 5 },
    { table: "people", email: "ann@acme.example" },
  ]);
  expect(await toNewAccounts("POST", `/signup/${signup}/confirm`)).toEqual({ status: 201, body: { company: 8 } });
  expect(stage.rows("SELECT plan, seats, email FROM subscriptions JOIN people USING (company_id) WHERE company_id = 8")).toEqual([
    { plan: "team", seats: 5, email: "ann@acme.example" },
  ]);
});

it("a name that is taken is said, and loses nothing", async () => {
  const call = await stage.start("signup/accounts.ts", "0").client();
  const { signup } = (await call("POST", "/signup", { name: "Taken", country: "FR" })).body as { signup: string };
  expect(await call("POST", `/signup/${signup}/confirm`)).toEqual({ status: 422, body: { error: "name is taken" } });
  expect((await call("GET", `/signup/${signup}`)).body).toEqual([{ table: "companies", name: "Taken", country: "FR" }]);
});
