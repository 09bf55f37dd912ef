import type { ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Route, routeTo } from "../../src/launcher/connect.js";
import { localDirectories } from "../../src/launcher/directories.js";
import { parseEndpoint } from "../../src/launcher/endpoint.js";
import { findUowd, notFound, platformPackage } from "../../src/launcher/find_uowd.js";
import { LocalUowd } from "../../src/launcher/local_uowd.js";
import { joinUsers, leaveUsers } from "../../src/launcher/user_pipe.js";
import { serves as doesServe, version } from "../../src/launcher/version.js";
import { startProgram } from "../support/program.js";

let scratch: string;
let routes: Route[];
let children: ChildProcess[];

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "uow-"));
  routes = [];
  children = [];
});

afterEach(async () => {
  for (const route of routes) route.release();
  for (const child of children) child.kill("SIGKILL");
  await until(() => !served(data()), 20_000);
  rmSync(scratch, { recursive: true, force: true });
});

const data = () => join(scratch, "data");
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  UOW_ENDPOINT: "",
  UOW_DATA_DIR: data(),
  ...more,
});

function route(more: NodeJS.ProcessEnv = {}): Route {
  const made = routeTo({}, environment(more));
  routes.push(made);
  return made;
}

function served(directory: string): boolean {
  const descriptor = joinUsers(directory);
  if (descriptor === undefined) return false;
  leaveUsers(descriptor);
  return true;
}

async function until(condition: () => boolean, most: number): Promise<boolean> {
  for (const end = Date.now() + most; Date.now() < end; await sleep(20)) if (condition()) return true;
  return condition();
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address.replace(/^unix:/, ""));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

// The process ids of the uowds that serve the directory.
function servers(): number[] {
  return readdirSync("/proc").filter(serves).map(Number);
}

function serves(pid: string): boolean {
  try {
    const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return (program ?? "").includes("uowd") && args[args.indexOf("--data-dir") + 1] === data();
  } catch {
    return false;
  }
}

// A process that uses the project's uowd until it is killed or told to leave.
async function user(): Promise<ChildProcess> {
  const [child] = await startProgram(new URL("launcher_user.ts", import.meta.url), [], { env: environment() });
  children.push(child);
  return child;
}

