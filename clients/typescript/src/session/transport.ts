import type {
  DescMessage,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageShape,
} from "@bufbuild/protobuf";
import type { Ack, Attached } from "../gen/uow/v1/journal_service_pb.js";
import type { OpenSessionRequest } from "../gen/uow/v1/session_service_pb.js";
import type { commandAction } from "./encode.js";
import type { ServiceFailure } from "./error_details.js";

/** A command as it is sent, and sent again. */
export interface EncodedCommand {
  readonly sequence: bigint;
  readonly epoch: bigint;
  readonly action: keyof typeof commandAction;
  /** The serialised AppendEvents, CheckpointHead or RollbackTo. */
  readonly body: Uint8Array;
}

/** What comes back while a writer is attached. Called in order, never from inside of a method of the channel. */
export interface ChannelEvents {
  attached(attached: Attached): void;
  acknowledged(ack: Ack): void;
  /** There is room for commands again, after `send` returned false. */
  writable(): void;
  /** The last call. Without a failure the channel was ended by `end`, and everything sent was applied and acknowledged. */
  ended(failure: ServiceFailure | undefined): void;
}

/** A writer that is attached to its session. */
export interface CommandChannel {
  /** Sends a command after those before. False: it was taken, but `writable` is to be awaited before the next. */
  send(command: EncodedCommand): boolean;
  /** No more commands will be sent; those that were are applied and acknowledged. */
  end(): void;
  /** Ends it at once. `ended` is called all the same. */
  cancel(): void;
}

/** Who attaches. */
export interface AttachRequest {
  readonly sessionId: string;
  readonly writer: string;
  /** The session's epoch as the writer knows it; undefined for a writer's first time. */
  readonly epoch: bigint | undefined;
  /** Opens the session first. */
  readonly opening: OpenSessionRequest | undefined;
}

/**
 * The way to uowd. Nothing here needs streams in both directions: `attach` can also be made of the unary calls Append, SetCheckpoint and
 * Rollback, one at a time, so that a transport over fetch is possible. Every failed call rejects with a ServiceError.
 */
export interface Transport {
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageShape<I>,
  ): Promise<MessageShape<O>>;
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageShape<I>,
    /** Ends the call. */
    signal?: AbortSignal,
  ): AsyncIterable<MessageShape<O>>;
  upload<I extends DescMessage, O extends DescMessage>(
    method: DescMethodClientStreaming<I, O>,
    requests: readonly MessageShape<I>[],
  ): Promise<MessageShape<O>>;
  attach(request: AttachRequest, events: ChannelEvents): CommandChannel;
}

/** Finds the service, and starts it where that is called for. */
export interface Connector {
  /** A transport to a service that was there a moment ago. Called again after a lost connection. Rejects with a UowError. */
  connect(): Promise<Transport>;
  /** The session has ended. */
  release(): void;
}
