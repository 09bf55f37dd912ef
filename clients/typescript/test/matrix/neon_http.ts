import { neon, neonConfig } from "@neondatabase/serverless";
import { drizzle } from "drizzle-orm/neon-http";
import { Client, DatabaseError } from "pg";
import { type DriverUnderTest, plainRows } from "./driver.js";
import { postgresServer } from "./pg_drivers.js";

/** Neon's own client, whose requests over HTTP are answered here, from a PostgreSQL of this machine. */
export const neonHttp: DriverUnderTest = {
  name: "neon-http",
  dialect: "postgresql",
  batches: true,
  create: async () => {
    const url = await (await postgresServer()).createDatabase();
    neonConfig.fetchFunction = answer;
    return {
      dsn: url,
      connect: async (config) => {
        const client = new Client(url);
        client.on("error", () => undefined);
        await client.connect();
        const db = drizzle({ client: neon(withPassword(url)), ...config });
        return {
          db,
          transaction: async () => Promise.reject(new Error("there are no transactions over HTTP")),
          execute: async (text) => client.query(text),
          rows: async (text) => plainRows((await client.query<object>(text)).rows),
          close: async () => client.end(),
        };
      },
      drop: async () => Promise.resolve(),
    };
  },
};

interface NeonQuery {
  readonly query: string;
  readonly params: unknown[];
}

/** Neon's client wants one. */
export function withPassword(url: string): string {
  return url.replace("postgres@", "postgres:none@");
}

/** Neon's SQL over HTTP: a query, or several in one transaction. Values travel as PostgreSQL's text. */
export async function answer(
  _url: string,
  request: { readonly body: string; readonly headers: Record<string, string> },
): Promise<Response> {
  const client = new Client(request.headers["Neon-Connection-String"]);
  await client.connect();
  try {
    const body = JSON.parse(request.body) as NeonQuery | { readonly queries: readonly NeonQuery[] };
    if ("query" in body) return Response.json(await run(client, body));
    await client.query("BEGIN");
    const results: unknown[] = [];
    for (const query of body.queries) results.push(await run(client, query));
    await client.query("COMMIT");
    return Response.json({ results });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return Response.json({ ...Object.fromEntries(Object.entries(error)), message: error.message }, { status: 400 });
  } finally {
    await client.end();
  }
}

async function run(client: Client, { query, params }: NeonQuery): Promise<object> {
  const types = { getTypeParser: () => (text: unknown) => text };
  const { rows, fields, command, rowCount } = await client.query({
    text: query,
    values: params,
    rowMode: "array",
    types,
  });
  return { rows, fields, command, rowCount, rowAsArray: true };
}
