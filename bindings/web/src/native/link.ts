// One WebSocket to `geyser serve`: opens it, keeps it, opens it again when the server restarts, and ends with an error that says why.
import { now } from '../descriptor.js';
import { asGeyserError, GeyserError } from '../errors.js';
import type { ServerClock } from './latency.js';
import { maxPayloadBytes, headerBytes, subprotocol, type ServerMessage, type WireFrame, parseFrame, parseMessage } from './protocol.js';

export interface ReconnectOptions {
  /** Milliseconds before the first new attempt; each later one waits twice as long. */
  first?: number;
  longest?: number;
  /** Milliseconds without a connection after which it is given up; 0: do not reconnect. */
  giveUpAfter?: number;
}

export type LinkState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface LinkEvents {
  /** The server has said hello; what was subscribed and published must be asked for again. */
  opened(hello: Extract<ServerMessage, { type: 'hello' }>): void;
  /** The connection is lost; it is being sought again. */
  lost(): void;
  message(message: ServerMessage): void;
  frame(frame: WireFrame): void;
  /** For good. `error` is undefined when close() was called. */
  closed(error: GeyserError | undefined): void;
}

const helloWithin = 10_000;
const pingEvery = 1_000;
const silentFor = 15_000;

/** http(s) or ws(s) address of a server, with the token in it or given; returns the socket's and the token. */
export function serverAddress(url: string | URL, token: string | undefined): { socket: URL; streams: URL; token: string } {
  let given: URL;
  try {
    given = new URL(url, typeof location === 'undefined' ? undefined : location.href);
  } catch {
    throw new GeyserError("invalid_argument", `"${String(url)}" is no address; give the one that geyser serve prints.`);
  }
  const secure = given.protocol === 'https:' || given.protocol === 'wss:';
  if (!secure && given.protocol !== 'http:' && given.protocol !== 'ws:')
    throw new GeyserError("invalid_argument", `The address begins with ${given.protocol}; http:, https:, ws: and wss: are possible.`);
  const used = token ?? given.searchParams.get('token') ?? '';
  if (used === '')
    throw new GeyserError('invalid_argument', 'There is no token in the address; open the whole address that geyser serve prints.');
  const at = (scheme: string, path: string): URL => {
    const made = new URL(`${scheme}//${given.host}${path}`);
    made.searchParams.set('token', used);
    return made;
  };
  return { socket: at(secure ? 'wss:' : 'ws:', '/ws'), streams: at(secure ? 'https:' : 'http:', '/streams'), token: used };
}

export class Link {
  #socket: WebSocket | undefined;
  #state: LinkState = 'connecting';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pings: ReturnType<typeof setInterval> | undefined;
  #lostAt: number | undefined;
  #attempts = 0;
  #heardAt = 0;
  #said: GeyserError | undefined;
  readonly #first: number;
  readonly #longest: number;
  readonly #giveUpAfter: number;

  readonly #address: { socket: URL; streams: URL };
  readonly #clock: ServerClock;
  readonly #events: LinkEvents;

