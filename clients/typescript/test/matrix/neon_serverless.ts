import { connect, type Socket } from "node:net";
import { neonConfig, Pool } from "@neondatabase/serverless";
import { drizzle } from "drizzle-orm/neon-serverless";
import type { DriverUnderTest } from "./driver.js";
import { pgHandle, postgresServer } from "./pg_drivers.js";

/** What Neon's client takes for a WebSocket: it ends at a PostgreSQL of this machine. */
class LocalSocket extends EventTarget {
  binaryType = "arraybuffer";
  readyState = 0;
  private readonly socket: Socket;

  constructor(address: string) {
    super();
    const { hostname, port } = new URL(address);
    this.socket = connect(Number(port), hostname);
    this.socket.on("connect", () => this.tell("open", 1));
    this.socket.on("data", (data) => this.dispatchEvent(new MessageEvent("message", { data: Uint8Array.from(data).buffer })));
    this.socket.on("error", () => this.tell("error", 3));
    this.socket.on("close", () => this.tell("close", 3));
  }

  send(data: Uint8Array): void {
    this.socket.write(data);
  }

  close(): void {
    this.socket.end();
  }

  private tell(name: string, state: number): void {
    this.readyState = state;
    this.dispatchEvent(new Event(name));
  }
}

/** How Neon's client, and those that are made of it, reach a PostgreSQL of this machine. */
export const localConnections = {
  webSocketConstructor: LocalSocket,
  wsProxy: (host: string, port: number) => `${host}:${port}`,
  useSecureWebSocket: false,
  forceDisablePgSSL: true,
  pipelineConnect: false,
  pipelineTLS: false,
} as const;

/** Neon's own client, with its pool and its protocol, over a stand-in for the WebSocket. */
export const neonServerless: DriverUnderTest = {
  name: "neon-serverless",
  dialect: "postgresql",
  create: async () => {
    const url = await (await postgresServer()).createDatabase();
    Object.assign(neonConfig, localConnections);
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
