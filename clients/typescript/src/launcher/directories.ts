import { createHash } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { uowError } from "../errors.js";
import { maxSocketPath } from "./endpoint.js";

/** Where a local `uowd` keeps its data, and where it listens. */
export interface LocalDirectories {
  readonly data: string;
  readonly socket: string;
}

/** The nearest directory, from `start` upwards, that has a package.json; `start` where there is none. */
function projectRoot(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, "package.json"))) return directory;
    if (directory === dirname(directory)) return start;
  }
}

function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw uowError(
      "UOWD_DIRECTORY_READ_ONLY",
      `The directory ${path} for uowd's data can't be made: ${String(cause)}. Set UOW_DATA_DIR to one that this user may write, or ` +
        `UOW_ENDPOINT to the address of a running uowd.`,
      { cause },
    );
  }
}

// Short, and the same for all processes of a user whatever their environment. Another user could have made it first: then it isn't used.
function shortSocket(data: string, hash: string): string {
  const directory = `/tmp/drizzle-uow-${userInfo().uid}-${hash}`;
  makePrivate(directory);
  const found = statSync(directory);
  if (found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw uowError(
      "UOWD_SOCKET_PATH_TOO_LONG",
      `The path of a socket in ${data} would be longer than ${maxSocketPath} bytes, and ${directory} is another user's. ` +
        `Set UOW_DATA_DIR to a directory with a shorter path.`,
    );
  }
  return join(directory, "uowd.sock");
}

/**
 * The directories of the project that the process runs in: `UOW_DATA_DIR`, or a directory of the user's state (XDG_STATE_HOME,
 * ~/.local/state) named after the project's root. Not within node_modules: the journal outlives an `npm ci`. Makes them. Errors:
 * UOWD_DIRECTORY_READ_ONLY, UOWD_SOCKET_PATH_TOO_LONG.
 */
export function localDirectories(environment: NodeJS.ProcessEnv = process.env, workingDirectory = process.cwd()): LocalDirectories {
  const given = environment["UOW_DATA_DIR"];
  let data: string;
  if (given) {
    data = resolve(workingDirectory, given);
  } else {
    const root = realpathSync(projectRoot(workingDirectory));
    const state = environment["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
    const name = root.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(-40);
    data = join(state, "drizzle-uow", `${name}-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`);
  }
  makePrivate(data);
  data = realpathSync(data);
  const socket = join(data, "uowd.sock");
  if (Buffer.byteLength(socket) <= maxSocketPath) return { data, socket };
  return { data, socket: shortSocket(data, createHash("sha256").update(data).digest("hex").slice(0, 16)) };
}
