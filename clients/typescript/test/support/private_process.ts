import { type ChildProcess, execFileSync } from "node:child_process";
import { createServer } from "node:net";

// What private database servers of the tests have in common.

/** Whom to run a server as that refuses to run as root; nothing where we aren't root. */
export function unprivileged(account: string): { uid?: number; gid?: number } {
  const idOf = (which: "-u" | "-g") => Number(execFileSync("id", [which, account]).toString());
  return process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Sends a process a signal and waits for its end; none where it has ended. */
export async function endProcess(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.kill(signal);
  await ended;
}
