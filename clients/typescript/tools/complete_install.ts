// Run after an installation. An npm that runs on an old Node, such as Debian 12's, leaves out the optional packages that ask for a newer one:
// the compiled halves of the tools. By now a new Node and npm are installed, so the new npm adds what is missing. And it compiles better-sqlite3
// anew: what Debian's npm compiles is linked with Debian's libnode, and brings any other Node down.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const agent = process.env["npm_config_user_agent"] ?? "";
const major = Number(/\bnode\/v(\d+)/.exec(agent)?.[1] ?? process.versions.node.split(".")[0]);
if (major < 22) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const npm = fileURLToPath(new URL("../node_modules/npm/bin/npm-cli.js", import.meta.url));
  for (const command of [
    ["install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"],
    ["rebuild", "better-sqlite3"],
  ]) {
    // Node's own list of certificate authorities lacks those that a company adds to its machines.
    const { status } = spawnSync(process.execPath, ["--use-system-ca", npm, ...command], { cwd: root, stdio: "inherit" });
    process.exitCode ||= status ?? 1;
  }
}
