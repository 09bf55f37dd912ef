import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { once } from "node:events";
import { JournalService, RecordRequestSchema, RecordResponseSchema } from "../gen/uow/v1/journal_service_pb.js";
import { BeginSaveResponseSchema } from "../gen/uow/v1/save_service_pb.js";
import { decodeBeginSaveResponse } from "./decode.js";
import { encodeRecordRequest } from "./encode.js";
import { failureOfStatus } from "./grpc_status.js";
import type { AttachRequest, ChannelEvents, CommandChannel, EncodedCommand, Transport } from "./transport.js";

/** Where a service is. */
export interface Address {
  /** unix:/path or host:port. */
  readonly target: string;
  readonly tls: boolean;
  /** Certificates of authorities in PEM; undefined for those that Node trusts. */
  readonly certificates: Buffer | undefined;
  readonly token: string | undefined;
}

/** A call that takes longer waits for a service that hangs: plain calls answer in milliseconds. */
const callDeadline = 60_000;

const channelOptions: grpc.ChannelOptions = {
  "grpc.max_send_message_length": -1,
  "grpc.max_receive_message_length": -1,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 2000,
  // A connection that is dead without a word is found out. The service allows a ping every five seconds.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  // Large plans come at the speed of the network, also from far away.
  "grpc-node.flow_control_window": 4 << 20,
  // Calls are repeated by this package, which knows which ones may be.
  "grpc.enable_retries": 0,
  "grpc.service_config_disable_resolution": 1,
  // A local service stays as long as somebody is connected.
  "grpc.client_idle_timeout_ms": 2 ** 31 - 1,
  "grpc.use_local_subchannel_pool": 1,
};

/** The transport of Node: gRPC over HTTP/2. An idle one keeps no process alive. */
export class GrpcTransport implements Transport {
  readonly #client: grpc.Client;
  readonly #metadata = new grpc.Metadata();

  constructor({ target, tls, certificates, token }: Address) {
    const credentials = tls ? grpc.credentials.createSsl(certificates ?? null) : grpc.credentials.createInsecure();
    this.#client = new grpc.Client(target, credentials, channelOptions);
    if (token !== undefined) this.#metadata.set("authorization", `Bearer ${token}`);
  }

  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageShape<I>,
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        pathOf(method),
        serializer(method.input),
        parser(method.output),
        request,
        this.#metadata,
        { deadline: Date.now() + callDeadline },
        (error, response) => {
          if (response === undefined || error !== null) reject(failureOfStatus(error).error);
          else resolve(response);
        },
      );
    });
  }

  async *stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageShape<I>,
    signal?: AbortSignal,
  ): AsyncIterable<MessageShape<O>> {
    const call = this.#client.makeServerStreamRequest(
      pathOf(method),
      serializer(method.input),
      parser(method.output),
      request,
      this.#metadata,
    );
    const cancel = () => call.cancel();
    signal?.addEventListener("abort", cancel);
    try {
      for await (const response of call) yield response as MessageShape<O>;
    } catch (error) {
      throw failureOfStatus(error).error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      call.cancel();
    }
  }

  async upload<I extends DescMessage, O extends DescMessage>(
    method: DescMethodClientStreaming<I, O>,
    requests: readonly MessageShape<I>[],
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeClientStreamRequest(
        pathOf(method),
        serializer(method.input),
        parser(method.output),
        this.#metadata,
        { deadline: Date.now() + callDeadline },
        (error, response) => {
          if (response === undefined || error !== null) reject(failureOfStatus(error).error);
          else resolve(response);
        },
      );
      const send = async () => {
        for (const request of requests) {
          if (!call.write(request)) await once(call, "drain");
        }
        call.end();
      };
      // What goes wrong here ends the call too, which then says why.
      send().catch(() => call.cancel());
    });
  }

  attach(request: AttachRequest, events: ChannelEvents): CommandChannel {
    return new GrpcChannel(this.#client, this.#metadata, request, events);
  }
}

class GrpcChannel implements CommandChannel {
  readonly #call: grpc.ClientDuplexStream<Uint8Array, MessageShape<typeof RecordResponseSchema>>;

  constructor(
    client: grpc.Client,
    metadata: grpc.Metadata,
    { sessionId, writer, epoch, opening }: AttachRequest,
    events: ChannelEvents,
  ) {
    this.#call = client.makeBidiStreamRequest(
      pathOf(JournalService.method.record),
      asBuffer,
      parser(RecordResponseSchema),
      metadata,
    );
    this.#call.on("data", ({ response }: MessageShape<typeof RecordResponseSchema>) => {
      if (response.case === "attached") events.attached(response.value);
      else if (response.case === "ack") events.acknowledged(response.value);
    });
    this.#call.on("drain", () => events.writable());
    // The status says the same, and comes last.
    this.#call.on("error", () => undefined);
    this.#call.on("status", (status: grpc.StatusObject) => {
      events.ended(status.code === grpc.status.OK ? undefined : failureOfStatus(status));
    });
    const attach = { sessionId, writer, ...(epoch !== undefined && { epoch }), ...(opening !== undefined && { open: opening }) };
    this.#call.write(toBinary(RecordRequestSchema, create(RecordRequestSchema, { request: { case: "attach", value: attach } })));
  }

  send(command: EncodedCommand): boolean {
    return this.#call.write(encodeRecordRequest(command));
  }

  end(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function serializer<T extends DescMessage>(schema: T): (message: MessageShape<T>) => Buffer {
  return (message) => asBuffer(toBinary(schema, message));
}

function parser<T extends DescMessage>(schema: T): (bytes: Buffer) => MessageShape<T> {
  if (schema.typeName === BeginSaveResponseSchema.typeName)
    return decodeBeginSaveResponse as unknown as ReturnType<typeof parser<T>>;
  return (bytes) => fromBinary(schema, bytes);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
