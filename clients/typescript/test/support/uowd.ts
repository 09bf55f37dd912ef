import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A uowd of a test's own, that can be killed and started again on the same data. */
export class TestUowd {
  readonly directory = mkdtempSync(join(tmpdir(), "uow-"));
  readonly socket = join(this.directory, "uowd.sock");
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(
    private readonly binary: string,
    private readonly options: string[],
  ) {}

  /** `options` are further flags of uowd. */
  static async start(...options: string[]): Promise<TestUowd> {
    const binary = process.env["UOWD_PATH"];
    if (binary === undefined) throw new Error("set UOWD_PATH to a uowd binary, or run ./dev test");
    const uowd = new TestUowd(binary, options);
    await uowd.start();
    return uowd;
  }

  get endpoint(): string {
    return `unix:${this.socket}`;
  }

  /** The port of its TCP listener, if it has one. */
  get port(): number {
    return Number(/listening on [^/]*:(\d+)$/m.exec(this.#output)?.[1]);
  }

  async start(): Promise<void> {
    const args = ["--data-dir", join(this.directory, "data"), "--listen", this.endpoint, "--log-level", "error", ...this.options];
    const child = spawn(this.binary, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on("data", (text) => {
        this.#output += String(text);
        resolve();
      });
      child.once("exit", (code) => reject(new Error(`uowd ended with ${code}`)));
    });
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** Lets it hang. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }
}
