import { createClient, createPool } from "@vercel/postgres";
import { drizzle } from "drizzle-orm/vercel-postgres";
import type { DriverUnderTest } from "./driver.js";
import { localConnections } from "./neon_serverless.js";
import { pgHandle, postgresServer } from "./pg_drivers.js";

/** Vercel's own client, which is made of an older one of Neon's, over a stand-in for the WebSocket. */
export const vercelPostgres: DriverUnderTest = {
  name: "vercel-postgres",
  dialect: "postgresql",
  create: async () => {
    const url = await (await postgresServer()).createDatabase();
    // It takes addresses of its service, and this one.
    const connectionString = url.replace(/^postgres:(.*)127\.0\.0\.1/, "postgresql:$1localhost");
    // The settings of its Neon client are those of a class that every connection has, and nothing exports.
    const { neonConfig } = createClient({ connectionString });
    Object.assign(neonConfig.constructor, localConnections);
    return {
      dsn: url,
      connect: async (config) => {
        const client = createPool({ connectionString, max: 4 });
        client.on("error", () => undefined);
        return Promise.resolve(pgHandle(drizzle({ client, ...config }), async () => client.end()));
      },
      drop: async () => Promise.resolve(),
    };
  },
};
