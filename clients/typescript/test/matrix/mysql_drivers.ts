import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle as drizzleSinglestore } from "drizzle-orm/singlestore";
import { createPool, type Pool } from "mysql2/promise";
import { type DriverUnderTest, type DrizzleConfig, type Handle, line, plainRows } from "./driver.js";
import { MysqlServer } from "./mysql_server.js";

export const mysqlDrivers: readonly DriverUnderTest[] = [
  {
    name: "mysql2",
    dialect: "mysql",
    create: async () => createMysql(connectMysql2),
  },
  {
    name: "singlestore",
    dialect: "mysql",
    singlestore: true,
    create: async () => createMysql((client, config) => drizzleSinglestore({ client, ...config } as never)),
  },
];

function connectMysql2(client: Pool, config: DrizzleConfig | undefined): MysqlDatabase {
  if (line === "1.0") return drizzleMysql({ client, ...config });
  // The mode without LATERAL, which MariaDB lacks. A client and a mode in one object are taken for a client.
  return drizzleMysql(client as never, { ...config, mode: "planetscale" } as never);
}

let server: Promise<MysqlServer> | undefined;

/** The MariaDB of this test file. */
export async function mysqlServer(): Promise<MysqlServer> {
  server ??= MysqlServer.start();
  return server;
}

export async function stopMysql(): Promise<void> {
  await (await server)?.stop();
  server = undefined;
}

interface MysqlDatabase {
  transaction(work: (tx: object) => Promise<void>): Promise<void>;
}

async function createMysql(connect: (client: Pool, config: DrizzleConfig | undefined) => MysqlDatabase) {
  const url = await (await mysqlServer()).createDatabase();
  return {
    dsn: url,
    connect: async (config?: DrizzleConfig): Promise<Handle> => {
      const client = createPool({ uri: url, connectionLimit: 4, supportBigNumbers: true, multipleStatements: true });
      const db = connect(client, config);
      return Promise.resolve({
        db,
        transaction: async (work) => db.transaction(work),
        execute: async (text) => {
          await client.query(text);
        },
        rows: async (text) => plainRows((await client.query(text))[0] as object[]),
        close: async () => client.end(),
      });
    },
    drop: async () => Promise.resolve(),
  };
}
