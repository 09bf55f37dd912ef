// Type-checks sources and tests, type tests included, on every supported TypeScript against every line of Drizzle.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
let failed = false;
for (const compiler of ["typescript", "typescript-7"]) {
  for (const project of ["tsconfig.json", "tsconfig.v1.json"]) {
    const { status } = spawnSync(process.execPath, [`node_modules/${compiler}/bin/tsc`, "-p", project], {
      cwd: root,
      stdio: "inherit",
    });
    if (status !== 0) {
      failed = true;
      console.error(`typecheck: ${compiler} failed on ${project}`);
    }
  }
}
process.exitCode = failed ? 1 : 0;