  constructor(address: { socket: URL; streams: URL }, clock: ServerClock, events: LinkEvents, reconnect: ReconnectOptions = {}) {
    this.#address = address;
    this.#clock = clock;
    this.#events = events;
    this.#first = Math.max(10, reconnect.first ?? 250);
    this.#longest = Math.max(this.#first, reconnect.longest ?? 4_000);
    this.#giveUpAfter = Math.max(0, reconnect.giveUpAfter ?? 120_000);
    this.#open();
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Bytes that were sent and have not left yet. */
  get pending(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** False when there is no connection: what is lost is asked for again when there is one. */
  send(message: object | ArrayBuffer): boolean {
    if (this.#state !== 'open' || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
    return true;
  }

  close(error?: GeyserError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#drop();
    this.#events.closed(error);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#pings);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
    socket.close();
  }

  #open(): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.#address.socket, subprotocol);
    } catch (error) {
      return this.close(asGeyserError(error, 'invalid_argument', `Connecting to ${this.#address.socket.host}`));
    }
    this.#socket = socket;
    this.#said = undefined;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<unknown>) => this.#received(event.data);
    socket.onclose = (event: CloseEvent) => void this.#ended(event.code);
    this.#timer = setTimeout(() => void this.#ended(0), helloWithin);
  }

  #received(data: unknown): void {
    this.#heardAt = performance.now();
    try {
      if (typeof data === 'string') this.#text(parseMessage(data));
      else if (data instanceof ArrayBuffer) {
        if (data.byteLength > maxPayloadBytes + headerBytes)
          throw new GeyserError("protocol_error", `The server sent ${data.byteLength} bytes in one message, of which ${maxPayloadBytes} are the most.`);
        const frame = parseFrame(data);
        if (this.#state !== 'open') throw new GeyserError('protocol_error', 'The server sent a frame before it said hello.');
        this.#events.frame(frame);
      }
    } catch (error) {
      // A server that speaks wrongly does so again: reconnecting would not help.
      this.close(error instanceof GeyserError ? error : new GeyserError("internal", `A message could not be handled: ${String(error)}.`));
    }
  }

  #text(message: ServerMessage): void {
    if (message.type === 'hello') {
      if (this.#state === 'open') throw new GeyserError('protocol_error', 'The server said hello twice.');
      clearTimeout(this.#timer);
      this.#state = 'open';
      this.#attempts = 0;
      this.#lostAt = undefined;
      this.#clock.reset();
      this.#ping();
      this.#pings = setInterval(() => this.#ping(), pingEvery);
      this.#events.opened(message);
      return;
    }
    if (message.type === 'error' && message.id === undefined) this.#said = new GeyserError(message.code, message.message);
    if (this.#state !== 'open') {
      if (message.type === 'error') return; // the reason of the close that follows
      throw new GeyserError("protocol_error", `The server sent a ${message.type} message before it said hello.`);
    }
    if (message.type === 'pong') this.#clock.add(message.time, now(), message.serverTime);
    else this.#events.message(message);
  }

  #ping(): void {
    if (performance.now() - this.#heardAt > silentFor) {
      void this.#ended(0);
      return;
    }
    this.send({ type: 'ping', time: now() });
  }

  async #ended(code: number): Promise<void> {
    const opened = this.#state === 'open';
    this.#drop();
    if (this.#state === 'closed') return;
    // 1002 and 1008: the server says that this client is at fault, and would say so again.
    if (this.#said && (code === 1002 || code === 1008)) return this.close(this.#said);
    this.#state = 'waiting';
    this.#lostAt ??= performance.now();
    if (opened) this.#events.lost();
    const why = await this.#refusal();
    if (this.state !== 'waiting') return;
    if (why) return this.close(why);
    if (performance.now() - this.#lostAt >= this.#giveUpAfter) {
      const told = this.#said ? ` It said: ${this.#said.message}` : "";
      return this.close(new GeyserError("peer_gone", `${this.#address.socket.host} does not answer; is geyser serve running?${told}`));
    }
    const pause = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#attempts++, 16));
    this.#timer = setTimeout(() => this.#open(), pause);
  }

  /** A page is not told why a WebSocket was refused; the server's list of streams is refused for the same reasons, in words. */
  async #refusal(): Promise<GeyserError | undefined> {
    try {
      const answer = await fetch(this.#address.streams, { cache: 'no-store', signal: AbortSignal.timeout(5_000) });
      if (answer.status !== 403) return undefined;
      const text = (await answer.text()).replace(/\s+/g, ' ').trim().slice(0, 300);
      return new GeyserError('invalid_argument', text || 'The server refuses this page; open the address that geyser serve prints.');
    } catch {
      return undefined; // gone, or of another origin
    }
  }
}
