import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { uowError } from "../errors.js";
import { serves, version } from "./version.js";

/** Who started the `uowd` of a data directory. */
interface Owner {
  readonly pid: number;
  /** The package's version, not the binary's: UOWD_PATH names any. */
  readonly version: string;
  readonly binary: string;
}

const file = (data: string) => join(data, "uowd.owner.json");

/** Notes which package has started a `uowd`, for others that are about to use it. */
export function noteOwner(data: string, pid: number, binary: string): void {
  const owner: Owner = { pid, version, binary };
  const next = `${file(data)}.${process.pid}`;
  writeFileSync(next, JSON.stringify(owner), { mode: 0o600 });
  renameSync(next, file(data));
}

/**
 * Throws UOWD_VERSION_MISMATCH where the `uowd` that serves the directory was started by a version of this package that is too old for this
 * one, as when a project has two of them. What isn't known is fine: a call that an old one doesn't know is an error of its own.
 */
export function checkOwner(data: string, binary: string): void {
  const owner = readOwner(data);
  if (owner === undefined || owner.binary === binary || serves(owner.version, version) || !isAlive(owner.pid)) return;
  throw uowError(
    "UOWD_VERSION_MISMATCH",
    `This is drizzle-uow ${version}, and the uowd that serves ${data} was started by drizzle-uow ${owner.version} (${owner.binary}). ` +
      `"npm ls drizzle-uow" shows who has it: bring them to one version, or set UOW_DATA_DIR so that each has a directory of its own.`,
  );
}

function readOwner(data: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file(data), "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
