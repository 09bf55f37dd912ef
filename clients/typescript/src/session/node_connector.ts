import { readFileSync } from "node:fs";
import { type Route, routeTo } from "../launcher/connect.js";
import { uowError } from "../errors.js";
import type { GrpcTransport } from "./grpc_transport.js";
import type { Connector, Transport } from "./transport.js";

/** Where uowd is, for those who say so. */
export interface EndpointOptions {
  /** unix:/path, host:port, http://host:port or https://host:port. Default: UOW_ENDPOINT, else a local uowd that is started on demand. */
  readonly endpoint?: string | undefined;
  /** The bearer token of the endpoint. Default: UOW_TOKEN. */
  readonly token?: string | undefined;
  /** A file with the certificates of the authorities to trust, in PEM. Default: UOW_CA_FILE, else those that Node trusts. */
  readonly certificates?: string | undefined;
}

// A process has one connection to a service, which all of its units of work share.
const transports = new Map<string, GrpcTransport>();

/** The way of Node to uowd. What is wrong with the options or the environment is said when it is first used. */
export class NodeConnector implements Connector {
  #route: Route | undefined;
  #transport: GrpcTransport | undefined;

  constructor(private readonly options: EndpointOptions = {}) {}

  async connect(): Promise<Transport> {
    const { endpoint, token, certificates = process.env["UOW_CA_FILE"] } = this.options;
    this.#route ??= routeTo({ ...(endpoint !== undefined && { endpoint }), ...(token !== undefined && { token }) });
    await this.#route.ensure();
    this.#transport ??= await transportTo(this.#route, certificates);
    return this.#transport;
  }

  release(): void {
    this.#route?.release();
    this.#route = undefined;
  }
}

async function transportTo({ endpoint }: Route, certificates: string | undefined): Promise<GrpcTransport> {
  // A program that changes nothing doesn't load gRPC.
  const { GrpcTransport } = await import("./grpc_transport.js");
  const key = JSON.stringify([endpoint, certificates]);
  let transport = transports.get(key);
  if (transport === undefined) {
    const { address, tls, token } = endpoint;
    transport = new GrpcTransport({ target: address, tls, token, certificates: readCertificates(certificates) });
    transports.set(key, transport);
  }
  return transport;
}

function readCertificates(path: string | undefined): Buffer | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw uowError("ENDPOINT_INVALID", `the certificates of uowd's authority can't be read from ${path}: ${String(cause)}`, {
      cause,
    });
  }
}
