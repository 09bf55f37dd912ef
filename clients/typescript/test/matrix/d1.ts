import { drizzle } from "drizzle-orm/d1";
import { Miniflare } from "miniflare";
import { type DriverUnderTest, type Handle, plainRows } from "./driver.js";

/** As far as it is used here; its own types come with a package of their own. */
interface D1Database {
  prepare(text: string): { run(): Promise<unknown>; all(): Promise<{ readonly results: object[] }> };
}

/** Cloudflare's own D1, in a workerd of this machine. */
export const d1: DriverUnderTest = {
  name: "d1",
  dialect: "sqlite",
  unshared: true,
  batches: true,
  create: async () => {
    const miniflare = new Miniflare({
      modules: true,
      script: "export default { fetch() { return new Response() } }",
      d1Databases: ["DB"],
    });
    const client = (await miniflare.getD1Database("DB")) as unknown as D1Database;
    return {
      dsn: undefined,
      connect: async (config) => Promise.resolve(d1Handle(client, drizzle(client as never, config))),
      drop: async () => miniflare.dispose(),
    };
  },
};

function d1Handle(client: D1Database, db: object): Handle {
  return {
    db,
    transaction: async () => Promise.reject(new Error("D1 has no transactions")),
    execute: async (text) => {
      for (const statement of text.split(";").filter((part) => part.trim() !== "")) await client.prepare(statement).run();
    },
    rows: async (text) => plainRows((await client.prepare(text).all()).results),
    close: async () => Promise.resolve(),
  };
}
