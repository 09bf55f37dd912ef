// Packs what users install: the library, and the platform's package with uowd. `./dev package`, or: pack.ts <directory> --uowd <path>
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packageOf, platform, platforms } from "../src/launcher/platforms.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The library's package.json. */
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** Runs a program and returns its output. */
export function run(program: string, args: readonly string[], cwd = root): string {
  return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 64 << 20 });
}

/** Packs the built library into `directory`; returns the archive's path. It asks for the platforms' packages of its own version. */
export function packLibrary(directory: string): string {
  return inStage((stage) => {
    for (const file of [...manifest.files, "LICENSE"]) cpSync(join(root, file), join(stage, file), { recursive: true });
    const { devDependencies: _dev, workspaces: _workspaces, scripts: _scripts, allowScripts: _allow, ...published } = manifest;
    const optionalDependencies = Object.fromEntries(platforms.map((name) => [packageOf(name), manifest.version]));
    return pack(stage, { ...published, optionalDependencies }, directory);
  });
}

/** Packs `uowd` with the shared libraries that it needs beyond glibc; returns the archive's path. */
export function packPlatform(uowd: string, directory: string): string {
  const built = run(uowd, ["--version"]).trim();
  if (built !== `uowd ${manifest.version}`) throw new Error(`${uowd} is ${built}, and the package ${manifest.version}`);
  return inStage((stage) => {
    for (const folder of ["bin", "lib", "licenses"]) mkdirSync(join(stage, folder));
    const libraries = librariesOf(uowd);
    const binary = join(stage, "bin", "uowd");
    place(uowd, binary, "$ORIGIN/../lib");
    for (const library of libraries) place(library, join(stage, "lib", basename(library)), "$ORIGIN");
    const plugins = loginPlugins();
    mkdirSync(join(stage, "lib/mariadb-plugins"));
    for (const plugin of plugins) place(plugin, join(stage, "lib/mariadb-plugins", basename(plugin)), "$ORIGIN/..");
    const glibc = newestGlibc([binary, ...libraries, ...plugins]);
    for (const owner of new Set([...libraries.map(packageThatHas), ...linkedIn])) {
      copyFileSync(`/usr/share/doc/${owner}/copyright`, join(stage, "licenses", owner));
    }
    copyFileSync(join(root, "LICENSE"), join(stage, "LICENSE"));
    writeFileSync(join(stage, "README.md"), readme(glibc, libraries.length));
    const [os, cpu] = platform.split("-");
    const published = {
      name: packageOf(platform),
      version: manifest.version,
      description: `uowd for ${platform}, the service that keeps the journal of drizzle-uow`,
      license: manifest.license,
      os: [os],
      cpu: [cpu],
      libc: ["glibc"],
      bin: { uowd: "bin/uowd" },
      files: ["bin", "lib", "licenses"],
    };
    return pack(stage, published, directory);
  });
}

function inStage<T>(work: (stage: string) => T): T {
  const stage = mkdtempSync(join(tmpdir(), "uow-pack-"));
  try {
    return work(stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function pack(stage: string, published: object, directory: string): string {
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
  mkdirSync(directory, { recursive: true });
  const name = run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", resolve(directory)], stage);
  return join(resolve(directory), basename(name.trim()));
}

/** Debian's packages that are part of uowd itself. */
const linkedIn = ["libcli11-dev", "librocksdb-dev", "libxxhash-dev", "nlohmann-json3-dev"];

// What belongs to glibc, whose parts must all be the system's.
const ofGlibc = /^(ld-linux|libc\.|libm\.|libmvec\.|libdl\.|libpthread\.|librt\.|libresolv\.|libutil\.|libanl\.|libnsl\.)/;

/** The shared libraries that a program needs, all that they need included, without glibc's. */
function librariesOf(program: string): string[] {
  const lines = run("ldd", [program]).trim().split("\n");
  const missing = lines.filter((line) => line.includes("not found"));
  if (missing.length > 0) throw new Error(`${program} lacks libraries:\n${missing.join("\n")}`);
  const found = lines.flatMap((line) => /=> (\/\S+)/.exec(line)?.[1] ?? []);
  return found.filter((path) => !ofGlibc.test(basename(path))).sort();
}

/**
 * What libmariadb loads by name to log in, and uowd looks for beside its own libraries (adapters/mysql/client_plugins.h). Not those that send
 * a password as it is, or ask for one at a terminal.
 */
function loginPlugins(): string[] {
  const directory = run("mariadb_config", ["--plugindir"]).trim();
  return ["caching_sha2_password", "client_ed25519", "sha256_password"].map((name) => join(directory, `${name}.so`));
}

function place(from: string, to: string, rpath: string): void {
  run("strip", ["--strip-unneeded", "-o", to, from]);
  // Not RUNPATH: that isn't inherited by what the libraries themselves load.
  run("patchelf", ["--force-rpath", "--set-rpath", rpath, to]);
  chmodSync(to, 0o755);
}

function newestGlibc(files: readonly string[]): string {
  const symbols = files.flatMap((file) => run("objdump", ["-T", file]).match(/GLIBC_\d+\.\d+/g) ?? []);
  const minors = symbols.map((symbol) => Number(symbol.split(".")[1]));
  return `2.${Math.max(...minors)}`;
}

function packageThatHas(library: string): string {
  // Where /lib is a link to /usr/lib, Debian's database has either.
  for (const path of [library, library.replace(/^\/usr/, ""), `/usr${library}`]) {
    try {
      const output = execFileSync("dpkg-query", ["--search", path], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      return output.slice(0, output.indexOf(":"));
    } catch {
      continue;
    }
  }
  throw new Error(`${library} belongs to no package, so its licence isn't known`);
}

function readme(glibc: string, libraries: number): string {
  return `# ${packageOf(platform)}

\`uowd\`, the service that keeps the journal of [drizzle-uow](https://www.npmjs.com/package/drizzle-uow), for ${platform} with glibc ${glibc} or
newer, the ${libraries} shared libraries that it needs beyond glibc, and what libmariadb loads to log in. All are from Debian 12; their licences are
in \`licenses/\`. \`drizzle-uow\` depends on this package and starts \`uowd\` by itself.
`;
}

if (import.meta.main ?? process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { uowd: { type: "string" } }, allowPositionals: true });
  const [directory] = positionals;
  if (directory === undefined || values.uowd === undefined) throw new Error("usage: pack.ts <directory> --uowd <path>");
  run("npm", ["run", "--silent", "build"]);
  console.log(packLibrary(directory));
  console.log(packPlatform(values.uowd, directory));
}
