import { Types } from "mysql2";
import { createPool, type FieldPacket, type Pool, type PoolConnection, type ResultSetHeader } from "mysql2/promise";
import type { DialectName } from "../../src/model/model.js";
import { type DriverUnderTest, type DrizzleConfig, plainRows } from "./driver.js";
import { mysqlServer } from "./mysql_drivers.js";

/** What a MariaDB of this machine says to a statement: cells as the server sends them. */
export interface Told {
  readonly fields: readonly FieldPacket[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
  readonly affected: number;
  readonly insertId: string;
}

/** A service that runs MySQL's statements over HTTP, one a request. A transaction is a session. */
export class MysqlOverHttp {
  private readonly transactions = new Map<string, PoolConnection>();
  private begun = 0;

  private constructor(private readonly pool: Pool) {}

  /** Counts as affected what is changed, not what is found, as such services do. */
  static start(url: string): MysqlOverHttp {
    const pool = createPool({
      uri: url,
      connectionLimit: 4,
      flags: ["-FOUND_ROWS"],
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    pool.on("connection", (connection) => connection.query("SET time_zone = '+00:00'"));
    return new MysqlOverHttp(pool);
  }

  /** Rejects with mysql2's error where the database refuses. The session is empty outside of transactions. */
  async run(text: string, session: string): Promise<{ readonly told: Told; readonly session: string }> {
    if (text === "BEGIN") {
      const name = `transaction ${++this.begun}`;
      this.transactions.set(name, await this.pool.getConnection());
      return { told: await this.query(text, name), session: name };
    }
    const told = await this.query(text, session);
    if (text !== "COMMIT" && text !== "ROLLBACK") return { told, session };
    this.transactions.get(session)?.release();
    this.transactions.delete(session);
    return { told, session: "" };
  }

  async stop(): Promise<void> {
    await this.pool.end();
  }

  private async query(text: string, session: string): Promise<Told> {
    const connection = this.transactions.get(session) ?? this.pool;
    const options = { sql: text, rowsAsArray: true, typeCast: (cell: { buffer(): Buffer | null }) => cell.buffer() };
    const [result, fields] = await connection.query(options);
    if (Array.isArray(result)) return { fields, rows: result as unknown as Told["rows"], affected: 0, insertId: "0" };
    const { affectedRows, insertId } = result as ResultSetHeader;
    return { fields: [], rows: [], affected: affectedRows, insertId: String(insertId) };
  }
}

/** What MySQL calls the type of a column; UNSIGNED ahead of those of numbers without a sign. */
export function typeName(field: FieldPacket): string {
  // MariaDB's JSON is text with a remark.
  if (Reflect.get(field, "extendedFormat") === "json") return "JSON";
  const name = names[field.columnType ?? -1] ?? "VARCHAR";
  const [text, bytes] = name.split("/");
  const unsigned = name.endsWith("INT") && (Number(field.flags) & UNSIGNED) !== 0;
  return (bytes !== undefined && field.characterSet === BINARY ? bytes : text && (unsigned ? `UNSIGNED ${text}` : text)) ?? "";
}

const UNSIGNED = 32;
const BINARY = 63;

const names: Readonly<Record<number, string>> = {
  [Types.TINY]: "TINYINT",
  [Types.SHORT]: "SMALLINT",
  [Types.INT24]: "MEDIUMINT",
  [Types.LONG]: "INT",
  [Types.LONGLONG]: "BIGINT",
  [Types.FLOAT]: "FLOAT",
  [Types.DOUBLE]: "DOUBLE",
  [Types.NEWDECIMAL]: "DECIMAL",
  [Types.DATE]: "DATE",
  [Types.TIME]: "TIME",
  [Types.DATETIME]: "DATETIME",
  [Types.TIMESTAMP]: "TIMESTAMP",
  [Types.STRING]: "CHAR/BINARY",
  [Types.VAR_STRING]: "VARCHAR/VARBINARY",
  [Types.BLOB]: "TEXT/BLOB",
};

interface Database {
  transaction(work: (tx: object) => Promise<void>): Promise<void>;
}

/** A driver whose client is answered from such a service. */
export function overHttp(
  name: string,
  connect: (service: MysqlOverHttp, config: DrizzleConfig | undefined) => Database,
): DriverUnderTest {
  const dialect: DialectName = "mysql";
  return {
    name,
    dialect,
    create: async () => {
      const url = await (await mysqlServer()).createDatabase();
      return {
        dsn: url,
        connect: async (config) => {
          const service = MysqlOverHttp.start(url);
          const own = createPool({ uri: url, connectionLimit: 1, supportBigNumbers: true, multipleStatements: true });
          const db = connect(service, config);
          return Promise.resolve({
            db,
            transaction: async (work) => db.transaction(work),
            execute: async (text) => own.query(text),
            rows: async (text) => plainRows((await own.query(text))[0] as object[]),
            close: async () => {
              await service.stop();
              await own.end();
            },
          });
        },
        drop: async () => Promise.resolve(),
      };
    },
  };
}
