import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, createConnection } from "mysql2/promise";
import { endProcess, freePort, unprivileged } from "../support/private_process.js";

/** A private MariaDB on a loopback port, with its data in a directory of its own. */
export class MysqlServer {
  private server: ChildProcess | undefined;
  private databases = 0;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  static async start(): Promise<MysqlServer> {
    const directory = mkdtempSync(join(tmpdir(), "uow-ts-mysql-"));
    if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid);
    const server = new MysqlServer(directory, await freePort());
    const args = ["--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-log-file-size=8M"];
    execFileSync("mariadb-install-db", ["--no-defaults", `--datadir=${server.data}`, ...args], {
      stdio: "ignore",
      cwd: "/",
      ...user,
    });
    await server.up();
    await server.query("CREATE USER uow@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO uow@'127.0.0.1' WITH GRANT OPTION");
    return server;
  }

  /** Starts it, also again after `kill`. */
  async up(): Promise<void> {
    const settings = [
      `--datadir=${this.data}`,
      `--socket=${this.socket}`,
      `--port=${this.port}`,
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      "--innodb-flush-log-at-trx-commit=0",
      "--innodb-log-file-size=8M",
      "--skip-log-bin",
    ];
    this.server = spawn("mariadbd", ["--no-defaults", ...settings], { stdio: "ignore", cwd: "/", ...user });
    for (let tries = 0; ; tries++) {
      try {
        await this.query("SELECT 1");
        return;
      } catch (error) {
        if (tries > 400) throw error;
        await sleep(50);
      }
    }
  }

  url(database: string): string {
    return `mysql://uow:secret@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes an empty database and returns its URL. */
  async createDatabase(): Promise<string> {
    const name = `test_${++this.databases}`;
    await this.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    return this.url(name);
  }

  /** Runs statements, separated by semicolons. */
  async query(text: string): Promise<void> {
    const connection: Connection = await createConnection({ socketPath: this.socket, user: "root", multipleStatements: true });
    try {
      await connection.query(text);
    } finally {
      await connection.end();
    }
  }

  async stop(): Promise<void> {
    await this.down("SIGTERM");
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Ends it without a goodbye. */
  async kill(): Promise<void> {
    await this.down("SIGKILL");
  }

  private get data(): string {
    return join(this.directory, "data");
  }

  private get socket(): string {
    return join(this.directory, "s");
  }

  private async down(signal: NodeJS.Signals): Promise<void> {
    await endProcess(this.server, signal);
    this.server = undefined;
  }
}

/** MariaDB refuses to run as root. */
const user = unprivileged("nobody");
