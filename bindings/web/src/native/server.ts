// A server as a Transport: one connection, its streams, and everything that was subscribed or published through it.
import { checkName } from '../descriptor.js';
import { GeyserError } from '../errors.js';
import { nativeFormat } from '../formats.js';
import type { Directory, StreamInfo, Transport } from '../stream.js';
import { checkTimeout } from '../subscriber.js';
import { ServerClock } from './latency.js';
import { Link, type LinkState, type ReconnectOptions, serverAddress } from './link.js';
import type { ListedStream, ServerMessage, WireFrame } from './protocol.js';
import { NativePublisher, type NativePublisherOptions } from './publisher.js';
import { NativeSubscriber, type NativeSubscriberOptions } from './subscriber.js';
import type { Line, Party } from './wanted.js';

export interface ConnectOptions {
  /** Left out: the address has it. */
  readonly token?: string;
  /** Milliseconds until the server must have answered. 10000 unless given. */
  readonly timeout?: number;
  readonly reconnect?: ReconnectOptions;
}

/** Connects to a running `geyser serve`. Rejects with invalid_argument (address, token), peer_gone, timed_out, protocol_error. */
export function connect(url: string | URL, options: ConnectOptions = {}): Promise<NativeServer> {
  return NativeServer.connect(url, options);
}

export class NativeServer implements Transport {
  readonly #clock = new ServerClock();
  readonly #parties = new Map<number, Party>();
  readonly #subscribers = new Set<NativeSubscriber>();
  readonly #publishers = new Set<NativePublisher>();
  readonly #watchers = new Set<() => void>();
  readonly #line: Line;
  readonly #link: Link;
  #nextId = 1;
  #streams: readonly ListedStream[] = [];
  #encoders: readonly string[] = [];
  #version = '';
  #takesFrames = true;
  #changes = 0;
  #error: GeyserError | null = null;

