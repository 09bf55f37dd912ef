import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { uowError } from "../errors.js";
import { packageOf, platform, platforms } from "./platforms.js";

/** The package that has `bin/uowd` for this machine, if its platform has one. */
export const platformPackage = packageOf(platform);

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function packaged(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`${platformPackage}/bin/uowd`);
  } catch {
    return undefined;
  }
}

/** The `uowd` to start: `UOWD_PATH`, the platform's package, or the first one in PATH. Errors: UOWD_NOT_FOUND. */
export function findUowd(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment["UOWD_PATH"];
  if (given) {
    if (executable(given)) return given;
    throw uowError("UOWD_NOT_FOUND", `UOWD_PATH is ${given}, which is not a program that can be run. Correct or unset it.`);
  }
  const own = packaged();
  if (own !== undefined) return own;
  for (const directory of (environment["PATH"] ?? "").split(delimiter)) {
    const path = join(directory, "uowd");
    if (directory !== "" && executable(path)) return path;
  }
  throw uowError("UOWD_NOT_FOUND", notFound(platform));
}

/** What to do on a platform where there is no `uowd`. */
export function notFound(name: string): string {
  if (!platforms.includes(name)) {
    return (
      `There is no uowd for ${name}: packages exist for ${platforms.join(", ")}. Run uowd on such a machine or in a container, and set ` +
      `UOW_ENDPOINT to its address; or build it here and set UOWD_PATH to it.`
    );
  }
  return (
    `There is no uowd to start: UOWD_PATH isn't set, the package ${packageOf(name)} isn't installed, and PATH has none. Install that ` +
    `package (npm leaves it out with --omit=optional), or build uowd and set UOWD_PATH to it, or set UOW_ENDPOINT to the address of a running one.`
  );
}
