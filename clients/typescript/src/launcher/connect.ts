import { type LocalDirectories, localDirectories } from "./directories.js";
import { type Endpoint, parseEndpoint } from "./endpoint.js";
import { findUowd } from "./find_uowd.js";
import { LocalUowd } from "./local_uowd.js";

/** A way to a `uowd`: to a given one, or to the local one of the project, which is started where that is needed. */
export interface Route {
  readonly endpoint: Endpoint;
  /** Called ahead of every attempt to connect: sees to it that a local `uowd` runs. Errors: those of `LocalUowd.ensure`. */
  ensure(): Promise<void>;
  /** The unit of work is done with it. */
  release(): void;
}

interface Shared {
  readonly uowd: LocalUowd;
  users: number;
  pending: Promise<void> | undefined;
}

// One a data directory: the units of work of a process share its place among the users.
const shares = new Map<string, Shared>();

function localRoute(binary: string, directories: LocalDirectories): Route {
  const share = shares.get(directories.data) ?? { uowd: new LocalUowd(binary, directories), users: 0, pending: undefined };
  shares.set(directories.data, share);
  share.users += 1;
  let released = false;
  return {
    endpoint: { address: `unix:${directories.socket}`, tls: false, token: undefined },
    async ensure() {
      share.pending ??= share.uowd.ensure().finally(() => {
        share.pending = undefined;
      });
      await share.pending;
    },
    release() {
      if (released) return;
      released = true;
      share.users -= 1;
      if (share.users > 0) return;
      shares.delete(directories.data);
      if (share.pending === undefined) share.uowd.release();
      else void share.pending.finally(() => share.uowd.release()).catch(() => {});
    },
  };
}

/**
 * The way to `uowd`: `endpoint` where it is given, else `UOW_ENDPOINT` (with `UOW_TOKEN`), else the project's own, on a unix socket. Errors:
 * ENDPOINT_INVALID, UOWD_NOT_FOUND, UOWD_DIRECTORY_READ_ONLY, UOWD_SOCKET_PATH_TOO_LONG.
 */
export function routeTo(options: { endpoint?: string; token?: string } = {}, environment: NodeJS.ProcessEnv = process.env): Route {
  const given = options.endpoint ?? environment["UOW_ENDPOINT"];
  if (given) {
    const endpoint = parseEndpoint(given, options.token ?? environment["UOW_TOKEN"]);
    return { endpoint, ensure: async () => {}, release() {} };
  }
  return localRoute(findUowd(environment), localDirectories(environment));
}
