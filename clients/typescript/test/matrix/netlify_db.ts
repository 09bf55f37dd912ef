import { neon, neonConfig, Pool } from "@neondatabase/serverless";
import { drizzle } from "drizzle-orm/netlify-db";
import { type DriverUnderTest, line } from "./driver.js";
import { answer, withPassword } from "./neon_http.js";
import { localConnections } from "./neon_serverless.js";
import { pgHandle, postgresServer } from "./pg_drivers.js";

/** What Netlify gives an application: Neon's client for queries over HTTP, and its pool for transactions, each over a stand-in. */
export const netlifyDb: DriverUnderTest = {
  name: "netlify-db",
  dialect: "postgresql",
  create: async () => {
    const url = await (await postgresServer()).createDatabase();
    Object.assign(neonConfig, localConnections, { fetchFunction: answer });
    return {
      dsn: url,
      connect: async (config) => {
        const http = line === "1.0" ? olderClient(url) : neon(withPassword(url));
        const pool = new Pool({ connectionString: url, max: 4 });
        pool.on("error", () => undefined);
        const db = drizzle({ client: { http, pool }, ...config } as never);
        return Promise.resolve({
          ...pgHandle(db, async () => pool.end()),
          // Over HTTP a query is one statement.
          execute: async (text: string) => pool.query(text),
        });
      },
      drop: async () => Promise.resolve(),
    };
  },
};

/** Drizzle 1.0 calls it like Neon's client before 1.0, which was a function of a text and parameters. */
function olderClient(url: string): object {
  const client = neon(withPassword(url));
  return Object.assign(client.query.bind(client), { transaction: client.transaction.bind(client) });
}
