import { existsSync, globSync } from "node:fs";
import { run } from "./pack.ts";

/** The files that say where this machine's packages come from. */
export function aptSources(): string[] {
  const files = ["/etc/apt/sources.list", ...globSync("/etc/apt/sources.list.d/*.{list,sources}")];
  return files.filter((file) => existsSync(file));
}

/** What of apt's options on this machine has to do with getting packages: proxies, certificates, retries. Mirrors may stand still. */
export function aptOptions(): string {
  const lines = run("apt-config", ["dump", "--format", '%F "%v";%n', "--no-empty", "Acquire"]).split("\n");
  const kept = lines.filter((line) => /^Acquire::(https?|ftp|Retries|ForceIPv[46])\b/.test(line));
  return [...kept, 'Acquire::Check-Valid-Until "false";', 'Acquire::Check-Date "false";', ""].join("\n");
}
