import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { uowError } from "../errors.js";
import type { LocalDirectories } from "./directories.js";
import { checkOwner, noteOwner } from "./owner.js";
import { explainOutput, notRunnable } from "./start_failure.js";
import { joinUsers, leaveUsers } from "./user_pipe.js";

const startTimeoutMs = 30_000;
const pollMs = 20;
// After the last process has left; a program that is run again and again finds it still there.
const graceAfterLastUser = "5s";

const maxLogBytes = 1 << 20;

/**
 * This process's share in the `uowd` of one data directory. The first process starts it; it ends some seconds after the last one has left or
 * died. `ensure` and `release` are for one task at a time.
 */
export class LocalUowd {
  readonly #binary: string;
  readonly #directories: LocalDirectories;
  #descriptor: number | undefined;

  constructor(binary: string, directories: LocalDirectories) {
    this.#binary = binary;
    this.#directories = directories;
  }

  /**
   * Resolves when a `uowd` serves the directory and counts this process among its users; starts one where there is none, or none any more.
   * Errors: UOWD_START_FAILED, UOWD_VERSION_MISMATCH, UOWD_DIRECTORY_READ_ONLY.
   */
  async ensure(): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    while (!this.#join()) {
      if (Date.now() > deadline) throw this.#failed(`none was ready within ${startTimeoutMs / 1000} s`);
      await this.#start(deadline);
    }
  }

  /** Leaves. The last one's leaving ends the `uowd`. */
  release(): void {
    if (this.#descriptor !== undefined) leaveUsers(this.#descriptor);
    this.#descriptor = undefined;
  }

  #join(): boolean {
    const joined = joinUsers(this.#directories.data);
    // The one before may belong to a uowd that was killed.
    this.release();
    this.#descriptor = joined;
    if (joined === undefined) return false;
    try {
      checkOwner(this.#directories.data, this.#binary);
    } catch (error) {
      this.release();
      throw error;
    }
    return true;
  }

  // Returns when there is a uowd, or when the one that was started here has given way to another process's.
  async #start(deadline: number): Promise<void> {
    const log = join(this.#directories.data, "uowd.log");
    const output = this.#openLog(log);
    // Others may be starting one at the same time, and write to the same file: at worst this process reads of their failure, too.
    const begin = fstatSync(output).size;
    const child = this.#spawn(output);
    if (child.pid !== undefined) noteOwner(this.#directories.data, child.pid, this.#binary);
    let spawnError: Error | undefined;
    child.once("error", (error) => {
      spawnError = error;
    });
    try {
      while (Date.now() < deadline) {
        const probe = joinUsers(this.#directories.data);
        if (probe !== undefined) {
          leaveUsers(probe);
          break;
        }
        if (spawnError !== undefined) throw notRunnable(this.#binary, spawnError) ?? this.#failed(spawnError.message);
        if (child.exitCode !== null || child.signalCode !== null) {
          this.#checkOutput(readFileSync(log).subarray(begin).toString(), child);
          await sleep(pollMs + Math.random() * pollMs);
          return;
        }
        await sleep(pollMs);
      }
    } finally {
      child.removeAllListeners();
    }
  }

  #openLog(log: string): number {
    try {
      if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) truncateSync(log);
      return openSync(log, "a", 0o600);
    } catch (cause) {
      throw uowError(
        "UOWD_DIRECTORY_READ_ONLY",
        `The directory ${this.#directories.data} for uowd's data can't be written: ${String(cause)}. Set UOW_DATA_DIR to one that this ` +
          `user may write, or UOW_ENDPOINT to the address of a running uowd.`,
        { cause },
      );
    }
  }

  #spawn(output: number): ChildProcess {
    const { data, socket } = this.#directories;
    try {
      const child = spawn(
        this.#binary,
        ["--data-dir", data, "--listen", `unix:${socket}`, "--exit-when-unused", graceAfterLastUser, "--log-level", "warn"],
        // A group of its own: Ctrl-C in a terminal is for this process, and the others go on using it.
        { detached: true, stdio: ["ignore", output, output], cwd: "/" },
      );
      child.unref();
      return child;
    } catch (error) {
      throw notRunnable(this.#binary, error as NodeJS.ErrnoException) ?? this.#failed(String(error));
    } finally {
      closeSync(output);
    }
  }

  // Throws unless the uowd only lost the race against another one.
  #checkOutput(output: string, child: ChildProcess): void {
    if (output.includes("is open in another process")) return;
    const known = explainOutput(this.#binary, output);
    if (known !== undefined) throw known;
    const end = child.signalCode === null ? `it exited with code ${child.exitCode}` : `it was ended by ${child.signalCode}`;
    throw this.#failed(`${end}${output.trim() === "" ? "" : `:\n${output.trim().split("\n").slice(-10).join("\n")}`}`);
  }

  #failed(why: string): Error {
    return uowError("UOWD_START_FAILED", `${this.#binary} could not be started on ${this.#directories.data}: ${why}`);
  }
}
