import { uowError } from "../errors.js";

/** Where a `uowd` listens. */
export interface Endpoint {
  /** As gRPC writes it: `unix:/path/to.sock` or `host:port`. */
  readonly address: string;
  readonly tls: boolean;
  /** The bearer token that calls carry. */
  readonly token: string | undefined;
}

// sun_path of Linux has 108 bytes, one of them for the terminating NUL: unix(7).
export const maxSocketPath = 107;

const defaultTlsPort = "443";
const defaultPort = "7411";

function invalid(text: string): Error {
  return uowError(
    "ENDPOINT_INVALID",
    `"${text}" is no endpoint of uowd: write unix:/path/to/uowd.sock, host:port, http://host:port, or https://host:port for TLS.`,
  );
}

/**
 * Reads an endpoint as users write it: `unix:/path`, `host:port`, `http://host[:7411]`, or `https://host[:443]` for TLS. Errors:
 * ENDPOINT_INVALID, UOWD_SOCKET_PATH_TOO_LONG.
 */
export function parseEndpoint(text: string, token?: string): Endpoint {
  const unix = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(text);
  if (unix?.[1] !== undefined) {
    const path = unix[1];
    if (Buffer.byteLength(path) > maxSocketPath) {
      throw uowError(
        "UOWD_SOCKET_PATH_TOO_LONG",
        `The socket's path ${path} has ${Buffer.byteLength(path)} bytes, and the system allows ${maxSocketPath}. Use a shorter one.`,
      );
    }
    return { address: `unix:${path}`, tls: false, token };
  }
  const withScheme = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(withScheme)) throw invalid(text);
  const url = new URL(withScheme);
  if (url.hostname === "" || url.username !== "" || (url.pathname !== "/" && url.pathname !== "") || url.search !== "") {
    throw invalid(text);
  }
  const tls = url.protocol === "https:";
  // A bare "host" is more likely a mistake than a wish for the default port.
  if (url.port === "" && !/^https?:\/\//.test(text) && !text.endsWith(":80")) throw invalid(text);
  // URL drops the port that is its protocol's default.
  const written = /:(\d+)\/?$/.exec(text)?.[1];
  return { address: `${url.hostname}:${written ?? (tls ? defaultTlsPort : defaultPort)}`, tls, token };
}
