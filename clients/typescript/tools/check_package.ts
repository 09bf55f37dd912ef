// Packs the package as npm would publish it and uses it from elsewhere: as an ES module, as a CommonJS module and by its types.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// Within the package's own folder its dependencies are found. That of a user has them beside it.
const place = mkdtempSync(join(root, "node_modules/.package-"));
const entries = ["drizzle-uow", "drizzle-uow/postgres", "drizzle-uow/sqlite"];

function run(program: string, args: string[], cwd: string): string {
  return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function tsc(compiler: string, module: string, file: string): void {
  const moduleResolution = module === "esnext" ? "bundler" : module;
  const compilerOptions = {
    module,
    moduleResolution,
    target: "es2022",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
  };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  execFileSync(process.execPath, [join(root, `node_modules/${compiler}/bin/tsc`), "-p", place], { stdio: "inherit" });
}

try {
  run("npm", ["run", "--silent", "build"], root);
  run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", place], root);
  const installed = join(place, "node_modules/drizzle-uow");
  mkdirSync(installed, { recursive: true });
  const archive = run("sh", ["-c", "ls *.tgz"], place).trim();
  run("tar", ["xzf", join(place, archive), "--strip-components", "1"], installed);

  const imports = entries.map((entry, i) => `import * as m${i} from "${entry}";`).join("\n");
  const requires = entries.map((entry, i) => `const m${i} = require("${entry}");`).join("\n");
  const check = `for (const m of [m0, m1, m2]) if (Object.keys(m).length === 0) throw new Error("an entry exports nothing");
if (typeof m0.createUow !== "function") throw new Error("there is no createUow");`;
  writeFileSync(join(place, "use.mjs"), `${imports}\n${check}\n`);
  writeFileSync(join(place, "use.cjs"), `${requires}\n${check}\n`);
  run(process.execPath, ["use.mjs"], place);
  run(process.execPath, ["use.cjs"], place);

  const typed = `${imports}\nexport const create: typeof m0.createUow = m0.createUow;\nexport const others = [m1, m2];\n`;
  writeFileSync(join(place, "use.mts"), typed);
  writeFileSync(join(place, "use.cts"), typed);
  for (const compiler of ["typescript", "typescript-7"]) {
    tsc(compiler, "nodenext", "use.mts");
    tsc(compiler, "nodenext", "use.cts");
    tsc(compiler, "esnext", "use.mts");
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