describe("the local uowd", () => {
  it("is started by the first and ends when the last has left", async () => {
    const first = route();
    await first.ensure();
    expect(await answers(first.endpoint.address)).toBe(true);
    const second = route();
    await second.ensure();
    expect(servers()).toHaveLength(1);
    first.release();
    await sleep(6_000);
    expect(served(data())).toBe(true);
    second.release();
    expect(await until(() => servers().length === 0, 15_000)).toBe(true);
  });

  it("is started again where it was killed", async () => {
    const mine = route();
    await mine.ensure();
    const [before] = servers();
    process.kill(before as number, "SIGKILL");
    // A process that ends loses its command line before its pipe and its socket.
    expect(await until(() => servers().length === 0 && !served(data()), 5_000)).toBe(true);
    await mine.ensure();
    expect(await answers(mine.endpoint.address)).toBe(true);
    expect(servers()).not.toContain(before);
  });

  it("is one, however many processes start at once, and ends when all of them were killed", async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => user()));
    // Those that lost the race are about to end.
    expect(await until(() => servers().length === 1, 10_000)).toBe(true);
    for (const child of users.slice(1)) child.kill("SIGKILL");
    await sleep(6_000);
    expect(servers()).toHaveLength(1);
    users[0]?.kill("SIGKILL");
    expect(await until(() => servers().length === 0, 15_000)).toBe(true);
  }, 120_000);

  it("leaves no process behind that fails to start, and says why it did", async () => {
    const binary = join(scratch, "uowd");
    writeFileSync(binary, "#!/bin/sh\necho 'the disk is on fire' >&2\nexit 3\n", { mode: 0o755 });
    await expect(route({ UOWD_PATH: binary }).ensure()).rejects.toMatchObject({
      reason: "UOWD_START_FAILED",
      message: expect.stringMatching(/code 3[^]*the disk is on fire/) as string,
    });
  });

  it.each([
    {
      what: "that is too old",
      output: "uowd: The following arguments were not expected: 5s --exit-when-unused",
      reason: "UOWD_VERSION_MISMATCH",
      says: /older than this package/,
    },
    {
      what: "that finds a newer one's journal",
      output: "the journal in /data has format \\002, and this program only format 1",
      reason: "UOWD_VERSION_MISMATCH",
      says: /newer version.*UOW_DATA_DIR/,
    },
    {
      what: "whose glibc is newer than the system's",
      output: "uowd: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.36' not found (required by uowd)",
      reason: "UOWD_START_FAILED",
      says: /needs glibc 2\.36.*UOW_ENDPOINT/,
    },
    {
      what: "that lacks a library",
      output: "uowd: error while loading shared libraries: libpq.so.5: cannot open shared object file",
      reason: "UOWD_START_FAILED",
      says: /libpq\.so\.5.*brings its own/,
    },
  ])("$what says what to do", async ({ output, reason, says }) => {
    const binary = join(scratch, "uowd");
    writeFileSync(binary, `#!/bin/sh\ncat >&2 <<'END'\n${output}\nEND\nexit 2\n`, { mode: 0o755 });
    await expect(route({ UOWD_PATH: binary }).ensure()).rejects.toMatchObject({
      name: "UowdStartError",
      reason,
      message: expect.stringMatching(says) as string,
    });
  });

  it.each([
    { what: "for another C library", content: "#!/lib/ld-musl-none.so.1\n", mode: 0o755, says: /glibc.*UOW_ENDPOINT/ },
    { what: "for another processor", content: "\x7fELF\x02\x01\x01".padEnd(64, "\0"), mode: 0o755, says: /this machine \(/ },
    { what: "that isn't executable", content: "#!/bin/sh\n", mode: 0o644, says: /chmod \+x/ },
  ])("$what says what to do", async ({ content, mode, says }) => {
    const binary = join(scratch, "uowd");
    writeFileSync(binary, content);
    chmodSync(binary, mode);
    const uowd = new LocalUowd(binary, localDirectories(environment()));
    await expect(uowd.ensure()).rejects.toMatchObject({
      reason: "UOWD_START_FAILED",
      message: expect.stringMatching(says) as string,
    });
  });

  it("of an older version of this package isn't used by a newer one, and both are named", async () => {
    await route().ensure();
    const owner = join(data(), "uowd.owner.json");
    expect(JSON.parse(readFileSync(owner, "utf8"))).toMatchObject({ pid: servers()[0], version });
    writeFileSync(owner, JSON.stringify({ pid: process.pid, version: "0.0.9", binary: "/old/uowd" }));
    await expect(route().ensure()).rejects.toMatchObject({
      reason: "UOWD_VERSION_MISMATCH",
      message: expect.stringMatching(/0\.0\.9 \(\/old\/uowd\).*npm ls drizzle-uow.*UOW_DATA_DIR/) as string,
    });
    // One that is newer knows what this one asks for.
    writeFileSync(owner, JSON.stringify({ pid: process.pid, version: "0.99.0", binary: "/new/uowd" }));
    await route().ensure();
  });

  it("listens in a short place where its directory's path is long", async () => {
    const long = join(scratch, "x".repeat(100));
    const { data: made, socket } = localDirectories(environment({ UOW_DATA_DIR: long }));
    expect(made).toBe(long);
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(107);
    const mine = route({ UOW_DATA_DIR: long });
    await mine.ensure();
    expect(await answers(mine.endpoint.address)).toBe(true);
    mine.release();
    await until(() => !served(long), 15_000);
    rmSync(join(socket, ".."), { recursive: true, force: true });
  });
});

describe("the binary", () => {
  it("is UOWD_PATH before PATH", () => {
    const inPath = join(scratch, "bin", "uowd");
    mkdirSync(join(scratch, "bin"));
    writeFileSync(inPath, "", { mode: 0o755 });
    expect(findUowd({ PATH: join(scratch, "bin") })).toBe(inPath);
    expect(findUowd({ PATH: "", UOWD_PATH: inPath })).toBe(inPath);
  });

  it("that isn't there is an error that says what to do", () => {
    expect(() => findUowd({ PATH: scratch })).toThrow(
      new RegExp(`${platformPackage.replace("/", "\\/")}.*UOWD_PATH.*UOW_ENDPOINT`),
    );
    expect(() => findUowd({ PATH: scratch })).toThrow(expect.objectContaining({ reason: "UOWD_NOT_FOUND" }));
    const file = join(scratch, "file");
    writeFileSync(file, "");
    chmodSync(file, 0o644);
    expect(() => findUowd({ UOWD_PATH: file })).toThrow(/can be run/);
  });
});

