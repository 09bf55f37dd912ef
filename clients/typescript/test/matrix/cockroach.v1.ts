import { drizzle } from "drizzle-orm/cockroach";
import { Pool } from "pg";
import type { DriverUnderTest } from "./driver.js";
import { pgHandle, postgresServer } from "./pg_drivers.js";

/** Over PostgreSQL, whose protocol CockroachDB speaks. */
export const driver: DriverUnderTest = {
  name: "cockroach",
  dialect: "postgresql",
  cockroach: true,
  create: async () => {
    const url = await (await postgresServer()).createDatabase();
    return {
      dsn: url,
      connect: async (config) => {
        const client = new Pool({ connectionString: url, max: 4 });
        client.on("error", () => undefined);
        return Promise.resolve(pgHandle(drizzle({ client, ...config }), async () => client.end()));
      },
      drop: async () => Promise.resolve(),
    };
  },
};
