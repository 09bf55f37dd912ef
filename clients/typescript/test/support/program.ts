import { type ChildProcess, fork, type ForkOptions } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { rolldown } from "rolldown";

const built = new Map<string, Promise<string>>();
const root = fileURLToPath(new URL("../..", import.meta.url));

// Packages stay outside, so that the bundle is made in a moment; it lies where Node finds them.
async function bundle(source: string): Promise<string> {
  const v1 = process.env["DRIZZLE_LINE"] === "1.0";
  const bundler = await rolldown({
    input: source,
    platform: "node",
    external: (id) => id !== "drizzle-uow" && !id.startsWith(".") && !id.startsWith("/"),
    resolve: { extensionAlias: { ".js": [".ts", ".js"] }, alias: { "drizzle-uow": join(root, "src", "index.ts") } },
  });
  const directory = mkdtempSync(join(root, "node_modules", ".uow-test-"));
  process.once("exit", () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const file = join(directory, "program.mjs");
  await bundler.write({
    file,
    format: "esm",
    codeSplitting: false,
    ...(v1 ? { paths: (id: string) => id.replace(/^drizzle-orm(?=\/|$)/, "drizzle-orm-v1") } : {}),
  });
  return file;
}

/** The file of a program that Node can run: this package's sources, or what imports it as users do, bundled. */
export async function programFile(url: URL): Promise<string> {
  const source = fileURLToPath(url);
  let program = built.get(source);
  if (program === undefined) built.set(source, (program = bundle(source)));
  return program;
}

/** Starts a program of the tests, written in TypeScript, as a process of its own that can be killed. Resolves with its first message. */
export async function startProgram<T = unknown>(
  url: URL,
  args: string[] = [],
  options: ForkOptions = {},
): Promise<[ChildProcess, T]> {
  const child = fork(await programFile(url), args, options);
  const message = await new Promise<T>((resolve, reject) => {
    child.once("message", (first) => resolve(first as T));
    child.once("exit", (code, signal) =>
      reject(new Error(`${url.pathname} ended with ${code ?? signal} before its first message`)),
    );
  });
  return [child, message];
}
