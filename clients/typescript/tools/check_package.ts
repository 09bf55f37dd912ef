// Packs the package as npm would publish it and uses it from elsewhere: as an ES module, as a CommonJS module and by its types.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifest, packLibrary, run } from "./pack.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
// Within the package's own folder its dependencies are found. That of a user has them beside it.
const place = mkdtempSync(join(root, "node_modules/.package-"));
const paths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
const entries = paths.map((path) => `drizzle-uow${path.slice(1)}`);

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
  run("npm", ["run", "--silent", "build"]);
  const installed = join(place, "node_modules/drizzle-uow");
  mkdirSync(installed, { recursive: true });
  run("tar", ["xzf", packLibrary(place), "--strip-components", "1"], installed);

  const imports = entries.map((entry, i) => `import * as m${i} from "${entry}";`).join("\n");
  const requires = entries.map((entry, i) => `const m${i} = require("${entry}");`).join("\n");
  const all = `[${entries.map((_entry, i) => `m${i}`).join(", ")}]`;
  const check = `for (const m of ${all}) if (Object.keys(m).length === 0) throw new Error("an entry exports nothing");
if (typeof m0.createUow !== "function") throw new Error("there is no createUow");`;
  writeFileSync(join(place, "use.mjs"), `${imports}\n${check}\n`);
  writeFileSync(join(place, "use.cjs"), `${requires}\n${check}\n`);
  run(process.execPath, ["use.mjs"], place);
  run(process.execPath, ["use.cjs"], place);

  const typed = `${imports}\nexport const create: typeof m0.createUow = m0.createUow;\nexport const modules = ${all};\n`;
  writeFileSync(join(place, "use.mts"), typed);
  writeFileSync(join(place, "use.cts"), typed);
  for (const compiler of ["typescript", "typescript-7"]) {
    for (const module of ["node16", "nodenext"]) {
      tsc(compiler, module, "use.mts");
      tsc(compiler, module, "use.cts");
    }
    tsc(compiler, "esnext", "use.mts");
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