describe("a platform without a package", () => {
  it("is told of those that have one, and of UOW_ENDPOINT", () => {
    expect(notFound("darwin-arm64")).toMatch(/no uowd for darwin-arm64: packages exist for linux-x64\..*UOW_ENDPOINT.*UOWD_PATH/);
  });
});

describe("the version", () => {
  it("is package.json's", () => {
    const read = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    expect((JSON.parse(read) as { version: string }).version).toBe(version);
  });

  it.each([
    ["1.2.0", "1.2.9", true],
    ["1.3.0", "1.2.0", true],
    ["1.1.9", "1.2.0", false],
    ["2.0.0", "1.9.0", false],
  ])("%s of uowd serves %s of the package: %s", (uowd, client, does) => {
    expect(doesServe(uowd, client)).toBe(does);
  });
});

describe("the data directory", () => {
  it("is the project's, wherever in it a process runs", () => {
    mkdirSync(join(scratch, "project", "src"), { recursive: true });
    writeFileSync(join(scratch, "project", "package.json"), "{}");
    const home = { XDG_STATE_HOME: join(scratch, "state") };
    const fromRoot = localDirectories(home, join(scratch, "project"));
    expect(localDirectories(home, join(scratch, "project", "src"))).toEqual(fromRoot);
    expect(fromRoot.data.startsWith(join(scratch, "state", "drizzle-uow"))).toBe(true);
    expect(existsSync(fromRoot.data)).toBe(true);
    mkdirSync(join(scratch, "other"));
    writeFileSync(join(scratch, "other", "package.json"), "{}");
    expect(localDirectories(home, join(scratch, "other")).data).not.toBe(fromRoot.data);
  });

  it("that can't be written is an error that names it", async () => {
    const blocked = join(scratch, "file");
    writeFileSync(blocked, "");
    expect(() => localDirectories({ UOW_DATA_DIR: join(blocked, "data") })).toThrow(
      expect.objectContaining({ reason: "UOWD_DIRECTORY_READ_ONLY", message: expect.stringContaining(blocked) as string }),
    );
  });
});

describe("an endpoint", () => {
  it.each([
    ["unix:/run/uowd.sock", { address: "unix:/run/uowd.sock", tls: false }],
    ["unix:///run/uowd.sock", { address: "unix:/run/uowd.sock", tls: false }],
    ["localhost:7411", { address: "localhost:7411", tls: false }],
    ["http://db.internal", { address: "db.internal:7411", tls: false }],
    ["http://db.internal:80", { address: "db.internal:80", tls: false }],
    ["https://uow.example.org", { address: "uow.example.org:443", tls: true }],
    ["https://uow.example.org:8443/", { address: "uow.example.org:8443", tls: true }],
    ["[::1]:7411", { address: "[::1]:7411", tls: false }],
  ])("%s is read", (text, expected) => {
    expect(parseEndpoint(text, "secret")).toEqual({ ...expected, token: "secret" });
  });

  it.each(["localhost", "", "ftp://x:1", "https://host/path", "user@host:1", "host:port"])("%j is refused", (text) => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ reason: "ENDPOINT_INVALID" }));
  });

  it("with a socket's path that is too long is refused", () => {
    expect(() => parseEndpoint(`unix:/${"x".repeat(107)}`)).toThrow(
      expect.objectContaining({ reason: "UOWD_SOCKET_PATH_TOO_LONG" }),
    );
  });

  it("that is given comes before the environment's, which comes before a local uowd", () => {
    const elsewhere = { UOW_ENDPOINT: "b:2", UOW_TOKEN: "t" };
    expect(routeTo({ endpoint: "a:1", token: "s" }, elsewhere).endpoint).toEqual({ address: "a:1", tls: false, token: "s" });
    expect(routeTo({}, elsewhere).endpoint).toEqual({ address: "b:2", tls: false, token: "t" });
  });
});
