import { Client } from "@planetscale/database";
import { drizzle } from "drizzle-orm/planetscale-serverless";
import type { DriverUnderTest } from "./driver.js";
import { type MysqlOverHttp, overHttp, type Told, typeName } from "./mysql_over_http.js";

/** PlanetScale's own client, whose requests are answered here, from a MariaDB of this machine. */
export const planetscale: DriverUnderTest = overHttp("planetscale-serverless", (service, config) => {
  const client = new Client({
    host: "planetscale",
    username: "uow",
    password: "secret",
    fetch: async (_address, init) => Response.json(await answer(service, JSON.parse(init?.body ?? "") as Request)),
  });
  return drizzle({ client, ...config });
});

interface Request {
  readonly query: string;
  readonly session: { readonly signature: string } | null;
}

async function answer(service: MysqlOverHttp, { query, session }: Request): Promise<object> {
  try {
    const { told, session: signature } = await service.run(query, session?.signature ?? "");
    return { session: { signature }, result: resultOf(told), timing: 0.001 };
  } catch (error) {
    const { message, errno, sqlState } = error as Readonly<Record<string, unknown>>;
    const said = `target: test.-.primary: vttablet: rpc error: code = Unknown desc = ${message as string} (errno ${errno as number}) (sqlstate ${sqlState as string}) (CallerID: uow): Sql: "${query}", BindVars: {REDACTED}`;
    return { session, error: { code: "UNKNOWN", message: said } };
  }
}

function resultOf({ fields, rows, affected, insertId }: Told): object {
  return {
    rowsAffected: String(affected),
    insertId,
    fields: fields.map((field) => ({ name: field.name, type: vitessType(typeName(field)), charset: field.characterSet })),
    rows: rows.map((row) => ({
      lengths: row.map((cell) => String(cell?.length ?? -1)),
      values: Buffer.concat(row.filter((cell) => cell !== null)).toString("base64"),
    })),
  };
}

const bits: Readonly<Record<string, string>> = {
  TINYINT: "INT8",
  SMALLINT: "INT16",
  MEDIUMINT: "INT24",
  INT: "INT32",
  BIGINT: "INT64",
  FLOAT: "FLOAT32",
  DOUBLE: "FLOAT64",
};

function vitessType(name: string): string {
  const plain = name.replace("UNSIGNED ", "");
  return (plain === name ? "" : "U") + (bits[plain] ?? plain);
}
