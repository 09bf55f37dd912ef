import { type ChildProcess, execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// What private database servers of the tests have in common.

/** Whom to run a server as that refuses to run as root; nothing where we aren't root. */
export function unprivileged(account: string): { uid?: number; gid?: number } {
  const idOf = (which: "-u" | "-g") => Number(execFileSync("id", [which, account]).toString());
  return process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
}

/** A port of 127.0.0.1 that nobody listens on. It is none of those that Linux gives clients (from 32,768 on): one of them would have it first. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(10_000, 32_768);
    if (await isFree(port)) return port;
  }
  throw new Error("a hundred ports of 127.0.0.1 were tried, and all are taken");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Sends a process a signal and waits for its end; none where it has ended. */
export async function endProcess(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.kill(signal);
  await ended;
}
