import { RDSDataClient } from "@aws-sdk/client-rds-data";
import { drizzle } from "drizzle-orm/aws-data-api/pg";
import { DatabaseError, Pool, type PoolClient, type QueryArrayResult } from "pg";
import { type DriverUnderTest, line } from "./driver.js";
import { pgHandle, postgresServer } from "./pg_drivers.js";

/** AWS's own client, whose requests are answered here, from a PostgreSQL of this machine. */
export const awsDataApi: DriverUnderTest = {
  name: "aws-data-api/pg",
  dialect: "postgresql",
  withoutBigints: line === "0.45",
  create: async () => {
    const url = await (await postgresServer()).createDatabase();
    return {
      dsn: url,
      connect: async (config) => {
        const service = new DataApi(url);
        const client = new RDSDataClient({
          region: "eu-central-1",
          credentials: { accessKeyId: "none", secretAccessKey: "none" },
          maxAttempts: 1,
          requestHandler: { handle: async (request: HttpRequest) => ({ response: await service.answer(request) }) },
        });
        const db = drizzle({ client, database: "test", resourceArn: "arn:database", secretArn: "arn:secret", ...config });
        return Promise.resolve({ ...pgHandle(db, async () => service.stop()), execute: async (text) => service.execute(text) });
      },
      drop: async () => Promise.resolve(),
    };
  },
};

interface HttpRequest {
  readonly path: string;
  readonly body: Uint8Array;
}

interface Statement {
  readonly sql: string;
  readonly transactionId?: string;
  readonly includeResultMetadata?: boolean;
  readonly parameters?: readonly Parameter[];
}

interface Parameter {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly typeHint?: string;
}

const hinted: Readonly<Record<string, string>> = {
  DATE: "date",
  DECIMAL: "numeric",
  JSON: "json",
  TIME: "time",
  TIMESTAMP: "timestamp",
  UUID: "uuid",
};
const typed: Readonly<Record<string, string>> = {
  blobValue: "bytea",
  booleanValue: "boolean",
  doubleValue: "float8",
  longValue: "bigint",
  stringValue: "varchar",
};

/** The service: transactions by their ids, and parameters whose types are those of their values, so that the database casts none by itself. */
class DataApi {
  private readonly pool: Pool;
  private readonly transactions = new Map<string, PoolClient>();
  private begun = 0;

  constructor(url: string) {
    this.pool = new Pool({ connectionString: url, max: 4 });
    this.pool.on("error", () => undefined);
  }

  async execute(text: string): Promise<unknown> {
    return this.pool.query(text);
  }

  async stop(): Promise<void> {
    await this.pool.end();
  }

  async answer({ path, body }: HttpRequest): Promise<object> {
    try {
      return response(200, await this.run(path, JSON.parse(new TextDecoder().decode(body)) as Statement));
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const { message, detail, position, code } = error;
      const told = [`ERROR: ${message}`, detail && `Detail: ${detail}`, position && `Position: ${position}`, `SQLState: ${code}`];
      return response(400, { message: told.filter(Boolean).join("; ") }, { "x-amzn-errortype": "DatabaseErrorException" });
    }
  }

  private async run(path: string, request: Statement): Promise<object> {
    const { transactionId = "" } = request;
    switch (path) {
      case "/BeginTransaction": {
        const id = `transaction ${++this.begun}`;
        const client = await this.pool.connect();
        await client.query("BEGIN");
        this.transactions.set(id, client);
        return { transactionId: id };
      }
      case "/CommitTransaction":
        return this.end(transactionId, "COMMIT");
      case "/RollbackTransaction":
        return this.end(transactionId, "ROLLBACK");
      default:
        return this.runStatement(this.transactions.get(transactionId) ?? this.pool, request);
    }
  }

  private async end(id: string, how: "COMMIT" | "ROLLBACK"): Promise<object> {
    const client = this.transactions.get(id);
    this.transactions.delete(id);
    try {
      await client?.query(how);
    } finally {
      client?.release();
    }
    return { transactionStatus: how };
  }

  private async runStatement(
    client: Pool | PoolClient,
    { sql, parameters = [], includeResultMetadata }: Statement,
  ): Promise<object> {
    const types = new Map(parameters.map((parameter) => [parameter.name, typeOf(parameter)]));
    const result = await client.query({
      text: sql.replace(/(?<!:):(\d+)\b/g, (_, name: string) => `$${name}${types.get(name)}`),
      values: parameters.map(valueOf),
      rowMode: "array",
      types: { getTypeParser: () => (text: unknown) => text },
    });
    return answerOf(result as QueryArrayResult<(string | null)[]>, includeResultMetadata === true);
  }
}

function typeOf({ value, typeHint }: Parameter): string {
  if (typeHint !== undefined) return `::${hinted[typeHint]}`;
  const name = Object.keys(value)[0] ?? "";
  return name in typed ? `::${typed[name]}` : "";
}

function valueOf({ value }: Parameter): unknown {
  if ("isNull" in value) return null;
  if ("blobValue" in value) return Buffer.from(value["blobValue"] as string, "base64");
  return Object.values(value)[0];
}

function answerOf({ rows, fields, command, rowCount }: QueryArrayResult<(string | null)[]>, metadata: boolean): object {
  if (fields.length === 0) return { numberOfRecordsUpdated: command === "SELECT" ? 0 : (rowCount ?? 0), generatedFields: [] };
  const records = rows.map((row) => row.map((text, i) => cellOf(text, fields[i]?.dataTypeID ?? 0)));
  return {
    numberOfRecordsUpdated: command === "SELECT" ? 0 : (rowCount ?? 0),
    records,
    ...(metadata ? { columnMetadata: fields.map(({ name }) => ({ name })) } : {}),
  };
}

/** A value of PostgreSQL's, given as text. */
function cellOf(text: string | null, type: number): object {
  if (text === null) return { isNull: true };
  const { BOOL, BYTEA, FLOAT4, FLOAT8, INT2, INT4, INT8 } = oids;
  if (type === BOOL) return { booleanValue: text === "t" };
  if (type === BYTEA) return { blobValue: Buffer.from(text.slice(2), "hex").toString("base64") };
  if (type === FLOAT4 || type === FLOAT8) return { doubleValue: Number(text) };
  if (type === INT2 || type === INT4 || type === INT8) return { longValue: `number ${text}` };
  return { stringValue: text };
}

/** Integers go as numbers with all their digits, which JavaScript's can't have. */
function response(statusCode: number, answer: object, headers: Record<string, string> = {}): object {
  const body = JSON.stringify(answer).replace(/"longValue":"number (-?\d+)"/g, '"longValue":$1');
  return { statusCode, headers: { "content-type": "application/json", ...headers }, body: new TextEncoder().encode(body) };
}

const oids = { BOOL: 16, BYTEA: 17, INT8: 20, INT2: 21, INT4: 23, FLOAT4: 700, FLOAT8: 701 };
