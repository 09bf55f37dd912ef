import { create } from "@bufbuild/protobuf";
import { RenewSessionRequestSchema, SessionService } from "../gen/uow/v1/session_service_pb.js";
import type { Connector } from "./transport.js";

/** No timer is longer than this, in milliseconds. */
const longest = 6 * 3600 * 1000;

/** Keeps a session from expiring as long as its unit of work lives. Keeps no process alive. */
export class Renewal {
  readonly #timer: NodeJS.Timeout;

  /** @param idleTtl The time after which an idle session expires, in milliseconds. */
  constructor(sessionId: string, idleTtl: number, connector: Connector) {
    const request = create(RenewSessionRequestSchema, { sessionId });
    const renew = async () => {
      const transport = await connector.connect();
      await transport.call(SessionService.method.renewSession, request);
    };
    // A renewal that fails is made up for by the next one.
    this.#timer = setInterval(() => void renew().catch(() => undefined), Math.min(idleTtl / 3, longest));
    this.#timer.unref();
    abandoned.register(this, this.#timer, this);
  }

  stop(): void {
    clearInterval(this.#timer);
    abandoned.unregister(this);
  }
}

/** A unit of work that is forgotten without being closed is renewed no more. */
const abandoned = new FinalizationRegistry<NodeJS.Timeout>((timer) => clearInterval(timer));