  private constructor(url: string | URL, options: ConnectOptions, opened: () => void) {
    const server = this;
    this.#line = {
      clock: this.#clock,
      get open() {
        return server.state === 'open';
      },
      get pending() {
        return server.#link.pending;
      },
      get streams() {
        return server.#streams;
      },
      get encoders() {
        return server.#encoders;
      },
      send: (message) => this.#link.send(message),
      join: (party) => {
        const id = this.#nextId++;
        this.#parties.set(id, party);
        return id;
      },
      leave: (id) => void this.#parties.delete(id),
    };
    this.#link = new Link(
      serverAddress(url, options.token),
      this.#clock,
      {
        opened: (hello) => {
          this.#encoders = hello.encoders;
          this.#version = hello.server;
          this.#takesFrames = hello.publish;
          this.#link.send({ type: 'list' });
          opened();
          for (const subscriber of this.#subscribers) subscriber.retry();
          this.#changed();
        },
        lost: () => {
          this.#parties.clear();
          this.#streams = [];
          for (const subscriber of this.#subscribers) subscriber.lost('the server is away');
          for (const publisher of this.#publishers) publisher.lost();
          this.#changed();
        },
        message: (message) => this.#message(message),
        frame: (frame) => this.#frame(frame),
        closed: (error) => this.#closed(error),
      },
      options.reconnect,
    );
  }

  /** @internal */
  static async connect(url: string | URL, options: ConnectOptions): Promise<NativeServer> {
    const { timeout = 10_000 } = options;
    checkTimeout(timeout, 'ConnectOptions.timeout');
    let opened = (): void => undefined;
    const open = new Promise<void>((resolve) => (opened = resolve));
    const server = new NativeServer(url, options, opened);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = (): void => undefined;
    try {
      await Promise.race([
        open,
        new Promise<never>((_, reject) => {
          stop = server.watch(() => server.error !== null && reject(server.error));
          if (server.error !== null) reject(server.error);
        }),
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new GeyserError('timed_out', `geyser serve did not answer within ${timeout} ms; is it running there?`)), timeout);
        }),
      ]);
    } catch (error) {
      await server.close();
      throw error;
    } finally {
      stop();
      clearTimeout(timer);
    }
    return server;
  }

  get state(): LinkState {
    return this.#link?.state ?? 'connecting';
  }
  /** Why the connection ended; null while it lives and after close(). */
  get error(): GeyserError | null {
    return this.#error;
  }
  /** "geyser 0.1.0". */
  get version(): string {
    return this.#version;
  }
  /** Codecs that the server can send. */
  get encoders(): readonly string[] {
    return this.#encoders;
  }
  /** False: the server was started with --no-publish. */
  get takesFrames(): boolean {
    return this.#takesFrames;
  }
  /** The live list. */
  get streams(): readonly ListedStream[] {
    return this.#streams;
  }

  /** Calls `changed` whenever state, error or streams did; the answer ends that. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  async subscribe(name: string, options: NativeSubscriberOptions = {}): Promise<NativeSubscriber> {
    checkName(name);
    this.#alive();
    return NativeSubscriber.connect(this.#line, name, options, this.#subscribers);
  }

  async publish(name: string, options: NativePublisherOptions = {}): Promise<NativePublisher> {
    this.#alive();
    const publisher = new NativePublisher(this.#line, name, options, this.#publishers);
    try {
      if (options.width !== undefined && options.height !== undefined) await publisher.announce(options.width, options.height);
    } catch (error) {
      await publisher.close();
      throw error;
    }
    return publisher;
  }

  directory(): Directory {
    let seen = this.#changes;
    const described = (stream: ListedStream): StreamInfo => ({
      name: stream.name,
      uuid: '',
      texture: stream.width > 0 && stream.height > 0 ? { width: stream.width, height: stream.height, format: nativeFormat(stream.format) } : null,
      pacing: 'latest',
      application: this.#version,
      readers: stream.readers,
    });
    return {
      list: () => Promise.resolve(this.#streams.map(described)),
      find: (name) => {
        const found = this.#streams.find((stream) => stream.name === name);
        return Promise.resolve(found === undefined ? null : described(found));
      },
      waitForChange: async (timeout) => {
        checkTimeout(timeout, 'the time to wait for a change');
        if (seen === this.#changes) {
          await new Promise<void>((resolve, reject) => {
            const stop = this.watch(() => {
              clearTimeout(timer);
              stop();
              resolve();
            });
            const timer = setTimeout(() => {
              stop();
              reject(new GeyserError('timed_out', `no stream appeared, ended or changed within ${timeout} ms`));
            }, timeout);
          });
        }
        seen = this.#changes;
      },
      close: () => undefined,
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscribers, ...this.#publishers].map((party) => party.close()));
    this.#link.close();
  }

  #alive(): void {
    if (this.#error !== null) throw this.#error;
    if (this.state === 'closed') throw new GeyserError('invalid_state', 'This connection is closed; connect again.');
  }

  #changed(): void {
    this.#changes++;
    for (const watcher of [...this.#watchers]) watcher();
  }

  #message(message: ServerMessage): void {
    if (message.type === 'streams') {
      this.#streams = message.streams;
      // A stream that ended may be there again.
      for (const subscriber of this.#subscribers)
        if (message.streams.some((stream) => stream.name === subscriber.name && stream.alive)) subscriber.retry();
      this.#changed();
      return;
    }
    const id = 'id' in message ? message.id : undefined;
    if (id === undefined) {
      if (message.type !== 'error') throw new GeyserError('protocol_error', `The server sent a ${message.type} message out of turn.`);
      console.warn(`geyser-web: ${message.message}`); // a close follows where it matters, and carries it
      return;
    }
    // Answers to what was left meanwhile are on their way for a moment.
    const party = this.#parties.get(id);
    if (party !== undefined) party.message(message);
    else if (id >= this.#nextId) throw new GeyserError('protocol_error', `The server sent a ${message.type} message about ${id}, which nobody asked for.`);
  }

  #frame(frame: WireFrame): void {
    const party = this.#parties.get(frame.id);
    if (party !== undefined) party.frame(frame);
    else if (frame.id >= this.#nextId) throw new GeyserError('protocol_error', `The server sent a frame for ${frame.id}, which nobody asked for.`);
  }

  #closed(error: GeyserError | undefined): void {
    this.#error = error ?? null;
    this.#parties.clear();
    this.#streams = [];
    const why = error ?? new GeyserError('invalid_state', 'The connection was closed.');
    for (const party of [...this.#subscribers, ...this.#publishers]) party.fail(why);
    this.#changed();
  }
}
