import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a unix socket, and can cut connections, let bytes through only up to a point, or refuse to connect. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How many bytes from the client are still let through before its connection is cut. */
  allowance = Number.POSITIVE_INFINITY;
  /** Whether connections are refused. */
  refusing = false;
  /** Whether the answers of the service are held back. */
  deaf = false;
  connections = 0;

  private constructor(
    readonly path: string,
    target: string,
  ) {
    this.#server = createServer((client) => {
      if (this.refusing) {
        client.destroy();
        return;
      }
      this.connections++;
      const service = connect(target);
      const cut = () => {
        client.destroy();
        service.destroy();
      };
      for (const socket of [client, service]) {
        this.#sockets.add(socket);
        socket.on("error", cut);
        socket.on("close", () => {
          this.#sockets.delete(socket);
          cut();
        });
      }
      client.on("data", (bytes) => {
        const passed = bytes.subarray(0, Math.max(0, this.allowance));
        this.allowance -= passed.length;
        service.write(passed);
        if (passed.length < bytes.length) cut();
      });
      service.on("data", (bytes) => {
        if (!this.deaf) client.write(bytes);
      });
    });
  }

  static async start(path: string, target: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(path, target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(path, resolve);
    });
    return proxy;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}
