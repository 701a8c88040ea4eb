// What the parts of this client want of the connection that they share.
import type { ServerClock } from './latency.js';
import type { ListedStream, ServerMessage, WireFrame } from './protocol.js';

/** A subscription or a publication under its id. */
export interface Party {
  message(message: ServerMessage): void;
  frame(frame: WireFrame): void;
}

export interface Line {
  readonly clock: ServerClock;
  readonly open: boolean;
  /** Bytes that wait to be sent. */
  readonly pending: number;
  readonly streams: readonly ListedStream[];
  /** Codecs that the server can send; empty before its hello. */
  readonly encoders: readonly string[];
  /** False when there is no connection. */
  send(message: object | ArrayBuffer): boolean;
  /** A new id whose messages and frames go to `party`. */
  join(party: Party): number;
  leave(id: number): void;
}
