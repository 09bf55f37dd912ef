import { connect } from "@tidbcloud/serverless";
import { drizzle } from "drizzle-orm/tidb-serverless";
import type { DriverUnderTest } from "./driver.js";
import { type MysqlOverHttp, overHttp, type Told, typeName } from "./mysql_over_http.js";

/** TiDB's own client, whose requests are answered here, from a MariaDB of this machine. */
export const tidb: DriverUnderTest = {
  ...overHttp("tidb-serverless", (service, config) => {
    const client = connect({
      host: "tidb",
      username: "uow",
      password: "secret",
      fetch: async (_address, init) => {
        const { query } = JSON.parse(init?.body ?? "") as { readonly query: string };
        return answer(service, query, init?.headers["TiDB-Session"] ?? "");
      },
    });
    return drizzle({ client, ...config });
  }),
  lateral: true,
};

/** Outside of transactions a session has a name too. */
const none = "none";

async function answer(service: MysqlOverHttp, query: string, session: string): Promise<Response> {
  try {
    const { told, session: next } = await service.run(query, session === none ? "" : session);
    return Response.json(resultOf(told), { headers: { "TiDB-Session": next || none } });
  } catch (error) {
    const { message, errno, sqlState } = error as Readonly<Record<string, unknown>>;
    const said = `Execute SQL fail: Error ${errno as number} (${sqlState as string}): ${message as string}`;
    return Response.json({ code: "ERROR", message: said }, { status: 400 });
  }
}

function resultOf({ fields, rows, affected, insertId }: Told): object {
  const types = fields.map((field) => ({ name: field.name, type: typeName(field), nullable: true }));
  const cells = rows.map((row) => row.map((cell, i) => textOf(cell, types[i]?.type ?? "")));
  return { types, rows: cells, rowsAffected: affected, sLastInsertID: insertId };
}

function textOf(cell: Buffer | null, type: string): string | null {
  return cell === null ? null : cell.toString(/BLOB|BINARY/.test(type) ? "hex" : "utf8");
}
