import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import BetterSqlite3 from "better-sqlite3";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A database, and examples that run as users run them: the built package, a process each, nothing configured. */
export class Stage {
  readonly directory = mkdtempSync(join(tmpdir(), "uow-example-"));
  readonly database = join(this.directory, "app.db");
  readonly #examples: Example[] = [];

  constructor(ddl: string) {
    if (!existsSync(join(root, "dist/index.js"))) throw new Error("npm run build first, or run npm test, which does");
    new BetterSqlite3(this.database).exec("PRAGMA journal_mode = WAL").exec(ddl).close();
  }

  rows(query: string): unknown[] {
    const db = new BetterSqlite3(this.database, { readonly: true });
    const rows = db.prepare(query).all();
    db.close();
    return rows;
  }

  /** Starts a program of `examples/` with the database as its first argument. */
  start(program: string, ...args: string[]): Example {
    const example = new Example(program, [this.database, ...args], {
      ...process.env,
      UOW_ENDPOINT: "",
      UOW_DATA_DIR: join(this.directory, "journal"),
    });
    this.#examples.push(example);
    return example;
  }

  /** Kills the uowd that the examples have started. Returns how many there were. */
  killUowd(): number {
    const found = readdirSync("/proc").filter((pid) => serves(pid, join(this.directory, "journal")));
    for (const pid of found) process.kill(Number(pid), "SIGKILL");
    return found.length;
  }

  async remove(): Promise<void> {
    for (const example of this.#examples) await example.kill();
    this.killUowd();
    // Again where a uowd that is killed hasn't ended yet.
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 10 });
  }
}

function serves(pid: string, data: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return args.includes("--data-dir") && args.includes(data);
  } catch {
    return false;
  }
}

/** A running example. */
export class Example {
  output = "";
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(program: string, args: string[], env: NodeJS.ProcessEnv) {
    this.#process = spawn(process.execPath, [join(root, "examples", program), ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (text) => {
        this.output += String(text);
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#process.once("close", resolve);
    });
  }

  /** Resolves with its output when it has ended by itself, successfully. */
  async end(): Promise<string> {
    const code = await this.#ended;
    if (code !== 0) throw new Error(`it ended with ${code}:\n${this.output}`);
    return this.output;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  /** A server's requests. Started with port 0, it prints its address. */
  async client(): Promise<(method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>> {
    for (const limit = Date.now() + 20_000; !/^http:.*$/m.test(this.output); ) {
      if (Date.now() > limit || !this.running) throw new Error(`it doesn't listen:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const address = /^http:.*$/m.exec(this.output)?.[0];
    return async (method, path, body) => {
      const answer = await fetch(`${address}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
    };
  }
}
