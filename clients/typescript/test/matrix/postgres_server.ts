import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type QueryResult } from "pg";
import { endProcess, freePort, unprivileged } from "../support/private_process.ts";

/** A private PostgreSQL on a loopback port, with its data in a directory of its own. */
export class PostgresServer {
  private server: ChildProcess | undefined;
  private databases = 0;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), "uow-ts-pg-"));
    if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid);
    const args = ["-D", join(directory, "data"), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"];
    execFileSync(program("initdb"), args, { stdio: "ignore", cwd: "/", ...user });
    const server = new PostgresServer(directory, await freePort());
    await server.up();
    return server;
  }

  /** Starts it, also again after `kill`. */
  async up(): Promise<void> {
    const settings = ["fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${this.directory}`, "max_connections=60"];
    const args = ["-D", join(this.directory, "data"), "-p", String(this.port), ...settings.flatMap((setting) => ["-c", setting])];
    this.server = spawn(program("postgres"), args, { stdio: "ignore", cwd: "/", ...user });
    for (let tries = 0; ; tries++) {
      const client = new Client(this.url("postgres"));
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (tries > 200) throw error;
        await sleep(50);
      }
    }
  }

  url(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes an empty database and returns its URL. */
  async createDatabase(): Promise<string> {
    const name = `test_${++this.databases}`;
    await this.query("postgres", `CREATE DATABASE ${name}`);
    return this.url(name);
  }

  async query(database: string, text: string): Promise<QueryResult> {
    const client = new Client(this.url(database));
    await client.connect();
    try {
      return await client.query(text);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.down("SIGINT");
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Ends it without a goodbye. */
  async kill(): Promise<void> {
    await this.down("SIGQUIT");
  }

  private async down(signal: NodeJS.Signals): Promise<void> {
    await endProcess(this.server, signal);
    this.server = undefined;
  }
}

/** PostgreSQL refuses to run as root. */
const user = unprivileged("postgres");

function program(name: string): string {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).map(Number) : [];
  return versions.length === 0 ? name : join(root, String(Math.max(...versions)), "bin", name);
}
